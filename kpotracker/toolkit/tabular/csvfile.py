"""An extract as CSV, block by block: UTF-8, RFC 4180 with lines that end in a line feed.

The same records give the same bytes from either database. A header of plain names, without a byte
order mark; NULL is an empty cell, an empty text is "".
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from kpotracker.toolkit.exports import neutral
from kpotracker.toolkit.tabular.columns import Kind
from kpotracker.toolkit.tabular.extract import Extract
from kpotracker.toolkit.tabular.sqltext import copied

_BLOCK = 64 * 1024  # bytes
_SPECIAL = re.compile(r'[",\r\n]')
_SCIENTIFIC_FROM = 1e15


class CsvBlocks:
    """The blocks of a file. The first one is read when this is made, so that what makes the
    statement fail is raised before anything is sent."""

    def __init__(self, extract: Extract) -> None:
        self._blocks = _joined(_lines(extract))
        self._first = next(self._blocks)

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._blocks

    def close(self) -> None:
        """End the statement."""
        self._blocks.close()


def number_text(number: float) -> str:
    """The shortest text that reads back the same, as PostgreSQL writes it."""
    text = repr(number).removesuffix(".0")
    if abs(number) < _SCIENTIFIC_FROM or "e" in text or "n" in text:
        return text
    sign, digits, _ = Decimal(text).normalize().as_tuple()
    first, *others = map(str, digits)
    mantissa = f"{first}.{''.join(others)}" if others else first
    return f"{'-' * sign}{mantissa}e+{Decimal(text).adjusted()}"


def instant_text(moment: datetime) -> str:
    """As JSON has it: 2026-04-06T05:00:03.123456Z."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def _lines(extract: Extract) -> Generator[bytes, None, None]:
    yield f"{','.join(extract.collection.names)}\n".encode()
    if connection.vendor == "postgresql":
        with closing(copied(extract, neutral=True)) as lines:
            yield from lines
    else:
        yield from _written(extract)


def _written(extract: Extract) -> Generator[bytes, None, None]:
    forms = [_FORMS[column.kind] for column in extract.collection.columns]
    with closing(extract.rows()) as rows:
        for row in rows:
            # what follows the columns belongs to the keyset
            cells = (_cell(form, value) for form, value in zip(forms, row, strict=False))
            yield f"{','.join(cells)}\n".encode()


def _cell(form: Callable[[Any], str], value: Any) -> str:
    return "" if value is None else form(value)


def _quoted(text: str) -> str:
    safe = neutral(text)
    if safe and not _SPECIAL.search(safe):
        return safe
    doubled = safe.replace('"', '""')
    return f'"{doubled}"'


def _joined(lines: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    gathered = bytearray()
    with closing(lines):
        for line in lines:
            gathered += line
            if len(gathered) >= _BLOCK:
                yield bytes(gathered)
                gathered.clear()
    if gathered:
        yield bytes(gathered)


_FORMS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: _quoted,
    Kind.INTEGER: str,
    Kind.NUMBER: number_text,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.DAY: lambda day: str(day.isoformat()),
    Kind.INSTANT: instant_text,
}
