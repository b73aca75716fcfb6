"""Times by their declared format, whole columns at a time, to UTC microseconds.

`parse` reads a column by its TimeSource. Shape and calendar are judged apart: a text of another
shape is `time_format`, one of the right shape that names no real time is `time_calendar`.
Seconds end at 59 and hours at 23; years outside 1900..2199 are refused.
"""

from dataclasses import dataclass

import numpy as np

from .calendar import DAY, FIRST_YEAR, LAST_YEAR, SECOND, Bools, Ints, days, is_date
from .faults import Faults, fault, within
from .numbers import Numbers, scaled
from .numbers import parse as parse_numbers
from .shape import TimeSource
from .texts import Texts
from .timetexts import TimeParts, iso, strptime
from .zones import to_utc

LONGEST = 40
EXCEL_1900 = -25_569
EXCEL_1904 = -24_107
LAST_SERIAL = 109_205


@dataclass(frozen=True)
class Times:
    """UTC microseconds; `ok` is false where missing or faulty; `ambiguous` existed twice."""

    us: Ints
    ok: Bools
    faults: Faults = ()
    ambiguous: Bools | None = None
    texts: Texts | None = None
    column: str = ""


def fixed(us: int, size: int) -> Times:
    """The same instant in every row."""
    return Times(np.full(size, us, dtype=np.int64), np.ones(size, dtype=np.bool_))


def parse(texts: Texts, source: TimeSource, *, date1904: bool = False, decimal: str = ".") -> Times:
    """The times of a column by its declared format and zone.

    `decimal` is the sign in epochs and serials; `date1904` is the epoch of a workbook's serials.
    """
    column = source.column or ""
    if source.pattern in ("epoch", "epoch_ms"):
        return _epoch(texts, column, 6 if source.pattern == "epoch" else 3, decimal)
    if source.pattern == "excel":
        return _excel(texts, source, date1904, decimal)
    rows = np.flatnonzero(texts.present & (texts.lengths <= LONGEST))
    if not len(rows):
        return _unshaped(texts, column)
    width = int(texts.lengths[rows].max())
    matrix = texts.matrix(rows, width)
    lengths = texts.lengths[rows]
    if source.pattern == "iso":
        read = iso(matrix, lengths)
    else:
        read = strptime(matrix, lengths, source.pattern)
    return _assembled(texts, source, rows, read)


def _unshaped(texts: Texts, column: str) -> Times:
    none = np.zeros(len(texts), dtype=np.bool_)
    faults = fault(texts.present, "time_format", column, texts)
    return Times(np.zeros(len(texts), dtype=np.int64), none, faults, none, texts, column)


def _assembled(texts: Texts, source: TimeSource, rows: Ints, read: TimeParts) -> Times:
    column, none = source.column or "", np.zeros(len(rows), dtype=np.bool_)
    real, local = _on_the_clock(read)
    good = read.shape & real
    local = np.where(good, local, 0)
    zoned = none if read.has_offset is None else read.has_offset
    utc = local if read.offset is None else local - read.offset
    gap = twice = none
    homeless = good & ~zoned if source.zone is None else none
    if source.zone is not None and not zoned.all():
        resolved = to_utc(local, source.zone, later=source.ambiguous == "later")
        utc = np.where(zoned, utc, resolved.utc)
        gap, twice = resolved.gap & ~zoned & good, resolved.ambiguous & ~zoned & good
    refused = twice if source.ambiguous == "reject" else none
    whole = _Spread(len(texts), rows)
    faults = (
        fault(texts.present & ~whole.mask(read.shape), "time_format", column, texts)
        + fault(whole.mask(read.shape & ~real), "time_calendar", column, texts)
        + fault(whole.mask(homeless), "time_zone", column, texts)
        + fault(whole.mask(gap), "time_gap", column, texts)
        + fault(whole.mask(refused), "time_twice", column, texts)
    )
    ok = good & ~gap & ~homeless & ~refused
    us = np.zeros(len(texts), dtype=np.int64)
    us[rows] = utc
    return Times(us, whole.mask(ok), faults, whole.mask(twice & ok), texts, column)


def _on_the_clock(read: TimeParts) -> tuple[Bools, Ints]:
    """Whether each time exists in the calendar and on a clock, and its wall-clock microseconds."""
    year, month, day = read.part("Y"), read.part("m", 1), read.part("d", 1)
    hour, minute, second = read.part("H"), read.part("M"), read.part("S")
    real = is_date(year, month, day) & (hour < 24) & (minute < 60) & (second < 60)
    clock = (hour * 3600 + minute * 60 + second) * SECOND + read.part("f")
    return real, days(year, month, day) * DAY + clock


@dataclass(frozen=True, slots=True)
class _Spread:
    """Masks over the rows being read, spread over the whole column."""

    size: int
    rows: Ints

    def mask(self, of_rows: Bools) -> Bools:
        whole = np.zeros(self.size, dtype=np.bool_)
        whole[self.rows] = of_rows
        return whole


def _epoch(texts: Texts, column: str, decimals: int, decimal: str) -> Times:
    numbers = scaled(parse_numbers(texts, decimal, column), decimals)
    bounds = days(*(np.array([FIRST_YEAR, LAST_YEAR + 1]), np.array([1, 1]), np.array([1, 1])))
    low, high = (bounds * DAY).tolist()
    inside = (numbers.data >= low) & (numbers.data < high)
    outside = numbers.ok & ~inside
    bad = texts.present & ~numbers.ok
    faults = fault(bad, "time_format", column, texts)
    faults += fault(outside, "time_calendar", column, texts)
    us = np.where(inside, numbers.data, 0)
    none = np.zeros(len(texts), dtype=np.bool_)
    return Times(us, numbers.ok & inside, faults, none, texts, column)


def _excel(texts: Texts, source: TimeSource, date1904: bool, decimal: str) -> Times:
    """Serial day numbers, or the ISO texts that date cells become; wall-clock time of the zone.

    A serial is a binary fraction of a day, so that it is taken to the nearest millisecond.
    """
    column = source.column or ""
    numbers = parse_numbers(texts, decimal, column)
    as_iso = parse(texts, TimeSource(column, "iso", source.zone, source.ambiguous))
    inside, local = _serial_clock(numbers, date1904)
    resolved = to_utc(local, source.zone or "UTC", later=source.ambiguous == "later")
    serial = numbers.ok & inside
    gap, twice = serial & resolved.gap, serial & resolved.ambiguous
    refused = twice if source.ambiguous == "reject" else np.zeros(len(texts), dtype=np.bool_)
    faults = within(as_iso.faults, ~numbers.ok) + (
        fault(numbers.ok & ~inside, "time_calendar", column, texts)
        + fault(gap, "time_gap", column, texts)
        + fault(refused, "time_twice", column, texts)
    )
    ok = np.where(numbers.ok, serial & ~gap & ~refused, as_iso.ok)
    us = np.where(numbers.ok, resolved.utc, as_iso.us)
    assert as_iso.ambiguous is not None
    ambiguous = np.where(numbers.ok, twice & ok, as_iso.ambiguous)
    return Times(us, ok, faults, ambiguous, texts, column)


def _serial_clock(numbers: Numbers, date1904: bool) -> tuple[Bools, Ints]:
    """Whether serials lie within the known years, and their wall-clock microseconds."""
    places = 0 if numbers.decimals is None else numbers.decimals
    value = np.where(numbers.ok, numbers.data, 0) / 10.0**places
    # day 60 of the 1900 system is a 29 February that never was; earlier serials are refused
    first, offset = (0, EXCEL_1904) if date1904 else (61, EXCEL_1900)
    inside = (value >= first) & (value < LAST_SERIAL)
    milliseconds = np.rint(np.where(inside, value, 0) * 86_400_000).astype(np.int64)
    return inside, milliseconds * 1000 + offset * DAY
