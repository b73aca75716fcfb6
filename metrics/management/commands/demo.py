"""Two invented years, loaded through the real services, shown and served."""

import json
import socket
import sys
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.models import Sum
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contracts.selectors.scope import EVERYTHING
from metrics.alerts.work import alerts_note
from metrics.demo.fresh import NotOurs, forget
from metrics.demo.life import live
from metrics.demo.people import Login, logins_ensure
from metrics.demo.run import (
    Story,
    StoryError,
    holds_other_data,
    is_worked_through,
    play,
    story_so_far,
)
from metrics.demo.story import TODAY
from metrics.management.beside import start_work
from metrics.management.output import Column, as_json, print_rows
from metrics.models import Feed, Ingestion, KpiPeriod
from metrics.scorecards.figures import score_text
from metrics.scorecards.overview import VendorRow, assemble_overview
from metrics.selectors.spans import parse_span
from metrics.selectors.wording import FAMILIES

SHOWN_VENDORS = ("halcyon", "saffron", "stratus")
SHOWN_PERIOD = "2026-09"
_COUNTS = ("read", "accepted", "corrected", "quarantined", "conflicting")


class Command(BaseCommand):
    help = (
        "Load the demonstration, print scorecards and breaches, and serve pages and API. "
        "Example: python manage.py demo --no-serve"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop after printing")
        parser.add_argument("--port", type=int, help="default: 8000, or a free one if it is taken")
        parser.add_argument(
            "--fresh", action="store_true", help="delete the embedded database and start over"
        )
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demonstration is for a checkout: unset KPO_ENV.")
        self._prepare(fresh=options["fresh"])
        self._load()
        logins = logins_ensure(_folder() / "logins.txt")
        live()
        alerts_note(TODAY)  # people find their notices; nothing leaves the machine
        if options["format"] == "json":
            self.stdout.write(as_json(_document()))
        else:
            self._print(logins)
        if not options["no_serve"]:
            self._serve(options["port"])

    def _prepare(self, *, fresh: bool) -> None:
        if fresh:
            self._start_over()
        call_command("migrate", verbosity=0, interactive=False)
        if holds_other_data():
            raise CommandError(
                "This database holds other contracts, and the demonstration keeps apart from "
                "them: set DATA_DIR to an empty directory, or serve this one with `make run`."
            )

    def _start_over(self) -> None:
        try:
            if "contracts_contract" in connection.introspection.table_names() and (
                holds_other_data()
            ):
                raise NotOurs("--fresh deletes only a demonstration: this database holds more")
            forget()
        except NotOurs as error:
            raise CommandError(str(error)) from error

    def _load(self) -> None:
        story = story_so_far(_folder() / "feeds")
        if not story.left and is_worked_through():
            return
        try:
            _play_with_bar(story)
        except StoryError as error:
            raise CommandError(f"The demonstration stopped:\n{error}") from error

    def _print(self, logins: list[Login]) -> None:
        self.stdout.write(_summary() + "\n")
        self._print_overview()
        for vendor in SHOWN_VENDORS:
            call_command("scorecard", vendor, period=SHOWN_PERIOD, stdout=self.stdout)
            self.stdout.write("")
        call_command("breaches", stdout=self.stdout)
        self.stdout.write("")
        width = max(len(login.username) for login in logins)
        for login in logins:
            line = f"{login.username:{width}}  {login.password}  {login.role}"
            self.stdout.write(line)
        self.stdout.write(f"(kept in {_folder() / 'logins.txt'}; docs/examples.md tells the story)")

    def _print_overview(self) -> None:
        overview = assemble_overview(
            scope=EVERYTHING, span=parse_span(SHOWN_PERIOD), today=TODAY.date()
        )
        print_rows(
            [_overview_row(vendor) for vendor in overview.vendors],
            columns=[
                Column("vendor", "Vendor"),
                *(Column(family, family.capitalize(), right=True) for family in FAMILIES),
                Column("open_breaches", "Open breaches", right=True),
            ],
            keys=(),
            form="table",
            out=self.stdout,
            title=f"Scores of {SHOWN_PERIOD}, each family apart",
        )
        self.stdout.write("")

    def _serve(self, port: int | None) -> None:
        free = _free_port(port)
        settings.PUBLIC_URL = f"http://localhost:{free}"  # for links in notices and invitations
        self.stdout.write(f"\n{settings.PUBLIC_URL}/  (Ctrl-C stops it)")
        self.stdout.flush()
        stop = Event()
        start_work(stop)
        try:
            call_command("runserver", f"127.0.0.1:{free}", use_reloader=False)
        finally:
            stop.set()


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "demo"


def _play_with_bar(story: Story) -> None:
    """A bar on a terminal, silence elsewhere; always on stderr, so that stdout stays the result."""
    console = Console(file=sys.stderr)
    columns = (
        TextColumn("Loading the story {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=len(story.left))
        for day in play(story):
            progress.update(bar, description=f"{day.day}", advance=day.steps)


def _summary() -> str:
    totals = Ingestion.objects.exclude(feed__kind=Feed.Kind.MANUAL).aggregate(
        **{name: Sum(name) for name in _COUNTS}
    )
    counts = ", ".join(f"{totals[name]:,} {name}" for name in _COUNTS)
    figures = KpiPeriod.objects.exclude(phase=KpiPeriod.Phase.RUNNING).count()
    return f"Rows: {counts}. Figures: {figures:,}."


def _overview_row(vendor: VendorRow) -> dict[str, Any]:
    scores = {
        cell.family: score_text(cell.score) if cell.score is not None else cell.standing or "–"
        for cell in vendor.families
    }
    return {"vendor": vendor.name, "open_breaches": vendor.open_breaches, **scores}


def _document() -> dict[str, Any]:
    cards = [_parsed("scorecard", vendor, period=SHOWN_PERIOD) for vendor in SHOWN_VENDORS]
    return {"scorecards": cards, "breaches": _parsed("breaches")}


def _parsed(command: str, *arguments: str, **options: Any) -> Any:
    out = StringIO()
    call_command(command, *arguments, format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def _free_port(wanted: int | None) -> int:
    """``wanted``; by default 8000, or any free one. Raises CommandError if ``wanted`` is taken."""
    for port in (wanted or 8000, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                if wanted:
                    raise CommandError(f"Port {wanted} is taken: choose another --port.") from None
                continue
            found: int = probe.getsockname()[1]
            return found
    raise CommandError("No port is free on 127.0.0.1.")
