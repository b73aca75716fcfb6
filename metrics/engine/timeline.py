"""All periods of one KPI: dated rules, first and last day, and what happens to stubs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .choices import check_choice
from .errors import refusal
from .periods import Period, PeriodRule
from .zones import from_us, local_day, midnight_us, to_us

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """One rule in force from `first` to before `after` (None: open), with both as instants."""

    rule: PeriodRule
    first: date
    start: int
    after: date | None
    end: int | None
    low: int
    high: int | None

    def is_full(self, index: int) -> bool:
        return index >= self.low + self._cut_in_front and not self._is_cut_behind(index)

    @property
    def _cut_in_front(self) -> bool:
        return self.rule.first_day(self.low) != self.first

    def _is_cut_behind(self, index: int) -> bool:
        return index == self.high and self.rule.first_day(index + 1) != self.after

    def span(self, index: int, merge: bool) -> tuple[int, int]:
        """The numbers of the first and last rule period that make up one period."""
        if not merge or self.high == self.low:
            return index, index
        front = self._cut_in_front
        back = self.high is not None and self._is_cut_behind(self.high)
        first = last = index
        if front and first <= self.low + 1:
            first, last = self.low, max(last, self.low + 1)
        if back and self.high is not None and last >= self.high - 1:
            first, last = min(first, self.high - 1), self.high
        return (self.low if front and first == self.low + 1 else first), last

    def begins(self, index: int) -> tuple[date, int]:
        day = self.rule.first_day(index)
        if day <= self.first:
            return self.first, self.start
        return day, midnight_us(day, self.rule.zone)

    def ends(self, index: int) -> tuple[date, int]:
        day = self.rule.first_day(index + 1)
        if self.after is not None and self.end is not None and day >= self.after:
            return self.after, self.end
        return day, midnight_us(day, self.rule.zone)


@dataclass(frozen=True)
class Timeline:
    """The periods of a KPI from `first_day` to `last_day` (None: open), both inclusive.

    `versions` are (valid_from, rule), ascending. A changed rule applies from the next period:
    the running one keeps its end. `stub`: evaluate a shortened period, skip it (its rows belong to
    no period), or merge it with its neighbour under the same rule.

    Raises:
        EngineError: without versions, with versions out of order, or an unknown stub choice.
    """

    versions: tuple[tuple[date, PeriodRule], ...]
    first_day: date
    last_day: date | None = None
    stub: str = "evaluate"
    _stretches: tuple[_Stretch, ...] = field(init=False, repr=False, compare=False)
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_choice("stub", self.stub)
        if not self.versions:
            raise refusal("versions", (), "a timeline needs a period rule", "give one")
        days = [day for day, _ in self.versions]
        if days != sorted(set(days)):
            raise refusal("versions", days, "must ascend, one a day", "sort them by valid_from")
        stretches = tuple(_stretches(self))
        object.__setattr__(self, "_stretches", stretches)
        object.__setattr__(self, "_starts", tuple(s.start for s in stretches))

    def containing(self, instant: datetime) -> Period | None:
        """The period that holds an instant; None outside, and in a skipped stub."""
        return self._at(to_us(instant))

    def between(self, start: datetime, end: datetime) -> list[Period]:
        """All periods that overlap [start, end), in order."""
        return [p for p in self._walk(to_us(start), to_us(end)) if not self._is_skipped(p)]

    def boundaries(self, lo_us: int, hi_us: int) -> list[int]:
        """Starts of the periods that overlap [lo_us, hi_us), UTC microseconds, ascending.

        A position found by bisection is the period's only if the instant is before its end: a
        skipped stub and the time after the last day have no start of their own.
        """
        return [p.start_us for p in self._walk(lo_us, hi_us) if not self._is_skipped(p)]

    def _at(self, instant: int) -> Period | None:
        position = bisect_right(self._starts, instant) - 1
        if position < 0:
            return None
        stretch = self._stretches[position]
        if stretch.end is not None and instant >= stretch.end:
            return None
        period = self._period(stretch, _index_at(stretch, instant))
        return None if self._is_skipped(period) else period

    def _is_skipped(self, period: Period) -> bool:
        return period.stub and self.stub == "skip"

    def _walk(self, start: int, end: int) -> Iterator[Period]:
        for stretch in self._stretches:
            if stretch.start >= end or (stretch.end is not None and stretch.end <= start):
                continue
            index = _index_at(stretch, max(start, stretch.start))
            while stretch.high is None or index <= stretch.high:
                index, last = stretch.span(index, self.stub == "merge")
                if stretch.begins(index)[1] >= end:
                    break
                if stretch.begins(index)[1] < stretch.ends(last)[1]:
                    yield self._period(stretch, index)
                index = last + 1

    def _period(self, stretch: _Stretch, index: int) -> Period:
        first, last = stretch.span(index, self.stub == "merge")
        first_day, start = stretch.begins(first)
        next_day, end = stretch.ends(last)
        full = [stretch.is_full(number) for number in range(first, last + 1)]
        label = stretch.rule.label(first_day) if full == [True] else first_day.isoformat()
        return Period(
            from_us(start), from_us(end), first_day, next_day - _DAY, label, stub=not any(full)
        )


def _index_at(stretch: _Stretch, instant: int) -> int:
    """The rule period holding an instant; it differs from its day's only beside a changed zone."""
    index = stretch.rule.index_of(local_day(instant, stretch.rule.zone))
    index = max(index, stretch.low)
    if stretch.high is not None:
        index = min(index, stretch.high)
    while stretch.begins(index)[1] > instant:
        index -= 1
    while stretch.ends(index)[1] <= instant:
        index += 1
    return index


def _stretches(timeline: Timeline) -> Iterator[_Stretch]:
    changes = _changes(timeline)
    last = None if timeline.last_day == date.max else timeline.last_day  # no day follows that one
    after_last = last + _DAY if last else None
    start: int | None = None
    for position, (first, rule) in enumerate(changes):
        after = changes[position + 1][0] if position + 1 < len(changes) else after_last
        if after_last is not None and (after is None or after > after_last):
            after = after_last
        if after is not None and after <= first:
            continue
        start = midnight_us(first, rule.zone) if start is None else start
        end = None if after is None else midnight_us(after, rule.zone)
        high = None if after is None else rule.index_of(after - _DAY)
        yield _Stretch(rule, first, start, after, end, rule.index_of(first), high)
        start = end


def _changes(timeline: Timeline) -> list[tuple[date, PeriodRule]]:
    """(first day in force, rule): each change moved to the end of the period it falls into."""
    begin = max(timeline.first_day, timeline.versions[0][0])
    changes: list[tuple[date, PeriodRule]] = []
    for valid_from, rule in timeline.versions:
        if not changes or valid_from <= begin:
            changes = [(begin, rule)]
            continue
        first, current = changes[-1]
        if rule == current:
            continue
        day = max(_next_boundary(current, valid_from), first)
        if day == first:
            changes.pop()
        changes.append((day, rule))
    return changes


def _next_boundary(rule: PeriodRule, day: date) -> date:
    index = rule.index_of(day)
    return day if rule.first_day(index) == day else rule.first_day(index + 1)
