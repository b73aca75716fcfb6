"""Which forecast counts: of those issued early enough before the target date, the last one.

Forecasts and actuals are rows of their own: a forecast fills `a` and its time of issue in `value`
(UTC microseconds, never scaled), an actual fills `b`. Both carry the target date as `at`, and
meet there within their series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from ..errors import refusal
from ..periods import add_months
from ..rows import Row
from ..worktime import WorkCalendar
from ..zones import local_day, midnight_us
from .base import TIME_UNITS

WORKING_DAYS = "working days"
_WRITTEN = re.compile(r"([0-9]{1,4}) (hour|day|week|month|working day)s?", re.ASCII)
_MOST_CLOSED = 3660  # days on end that a calendar may be closed


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before its target date a forecast is issued at the latest.

    Hours count between the two instants. Days, weeks, months (clamped) and working days count from
    calendar day to calendar day of the KPI's zone: issued at any time of the last day is in time.
    """

    length: int
    unit: str

    @property
    def text(self) -> str:
        return f"{self.length} {self.unit.removesuffix('s') if self.length == 1 else self.unit}"

    def too_late_from(self, target: int, zone: str, calendar: WorkCalendar | None) -> int:
        """The first instant (UTC microseconds) at which a forecast for `target` comes too late.

        Raises:
            EngineError: for working days without a calendar, or one without an open day.
        """
        if self.unit == "hours":
            return target - self.length * TIME_UNITS["hours"] + 1
        if self.unit == WORKING_DAYS:
            if calendar is None:
                raise refusal("lead", self.text, "needs a calendar", "name the KPI's calendar")
            zone = calendar.zone
            last = _open_days_before(local_day(target, zone), self.length, calendar)
        else:
            last = self._days_before(local_day(target, zone))
        return midnight_us(last + timedelta(days=1), zone)

    def _days_before(self, day: date) -> date:
        if self.unit == "months":
            return add_months(day, -self.length)
        return day - timedelta(days=self.length * (7 if self.unit == "weeks" else 1))


def read_lead(value: Any) -> Lead:
    """Reads a lead such as "14 days", "36 hours", "1 month" or "10 working days"."""
    match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(
            "is not a lead time; write 14 days, 36 hours, 2 weeks, 1 month or 10 working days"
        )
    return Lead(int(match[1]), f"{match[2]}s")


def _open_days_before(day: date, days: int, calendar: WorkCalendar) -> date:
    closed = 0
    while days:
        day -= timedelta(days=1)
        is_open = calendar.is_open(day)
        days, closed = days - is_open, 0 if is_open else closed + 1
        if closed > _MOST_CLOSED:
            raise refusal("calendar", calendar.zone, "has no open day", "check its holidays")
    return day


@dataclass(frozen=True, order=True, slots=True)
class Vintage:
    """A forecast by its time of issue (UTC microseconds), in stored integers."""

    issued: int
    forecast: int


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of one target date of a series.

    `actuals`: the different ones; more than one contradict each other. `counted`: the forecast
    that counts. `replaced`: issued in time, and followed by a later one; `late`: issued too late.
    """

    series: str
    at: int
    actuals: tuple[int, ...]
    counted: Vintage | None
    replaced: tuple[Vintage, ...]
    late: tuple[Vintage, ...]

    @property
    def is_tied(self) -> bool:
        """Whether different forecasts were issued at the very instant of the one that counts."""
        return any(self.counted and each.issued == self.counted.issued for each in self.replaced)


def targets_of(
    rows: Iterable[Row], lead: Lead, zone: str, calendar: WorkCalendar | None
) -> list[Target]:
    """Every target date that a forecast or an actual names, by series and date.

    Equal for equal rows in any order: of several forecasts issued at the same instant the greatest
    counts. A forecast without a time of issue counts nowhere.
    """
    actuals: dict[tuple[str, int], set[int]] = {}
    vintages: dict[tuple[str, int], set[Vintage]] = {}
    for row in rows:
        key = row.series or "", row.at
        if row.b is not None:
            actuals.setdefault(key, set()).add(row.b)
        if row.a is not None and row.value is not None:
            vintages.setdefault(key, set()).add(Vintage(row.value, row.a))
    limit = cache(lambda at: lead.too_late_from(at, zone, calendar))
    return [
        _target(key, actuals.get(key, ()), sorted(vintages.get(key, ())), limit(key[1]))
        for key in sorted(actuals.keys() | vintages.keys())
    ]


def _target(
    key: tuple[str, int], actuals: Iterable[int], vintages: Sequence[Vintage], limit: int
) -> Target:
    in_time = [each for each in vintages if each.issued < limit]
    return Target(
        *key,
        actuals=tuple(sorted(actuals)),
        counted=in_time[-1] if in_time else None,
        replaced=tuple(in_time[:-1]),
        late=tuple(vintages[len(in_time) :]),
    )
