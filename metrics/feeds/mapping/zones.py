"""Wall-clock times to UTC, whole columns at a time, by the transitions of an IANA zone."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from .calendar import DAY, FIRST_YEAR, LAST_YEAR, SECOND, Bools, Ints, microseconds, moment


def known_zone(name: str) -> bool:
    """Whether the time zone database has `name`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Transitions:
    """Offset changes of a zone: local time jumps from `before` to `after` at `at` (all in µs)."""

    at: Ints
    before: Ints
    after: Ints
    first: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """UTC instants, and which local times did not exist or existed twice."""

    utc: Ints
    gap: Bools
    ambiguous: Bools


def to_utc(local: Ints, zone: str, *, later: bool = False) -> Resolved:
    """UTC of local wall-clock microseconds in `zone`.

    A time in a gap keeps the offset before it (and is flagged: callers refuse it). A time that
    exists twice is its earlier instant, or with `later` the later one.
    """
    none = np.zeros(len(local), dtype=np.bool_)
    if zone == "UTC" or not len(local):
        return Resolved(local, none, none)
    table = transitions(zone, _year(int(local.min())) - 1, _year(int(local.max())) + 1)
    if not len(table.at):
        return Resolved(local - table.first, none, none)
    begin = table.at + np.minimum(table.before, table.after)
    end = table.at + np.maximum(table.before, table.after)
    index = np.searchsorted(begin, local, side="right") - 1
    known = index >= 0
    index = np.maximum(index, 0)
    inside = known & (local < end[index])
    fold = inside & (table.after[index] < table.before[index])
    early = inside & ~fold if later else inside
    offset = np.where(known, table.after[index], table.first)
    offset = np.where(early, table.before[index], offset)
    return Resolved(local - offset, inside & ~fold, fold)


def _year(us: int) -> int:
    return min(max(1970 + us // (365 * DAY + DAY // 4), FIRST_YEAR - 1), LAST_YEAR + 1)


@cache
def transitions(zone: str, first_year: int, last_year: int) -> Transitions:
    """Every change of offset from the start of `first_year` to the end of `last_year`."""
    tables = [_year_transitions(zone, year) for year in range(first_year, last_year + 1)]
    found = [row for table in tables for row in table]
    columns = np.array(found, dtype=np.int64).reshape(-1, 3).T
    start = microseconds(datetime(first_year, 1, 1, tzinfo=ZoneInfo("UTC")))
    return Transitions(columns[0], columns[1], columns[2], _offset(ZoneInfo(zone), start))


@cache
def _year_transitions(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    utc, info = ZoneInfo("UTC"), ZoneInfo(zone)
    start = microseconds(datetime(year, 1, 1, tzinfo=utc))
    end = microseconds(datetime(year + 1, 1, 1, tzinfo=utc))
    found, before = [], _offset(info, start)
    for day in range(start, end, DAY):
        after = _offset(info, day + DAY)
        if after != before:
            found.append((_instant(info, day, day + DAY, before), before, after))
        before = after
    return tuple(found)


def _instant(info: ZoneInfo, low: int, high: int, before: int) -> int:
    """The first whole second in (low, high] whose offset is not `before`."""
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        if _offset(info, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(info: ZoneInfo, us: int) -> int:
    offset = moment(us).astimezone(info).utcoffset()
    assert offset is not None
    return offset // (moment(1) - moment(0))
