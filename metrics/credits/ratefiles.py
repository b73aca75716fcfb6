"""Exchange rates from a CSV file: all of them, or none and every reason."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

from django.core.exceptions import ValidationError

from contracts.services.writing import writing
from kpotracker.toolkit.fields import plain_decimal
from metrics.credits.rates import rate_set

_NEEDED = ("base", "quote", "day", "rate")
_KNOWN = (*_NEEDED, "source")


class RateFileError(ValueError):
    """Raised with every line that does not fit."""


def rates_load(*, text: str) -> int:
    """Load a file with a header of ``base,quote,day,rate`` and perhaps ``source``; returns how many
    rates it states. Raises RateFileError; nothing is loaded then."""
    reader = csv.DictReader(StringIO(text, newline=""))
    header = reader.fieldnames or []
    if missing := [name for name in _NEEDED if name not in header]:
        raise RateFileError(f"the column {', '.join(missing)} is missing: write {','.join(_KNOWN)}")
    if unknown := [name for name in header if name not in _KNOWN]:
        raise RateFileError(f"{', '.join(unknown)} is no column: write {','.join(_KNOWN)}")
    rows = [(reader.line_num, row) for row in reader]
    faults: list[str] = []
    with writing():
        for number, row in rows:
            faults += _faults(number, row)
        if faults:
            raise RateFileError("\n".join(faults))
    return len(rows)


def _faults(number: int, row: dict[str, str]) -> Iterator[str]:
    """Load one line, or say why not."""
    try:
        rate_set(
            base=(row["base"] or "").strip(),
            quote=(row["quote"] or "").strip(),
            day=_day(row["day"]),
            rate=Decimal(plain_decimal((row["rate"] or "").strip())),
            source=(row.get("source") or "").strip(),
        )
    except (ValidationError, ValueError) as error:
        messages = error.messages if isinstance(error, ValidationError) else [str(error)]
        yield from (f"line {number}: {message}" for message in messages)


def _day(written: str | None) -> date:
    try:
        return date.fromisoformat((written or "").strip())
    except ValueError:
        raise ValueError(f"{written!r} is not a day: write 2026-03-31") from None
