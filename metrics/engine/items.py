"""Items and their clocks: stretches of work, what stopped them, when time is up.

Instants are UTC microseconds. The history of an item is handed in whole and in any order, so that
a late pause or reopening is simply counted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from .clock import business_deadline, deadline_us, elapsed_us, merged
from .rows import Interruption, Item, Row
from .worktime import WorkCalendar
from .zones import from_us, to_us

Span = tuple[int, int]
PAUSES = ("subtract",)
REOPENING = ("resume", "restart", "new_item")


@dataclass(frozen=True, slots=True)
class History:
    """What a clause says of an item's history: whether pauses stop the clock, and what a
    reopening does to it. Empty: nothing was agreed, and the history is not looked at."""

    pauses: str = ""
    on_reopen: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One run of the clock; `end` None is still running. `idle` does not count."""

    start: int
    end: int | None
    idle: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """How long a stretch may take: working time (`limit`, µs) or business days.

    `cut_off` and `ends` belong to business days, see `business_deadline`.
    """

    calendar: WorkCalendar | None
    limit: int | None = None
    days: int | None = None
    cut_off: str | None = None
    ends: str = "close"

    def deadline(self, stretch: Stretch) -> int:
        """The earliest instant at which the time is up."""
        if self.days is None:
            return deadline_us(stretch.start, self.limit or 0, self.calendar, stretch.idle)
        assert self.calendar is not None  # parameters are checked before
        start = from_us(stretch.start)
        return to_us(business_deadline(start, self.days, self.calendar, self.cut_off, self.ends))

    def kept(self, stretch: Stretch, end: int) -> bool:
        """Whether a stretch that ends there was within it. What is finished outside working
        hours, after the deadline, took no more working time."""
        if self.days is not None:
            return end <= self.deadline(stretch)
        taken = elapsed_us(stretch.start, end, self.calendar, stretch.idle)
        return taken <= (self.limit or 0)

    def warning(self, stretch: Stretch, before: int) -> int:
        """When `before` µs of working time are left; never before the start."""
        if self.days is None:
            left = max((self.limit or 0) - before, 0)
            return deadline_us(stretch.start, left, self.calendar, stretch.idle)
        return earlier(self.deadline(stretch), before, self.calendar, stretch.start)


def earlier(due: int, before: int, calendar: WorkCalendar | None, start: int) -> int:
    """The instant from which `before` µs of working time lead to `due`; not before `start`."""
    whole = elapsed_us(start, due, calendar)
    return deadline_us(start, max(whole - before, 0), calendar)


def stretches(row: Row, history: History, now: int) -> list[Stretch]:
    """The runs of a row's clock from `a` to `b`; none of a row that does not say when it began.

    A pause or closing that has no end yet stands until `now`. `resume` leaves closed time out,
    `restart` begins anew at the last reopening, `new_item` makes each run an item of its own.
    """
    if row.a is None:
        return []
    known = row.interruptions if isinstance(row, Item) else ()
    paused = [each.until(now) for each in known if each.kind == "paused" and history.pauses]
    closed = merged([each.until(now) for each in known if each.kind == "closed"])
    runs = _runs(row.a, row.b, closed, history.on_reopen)
    idle = paused + (closed if history.on_reopen == "resume" else [])
    return [Stretch(start, end, tuple(sorted(idle))) for start, end in runs]


def _runs(
    start: int, end: int | None, closed: Sequence[Span], on_reopen: str
) -> list[tuple[int, int | None]]:
    inside = [span for span in closed if end is None or span[1] <= end]
    if on_reopen == "restart":
        return [(max([start, *(reopened for _, reopened in inside)]), end)]
    if on_reopen != "new_item":
        return [(start, end)]
    runs: list[tuple[int, int | None]] = []
    for finished, reopened in inside:
        if finished > start:
            runs.append((start, finished))
        start = max(start, reopened)
    return [*runs, (start, end)]


@dataclass(frozen=True, slots=True)
class Paused:
    """Shares 0..1 of the working time of items in which their clocks stood, whole and by who
    set them; what several set at once is in each of theirs."""

    share: Fraction
    by: tuple[tuple[str, Fraction], ...]


def paused(rows: Iterable[Row], calendar: WorkCalendar | None, now: int) -> Paused | None:
    """Who stopped the clocks of these rows and for how long; None where nobody did."""
    whole = stood = 0
    by: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.a is None:
            continue
        end = now if row.b is None else row.b
        whole += elapsed_us(row.a, end, calendar)
        if isinstance(row, Item):
            stood += _stood(row, end, now, calendar, by)
    if not stood or not whole:
        return None
    shares = sorted(((who, Fraction(us, whole)) for who, us in by.items()), key=_largest)
    return Paused(Fraction(stood, whole), tuple(shares))


def _stood(
    item: Item, end: int, now: int, calendar: WorkCalendar | None, by: dict[str, int]
) -> int:
    spans: dict[str, list[Span]] = defaultdict(list)
    for each in item.interruptions:
        if each.kind == "paused":
            spans[each.set_by].append(each.until(now))
    for who, of_one in spans.items():
        by[who] += _idle(item, end, calendar, of_one)
    return _idle(item, end, calendar, [span for found in spans.values() for span in found])


def _idle(item: Item, end: int, calendar: WorkCalendar | None, spans: Sequence[Span]) -> int:
    start = item.a or 0
    return elapsed_us(start, end, calendar) - elapsed_us(start, end, calendar, spans)


def _largest(share: tuple[str, Fraction]) -> tuple[Fraction, str]:
    return -share[1], share[0]


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is not finished beside a figure.

    `overdue` items are past their due time, the `oldest` since then (µs); `unsettled` ones will
    still count for the figure, the first of them when it falls due at `turns_at`.
    """

    open: int = 0
    overdue: int = 0
    oldest: int = 0
    unsettled: int = 0
    turns_at: int | None = None

    @classmethod
    def of(cls, due: Sequence[int], now: int) -> OpenWork:
        """Of the due times of open items."""
        late = [now - each for each in due if each <= now]
        ahead = [each for each in due if each > now]
        return cls(len(due), len(late), max(late, default=0), len(ahead), min(ahead, default=None))

    @property
    def words(self) -> str:
        """How many are overdue, and since when the oldest is."""
        if not self.overdue:
            return f"{self.overdue} of {self.open} open items"
        return f"{self.overdue} of {self.open} open items, the oldest for {age(self.oldest)}"


def age(us: int) -> str:
    """A length of time as people say it: 3 d 4 h, 4 h 10 min, 10 min."""
    minutes = timedelta(microseconds=us) // timedelta(minutes=1)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {left} min" if hours else f"{left} min"


def interruptions_sorted(found: Iterable[Interruption]) -> tuple[Interruption, ...]:
    """The history of an item in one order, whatever the order it arrived in."""
    return tuple(
        sorted(found, key=lambda each: (each.start, each.end or 0, each.kind, each.set_by))
    )
