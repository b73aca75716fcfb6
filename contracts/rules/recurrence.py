"""Days on which something is due again: counted from the anchor each time, so they never drift."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.rules.months import months_clamped

UNITS = ("days", "weeks", "months", "years")
_DAYS = {"days": 1, "weeks": 7}
_MONTHS = {"months": 1, "years": 12}


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every ``every`` ``unit`` (one of ``UNITS``); 0 is once."""

    every: int = 0
    unit: str = ""


ONCE = Recurrence()


def moved(day: date, number: int, unit: str) -> date:
    """``number`` (negative: earlier) of ``unit`` from ``day``, clamped to the month's last day."""
    if unit in _MONTHS:
        return months_clamped(day, number * _MONTHS[unit])
    return day + timedelta(days=number * _DAYS[unit])


def due_days(anchor: date, recurrence: Recurrence, until: date) -> Iterator[date]:
    """The days up to and with ``until`` on which it is due, the anchor first."""
    number, day = 0, anchor
    while day <= until:
        yield day
        if not recurrence.every:
            return
        number += 1
        day = moved(anchor, number * recurrence.every, recurrence.unit)
