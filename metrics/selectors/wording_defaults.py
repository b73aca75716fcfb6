"""The words people see for why a period is a default."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from django.utils.formats import date_format

REPETITION: Final = "repetition"
CAUSES: Final = {
    "minimum": "the service level was failed",
    "critical": "the critical level was failed",
    "no_data": "nothing arrived, which the clause counts as a failure",
    "late": "a report came late, which the clause counts as a failure",
    REPETITION: "default by repetition",
}


def default_text(cause: str, of: Sequence[str], rule: str = "", every: str = "month") -> str:
    """Why a period is a default, such as ``default by repetition: 4 of rolling 12, Jan, Mar, May,
    Jul 2026``; empty where it is none. ``of``: first days of its misses, ``rule``: as agreed."""
    if cause != REPETITION:
        return CAUSES.get(cause, "")
    told = ", ".join(part for part in (rule, misses_text(of, every)) if part)
    return f"{CAUSES[cause]}: {told}"


def repeat_reason(of: Sequence[str], rule: str, every: str) -> str:
    """What moved a case, such as ``4th miss of the expected level in 12 months: Jan, ... 2026``."""
    within = rule.rpartition(" ")[2]
    where = "in a row" if within == "consecutive" else f"in {within} {_plural(every)}"
    return f"{_ordinal(len(of))} miss of the expected level {where}: {misses_text(of, every)}"


def misses_text(of: Sequence[str], every: str) -> str:
    """Periods by their first days: months with each year once, others by the day."""
    days = [date.fromisoformat(day) for day in of]
    return ", ".join(_months(days) if every == "month" else _days(days))


def _months(days: Sequence[date]) -> Iterator[str]:
    for year, found in groupby(days, key=lambda day: day.year):
        yield ", ".join(date_format(day, "M") for day in found) + f" {year}"


def _days(days: Sequence[date]) -> Iterator[str]:
    return (date_format(day, "j M Y") for day in days)


def _plural(every: str) -> str:
    return f"{every.replace('_', ' ')}s"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
