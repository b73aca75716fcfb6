"""Working hours of a calendar, laid out as instants one year at a time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from .errors import Problem, one_of, raise_if_any, refusal
from .zones import from_us, local_us, midnight_us, zone_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_DAY_MINUTES = 24 * 60
_YEARLY = re.compile(r"\*-([0-9]{2})-([0-9]{2})", re.ASCII)

Segment = tuple[int, int]


@dataclass(frozen=True, slots=True)
class YearOfWork:
    """The working stretches of one local year: starts, ends and the work done before each."""

    first: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    def worked_until(self, instant: int) -> int:
        """Working microseconds from the year's begin to an instant inside it."""
        position = bisect_right(self.starts, instant) - 1
        if position < 0:
            return 0
        stop = min(instant, self.ends[position])
        return self.before[position] + stop - self.starts[position]

    def instant_after(self, work: int) -> int:
        """The earliest instant by which 0 < work <= total microseconds were worked."""
        position = bisect_right(self.before, work - 1) - 1
        return self.starts[position] + work - self.before[position]


@dataclass(frozen=True)
class WorkCalendar:
    """Working hours: a zone, minutes of the day per weekday, and closed days.

    `weekdays` holds seven tuples of (from, to) minutes after midnight, Monday first; 1440 is
    24:00. `holidays` are single closed days, `yearly` closed (month, day) of every year. Build it
    from the written form with `WorkCalendar.parse`.

    Raises:
        EngineError: for segments that overlap, leave the day or hold nothing.
    """

    zone: str
    weekdays: tuple[tuple[Segment, ...], ...]
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    _years: dict[int, YearOfWork] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        zone_of(self.zone)
        raise_if_any(_segment_problems(self.weekdays))

    @classmethod
    def parse(cls, written: Mapping[str, Any]) -> WorkCalendar:
        """A calendar from {zone, weekdays: {mon: [["08:00", "17:30"]]}, holidays: [...]}.

        Holidays are ISO days or yearly ones such as "*-12-25".

        Raises:
            EngineError: with all mistakes at once.
        """
        problems: list[Problem] = []
        weekdays = _parse_weekdays(written.get("weekdays", {}), problems)
        holidays, yearly = _parse_holidays(written.get("holidays", ()), problems)
        for key in written:
            unknown = one_of("calendar", key, ("zone", "weekdays", "holidays"))
            problems += [unknown] if unknown else []
        if not written.get("zone"):
            problems.append(Problem("zone", None, "is missing", "name an IANA zone"))
        raise_if_any(problems)
        return cls(str(written["zone"]), weekdays, holidays, yearly)

    def hours_on(self, day: date) -> tuple[Segment, ...]:
        """Segments of a local day; none on a closed day."""
        if day in self.holidays or (day.month, day.day) in self.yearly:
            return ()
        return self.weekdays[day.weekday()]

    def is_open(self, day: date) -> bool:
        return bool(self.hours_on(day))

    def year(self, number: int) -> YearOfWork:
        """The working stretches of a local year, laid out once."""
        if number not in self._years:
            self._years[number] = _lay_out(self, number)
        return self._years[number]

    def year_of(self, instant: int) -> int:
        """The local year of an instant."""
        return from_us(instant).astimezone(zone_of(self.zone)).year


def _lay_out(calendar: WorkCalendar, number: int) -> YearOfWork:
    if not 1900 <= number <= 2300:
        raise refusal("year", number, "is outside 1900..2300", "check the calendar and the times")
    starts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    total = 0
    for start, end in _stretches(calendar, number):
        starts.append(start)
        ends.append(end)
        before.append(total)
        total += end - start
    first = midnight_us(date(number, 1, 1), calendar.zone)
    return YearOfWork(first, tuple(starts), tuple(ends), tuple(before), total)


def _stretches(calendar: WorkCalendar, number: int) -> Iterator[tuple[int, int]]:
    zone = zone_of(calendar.zone)
    day = date(number, 1, 1)
    while day.year == number:
        midnight = datetime.combine(day, time())
        for start, end in calendar.hours_on(day):
            begin = local_us(midnight + timedelta(minutes=start), zone)
            finish = local_us(midnight + timedelta(minutes=end), zone)
            if begin < finish:
                yield begin, finish
        day += timedelta(days=1)


def _segment_problems(weekdays: Sequence[Sequence[Segment]]) -> Iterator[Problem]:
    if len(weekdays) != len(WEEKDAYS):
        yield Problem("weekdays", len(weekdays), "must be seven, Monday first", "add empty ones")
    if not any(weekdays):
        yield Problem("weekdays", "none", "hold no working time", "leave the calendar out for 24x7")
    for name, segments in zip(WEEKDAYS, weekdays, strict=False):
        last = 0
        for start, end in segments:
            if not last <= start < end <= _DAY_MINUTES:
                yield Problem(
                    name,
                    (start, end),
                    "overlaps, is empty or leaves the day",
                    "use ascending hours",
                )
            last = end


def _parse_weekdays(
    written: Mapping[str, Any], problems: list[Problem]
) -> tuple[tuple[Segment, ...], ...]:
    for key in written:
        unknown = one_of("weekday", key, WEEKDAYS)
        problems += [unknown] if unknown else []
    return tuple(
        tuple(_parse_segment(name, pair, problems) for pair in written.get(name) or ())
        for name in WEEKDAYS
    )


def _parse_segment(name: str, pair: Any, problems: list[Problem]) -> Segment:
    try:
        start, end = (minutes_of(part) for part in pair)
    except (TypeError, ValueError):
        problems.append(Problem(name, pair, "is not a pair of times", 'write ["08:00", "17:30"]'))
        return (0, _DAY_MINUTES)
    return (start, end)


def minutes_of(text: str) -> int:
    """Minutes after midnight of "HH:MM"; "24:00" is the end of the day.

    Raises:
        ValueError: for anything else.
    """
    match = _TIME.fullmatch(text)
    if not match or (match[1] == "24" and match[2] != "00"):
        raise ValueError(f"time {text!r}: not HH:MM from 00:00 to 24:00")
    return int(match[1]) * 60 + int(match[2])


def _parse_holidays(
    written: Sequence[Any], problems: list[Problem]
) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
    single: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for entry in written:
        try:
            match = _YEARLY.fullmatch(str(entry))
            if match:
                leap_day = date(2000, int(match[1]), int(match[2]))
                yearly.add((leap_day.month, leap_day.day))
            else:
                single.add(date.fromisoformat(str(entry)))
        except ValueError:
            problems.append(
                Problem("holiday", entry, "is not a day", "write 2026-12-25 or *-12-25")
            )
    return frozenset(single), frozenset(yearly)
