"""Periods, shares, ranks and hours of work, by the plainest arithmetic there is."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from tests.demo.delivered import Rows

NINE_TO_SIX = ((time(9), time(13)), (time(14), time(18)))
NEW_YORK = (
    "America/New_York",
    {day: ((time(8, 30), time(17, 30)),) for day in range(5)},
    holidays.country_holidays("US", years=range(2024, 2028)),
    {(12, 24)},
)
LONDON = (
    "Europe/London",
    dict.fromkeys(range(4), NINE_TO_SIX) | {4: ((time(9), time(13)), (time(14), time(16, 30)))},
    holidays.country_holidays("GB", years=range(2024, 2028)),
    {(12, 24), (12, 31)},
)


def month_of(day: date) -> str:
    return f"{day.year}-{day.month:02d}"


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def closing_of(day: date) -> str:
    """Label of the period that begins on the 21st: its first day."""
    first = day if day.day >= 21 else day.replace(day=1) - timedelta(days=1)
    return f"{first.year}-{first.month:02d}-21"


def grouped(rows: Rows, label: Callable[[dict[str, Any]], str]) -> dict[str, Rows]:
    groups: dict[str, Rows] = defaultdict(list)
    for row in rows:
        groups[label(row)].append(row)
    return groups


def percent(rows: Rows, good: Callable[[dict[str, Any]], bool]) -> Fraction:
    return Fraction(sum(map(good, rows)) * 100, len(rows))


def nearest_rank(values: Iterable[Fraction], p: Fraction) -> Fraction:
    ordered = sorted(values)
    rank = -(-p.numerator * len(ordered) // p.denominator)
    return ordered[rank - 1]


def worked_minutes(start: datetime, end: datetime, office: Any) -> int:
    """Minutes between two instants in which the office was open, by looking at each day."""
    zone, hours, closed, closed_each_year = ZoneInfo(office[0]), *office[1:]
    day = start.astimezone(zone).date()
    minutes = 0
    while day <= end.astimezone(zone).date():
        if day not in closed and (day.month, day.day) not in closed_each_year:
            for opening, closing in hours.get(day.weekday(), ()):
                begin = max(start, datetime.combine(day, opening, zone))
                stop = min(end, datetime.combine(day, closing, zone))
                minutes += max(0, (stop.timestamp() - begin.timestamp()) // 60)
        day += timedelta(days=1)
    return int(minutes)
