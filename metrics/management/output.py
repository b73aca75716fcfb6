"""How commands print rows: a table for people, JSON or CSV for programs, the same rows."""

import csv
import json
from argparse import RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.selectors.lookups import UnknownCodeError
from metrics.selectors.spans import Span, SpanError, parse_span

FORMATS = ("table", "json", "csv")
_UNBOUND = 200  # columns of a table that goes into a file or a pipe
_STYLES = {"good": "green", "warn": "yellow", "bad": "bold red", "quiet": "dim"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: ``key`` of the row it shows, ``tone`` the key of its colour."""

    key: str
    heading: str
    right: bool = False
    tone: str = ""


class ReadingCommand(BaseCommand):
    """A command that prints rows and answers unknown codes and periods with one sentence.

    Subclasses set ``example`` and implement ``read``; ``--format`` is theirs already.
    """

    example = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs |= {"epilog": f"example:\n  {self.example}"}
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = _KeepLines
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--format", choices=FORMATS, default="table", help="table (default), json or csv"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.read(**options)
        except (UnknownCodeError, SpanError) as error:
            raise CommandError(str(error)) from error

    def read(self, **options: Any) -> None:
        raise NotImplementedError


class _KeepLines(RawDescriptionHelpFormatter):
    """Keeps the example on a line of its own."""


def span_option(text: str | None) -> Span | None:
    """The period an option names; None when it was not given. Raises SpanError."""
    return parse_span(text) if text else None


def print_rows(
    rows: Sequence[Row],
    *,
    columns: Sequence[Column],
    keys: Sequence[str],
    form: str,
    out: OutputWrapper,
    title: str = "",
    empty: str = "Nothing found.",
) -> None:
    """Print ``rows``: ``columns`` make the table, ``keys`` the fields of JSON and CSV."""
    if form == "json":
        out.write(as_json([{key: row[key] for key in keys} for row in rows]))
    elif form == "csv":
        out.write(_as_csv(rows, keys), ending="")
    elif rows:
        out.write(_drawn(_table(rows, columns, title), out), ending="")
    else:
        out.write(empty)


def as_json(value: object) -> str:
    """Indented JSON; exact numbers become JSON numbers, days and instants ISO 8601."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def print_table(table: Table, out: OutputWrapper) -> None:
    out.write(_drawn(table, out), ending="")


def new_table(title: str = "") -> Table:
    return Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def toned(text: str, tone: str) -> Text:
    return Text(text, style=_STYLES.get(tone, ""))


def _table(rows: Sequence[Row], columns: Sequence[Column], title: str) -> Table:
    table = new_table(title)
    for column in columns:
        table.add_column(
            column.heading, justify="right" if column.right else "left", overflow="fold"
        )
    for row in rows:
        cells = [toned(_shown(row[c.key]), row[c.tone] if c.tone else "") for c in columns]
        table.add_row(*cells)
    return table


def _drawn(table: Table, out: OutputWrapper) -> str:
    is_terminal = bool(out.isatty())
    canvas = StringIO()
    width = None if is_terminal else _UNBOUND
    # what people called their things is no markup
    console = Console(
        file=canvas, width=width, force_terminal=is_terminal, markup=False, emoji=False
    )
    console.print(table)
    lines = [line.rstrip() for line in canvas.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def _as_csv(rows: Sequence[Row], keys: Sequence[str]) -> str:
    canvas = StringIO()
    writer = csv.writer(canvas, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([[_cell(row[key]) for key in keys] for row in rows])
    return canvas.getvalue()


def _cell(value: object) -> object:
    """A CSV cell that no spreadsheet runs as a formula; numbers stay numbers."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return "" if value is None else _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Fraction) else value


def _shown(value: object) -> str:
    return "" if value is None else str(value)
