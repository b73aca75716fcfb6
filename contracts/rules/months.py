"""Months of the calendar: a month that is too short gives its last day."""

from calendar import monthrange
from datetime import date

_MONTHS = 12


def months_later(day: date, months: int) -> date:
    """``months`` later; a month's last day stays a last day, others are clamped."""
    year, month = _moved(day, months)
    last = monthrange(year, month)[1]
    is_month_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month, last if is_month_end else min(day.day, last))


def months_clamped(day: date, months: int) -> date:
    """The corresponding day ``months`` later, clamped to the month's last day."""
    year, month = _moved(day, months)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def months_before(day: date, months: int) -> date:
    """The corresponding day ``months`` earlier, clamped to the month's last day."""
    return months_clamped(day, -months)


def months_between(earlier: date, later: date) -> int:
    """How many month boundaries lie between the two days."""
    return (later.year - earlier.year) * _MONTHS + later.month - earlier.month


def _moved(day: date, months: int) -> tuple[int, int]:
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return year, month + 1
