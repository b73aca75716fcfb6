"""Figures that people type in: listed, proposed, approved or refused."""

from argparse import ArgumentTypeError
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from contracts.selectors.scope import EVERYTHING
from metrics.evaluation.work import work_all
from metrics.feeds.entries import EntryError, entry_approve, entry_propose, entry_refuse
from metrics.management.output import Column, ReadingCommand, print_rows
from metrics.models import ManualEntry
from metrics.selectors.kpis import kpi_by_code

_KEYS = ("entry", "kpi", "day", "figure", "state", "entered_by", "decided_by", "evidence")
_COLUMNS = tuple(
    Column(key, key.replace("_", " ").replace("kpi", "KPI"), right=key in ("entry", "figure"))
    for key in _KEYS
)


class Command(ReadingCommand):
    help = (
        "Type in the FIGURE of a KPI without a feed, for the period that holds DAY. It counts "
        "once a second person approves it. With --list: show what was entered."
    )
    example = (
        'python manage.py enter cormorant-satisfaction 2026-12-31 4.3 --by "T. Okafor" '
        '--evidence "survey of December, page 3"\n'
        '  python manage.py enter --approve 25 --by "P. Osei"\n'
        "  python manage.py enter --list --format csv"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kpi", metavar="KPI", nargs="?")
        parser.add_argument("day", metavar="DAY", nargs="?", type=_day)
        parser.add_argument(
            "figure",
            metavar="FIGURE",
            nargs="?",
            type=_figure,
            help="4.3, or numerator/denominator such as 95/100",
        )
        parser.add_argument("--evidence", help="where the figure comes from")
        parser.add_argument("--by", metavar="NAME", help="who enters, approves or refuses it")
        parser.add_argument("--list", action="store_true", help="print all entries, newest first")
        parser.add_argument("--approve", type=int, metavar="ENTRY", help="let an entry count")
        parser.add_argument("--refuse", type=int, metavar="ENTRY", help="refuse an entry for good")

    def read(self, **options: Any) -> None:
        _check(options)
        try:
            shown = ManualEntry.objects.all() if options["list"] else [_done(options)]
        except EntryError as error:
            raise CommandError(str(error)) from error
        print_rows(
            [_row(entry) for entry in shown],
            columns=_COLUMNS,
            keys=_KEYS,
            form=options["format"],
            out=self.stdout,
            empty="Nothing was entered yet.",
        )


def _check(options: dict[str, Any]) -> None:
    """Exactly one thing to do, with everything it needs. Raises CommandError."""
    ways = {
        "--list": options["list"],
        "--approve": options["approve"] is not None,
        "--refuse": options["refuse"] is not None,
        "KPI DAY FIGURE": options["kpi"] is not None,
    }
    if sum(ways.values()) != 1:
        raise CommandError(f"do one thing at a time: {', '.join(ways)}")
    if options["kpi"] is not None and (options["figure"] is None or not options["evidence"]):
        raise CommandError("an entry needs KPI, DAY, FIGURE and --evidence")
    if not options["list"] and not options["by"]:
        raise CommandError("say who does it: --by NAME")


def _done(options: dict[str, Any]) -> ManualEntry:
    if options["kpi"] is not None:
        return entry_propose(
            kpi=kpi_by_code(options["kpi"], scope=EVERYTHING),
            day=options["day"],
            evidence=options["evidence"],
            entered_by=options["by"],
            **options["figure"],
        )
    if options["refuse"] is not None:
        return entry_refuse(entry=_entry(options["refuse"]), refused_by=options["by"])
    now = timezone.now()
    approved = entry_approve(
        entry=_entry(options["approve"]), approved_by=options["by"], received_at=now
    )
    work_all(as_of=now)
    return approved


def _entry(number: int) -> ManualEntry:
    found = ManualEntry.objects.filter(pk=number).first()
    if found is None:
        raise CommandError(f"there is no entry {number}: --list shows them all")
    return found


def _row(entry: ManualEntry) -> dict[str, Any]:
    parts = f"{entry.numerator}/{entry.denominator}"
    return {
        "entry": entry.pk,
        "kpi": entry.kpi.code,
        "day": entry.day,
        "figure": parts if entry.value is None else str(entry.value),
        "state": entry.state,
        "entered_by": entry.entered_by,
        "decided_by": entry.approved_by,
        "evidence": entry.evidence,
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is not a day such as 2026-03-31") from error


def _figure(text: str) -> dict[str, Decimal]:
    """The numbers of an entry, by the name of their field."""
    names = ("numerator", "denominator") if "/" in text else ("value",)
    try:
        return {name: Decimal(part) for name, part in zip(names, text.split("/"), strict=True)}
    except (InvalidOperation, ValueError) as error:
        raise ArgumentTypeError(f"'{text}' is not a figure such as 4.3 or 95/100") from error
