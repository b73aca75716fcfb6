"""Deliver a file to a feed and bring everything it changes up to date."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from metrics.evaluation.work import work_all
from metrics.feeds.intake import FeedError, delivery_receive
from metrics.feeds.lookups import feed_by_code
from metrics.feeds.quarantine import RejectGroup, reject_groups
from metrics.feeds.reading import Chunk, Event
from metrics.feeds.storage import TooLargeError
from metrics.management.output import ReadingCommand, as_json, new_table, print_rows, print_table
from metrics.models import Delivery, Ingestion

_MEANINGS: Final = {
    "conflicting": "the item is known with other values, and this row is not newer: the row known"
    " before counts\n    → send a higher revision; what an `immutable` feed delivered first stands",
    "stale": "a newer version of the item is known already, and counts",
    "ambiguous": "local times that existed twice; they took the hour that the feed declares",
}


class Command(ReadingCommand):
    help = "Deliver FILE to FEED, read it, and evaluate what it changed."
    example = "python manage.py ingest service-desk march.csv --complete-through 2026-03-31"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("feed", metavar="FEED", help="code of the feed")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--complete-through",
            type=_day,
            metavar="DAY",
            help="attest that everything up to and including this day is in",
        )
        parser.add_argument(
            "--received-at",
            type=_instant,
            metavar="INSTANT",
            help="when it arrived, for loading history; default: now",
        )
        parser.add_argument("--by", default="command line", help="who delivers it")

    def read(self, **options: Any) -> None:
        as_of = options["received_at"] or timezone.now()
        try:
            delivery = self._receive(options, as_of)
        except (FeedError, TooLargeError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"the file was not taken, nothing has changed: {error}") from error
        with _progress_bar(options["format"] == "table") as follow:
            report = work_all(as_of=as_of, progress=follow)
        ingestion = Ingestion.objects.get(pk=delivery.ingestion_id)
        self._print(delivery, ingestion, options["format"])
        self._refuse(ingestion, report.failures.get(ingestion.pk))

    def _receive(self, options: dict[str, Any], as_of: datetime) -> Delivery:
        path: Path = options["file"]
        feed = feed_by_code(options["feed"])
        if not path.is_file():
            raise CommandError(f"'{path}' is not a file: check the name and the folder")
        with path.open("rb") as stream:
            return delivery_receive(
                feed=feed,
                stream=stream,
                filename=path.name,
                received_at=as_of,
                delivered_by=options["by"],
                complete_through=options["complete_through"],
            )

    def _print(self, delivery: Delivery, ingestion: Ingestion, form: str) -> None:
        row = _summary(delivery, ingestion)
        groups = reject_groups(ingestion)
        if form == "json":
            self.stdout.write(as_json({**row, "errors": [_as_dict(group) for group in groups]}))
        elif form == "csv":
            print_rows([row], columns=(), keys=tuple(row), form=form, out=self.stdout)
        else:
            self._print_table(row, groups)

    def _print_table(self, row: dict[str, Any], groups: list[RejectGroup]) -> None:
        table = new_table(f"{row['feed']}: {row['filename']}")
        for name in ("status", *Ingestion.COUNTS):
            table.add_column(name, justify="right")
        table.add_row(row["status"], *(f"{row[name]:,}" for name in Ingestion.COUNTS))
        print_table(table, self.stdout)
        for line in _notes(row, groups):
            self.stdout.write(line)

    def _refuse(self, ingestion: Ingestion, failure: str | None) -> None:
        if failure:
            raise CommandError(f"reading failed and will be tried again: {failure}")
        if ingestion.status not in (Ingestion.Status.REJECTED, Ingestion.Status.PARKED):
            return
        error = ingestion.error or {}
        line = f"line {error['line']}: " if error.get("line") else ""
        raise CommandError(
            f"{ingestion.get_status_display().lower()}: {line}{error.get('message', '')}. "
            f"{error.get('hint', '')}".rstrip()
        )


def _summary(delivery: Delivery, ingestion: Ingestion) -> dict[str, Any]:
    """The counts of this delivery; of bytes that were here before, every row is a duplicate."""
    counts = {name: getattr(ingestion, name) for name in Ingestion.COUNTS}
    if delivery.repeated and ingestion.status == Ingestion.Status.DONE:
        counts = dict.fromkeys(Ingestion.COUNTS, 0) | {
            "read": ingestion.read,
            "duplicate": ingestion.read,
        }
    return {
        "delivery": delivery.pk,
        "feed": ingestion.feed.code,
        "filename": delivery.filename,
        "sha256": ingestion.sha256,
        "status": ingestion.status,
        "repeated": delivery.repeated,
        **counts,
        "error": ingestion.error,
    }


def _notes(row: dict[str, Any], groups: list[RejectGroup]) -> Iterator[str]:
    """What the counts do not say by themselves, each with the way out."""
    if row["repeated"] and row["status"] == Ingestion.Status.DONE:
        yield "The same bytes were here before: nothing was read again."
        return
    for group in groups:
        rows = f"{group.rows:,} rows, the first in" if group.rows > 1 else "1 row,"
        yield f"Set aside ({rows} line {group.first_line:,}): {group.message}\n    → {group.hint}"
    for count, meaning in _MEANINGS.items():
        if row[count]:
            yield f"{count.capitalize()}: {meaning}"


def _as_dict(group: RejectGroup) -> dict[str, Any]:
    return {name: getattr(group, name) for name in group.__slots__}


@contextmanager
def _progress_bar(wanted: bool) -> Iterator[Any]:
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    columns = (TextColumn("reading"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def follow(event: Event) -> None:
            if isinstance(event, Chunk):
                bar.update(task, completed=event.bytes_done, total=event.bytes_total)

        yield follow


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is not a day such as 2026-03-31") from error


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is not a time such as 2026-03-31T18:00Z") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
