"""How complete the data of a period is: what arrived of the deliveries that its feeds owe for it.

A delivery is owed for every period that shares a day with its own. It counts once it has arrived,
or once its grace is over; so a delivery that is merely due lowers nothing yet. Every delivery
counts alike, however many rows it brings.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from metrics.engine import Period, Timeline
from metrics.feeds.owing import asks, marks_over, share_a_day
from metrics.models import Delivery, FeedKpi, FeedSchedule, Kpi
from metrics.selectors.arrivals import (
    AROUND,
    Arrival,
    arrivals_of,
    arrived_at,
    lines_by_feed,
    periods_owed,
)

if TYPE_CHECKING:
    from metrics.evaluation.tasks import Task
    from metrics.evaluation.terms import Terms

_A_DAY = timedelta(days=1)
Lines = Mapping[int, list[FeedSchedule]]  # what each feed owes, oldest first


@dataclass(frozen=True, slots=True)
class Coverage:
    """``share``: arrived of what counts, 0..1, None where nothing counts yet; ``late``: whether
    some of it came after its grace, or never."""

    share: Fraction | None
    late: bool


@dataclass(frozen=True, slots=True)
class Owing:
    """What the feeds of some KPIs owe, and what of it came."""

    feeds: Mapping[int, Sequence[int]]  # of each KPI, those in use that owe something
    lines: Lines
    arrivals: Mapping[int, Collection[Arrival]]

    def coverage(self, kpi_id: int, period: Period, as_of: datetime) -> Coverage:
        """How complete the data of ``period`` is as of an instant."""
        counting = arrived = 0
        late = False
        for came, overdue in self._owed(kpi_id, period):
            is_over = as_of >= overdue
            counting += came is not None or is_over
            arrived += came is not None
            late = late or (is_over and (came is None or came > overdue))
        return Coverage(Fraction(arrived, counting) if counting else None, late)

    def _owed(self, kpi_id: int, period: Period) -> Iterator[tuple[datetime | None, datetime]]:
        """When each delivery came that is owed for ``period``, and from when on it is overdue."""
        for feed in self.feeds.get(kpi_id, ()):
            near = periods_owed(self.lines[feed], period.start - AROUND, period.end + AROUND)
            for line, owed in near:
                if share_a_day(owed, period):
                    came = arrived_at(owed, self.arrivals.get(feed, ()))
                    yield came, line.overdue_at(owed)


def coverage_of(tasks: Sequence["Task"]) -> Mapping[tuple[int, int], Coverage]:
    """The coverage of the periods whose level asks for it; three queries where one does."""
    asked = [task for task in tasks if asks(task.level)]
    if not asked:
        return {}
    feeds, lines = lines_of(task.terms.kpi.pk for task in asked)
    since = min(task.period.start for task in asked)
    arrivals = arrivals_of(Delivery.objects.all(), lines, since) if lines else {}
    owing = Owing(feeds, lines, arrivals)
    return {task.place: _asked_for(task, owing) for task in asked}


def _asked_for(task: "Task", owing: Owing) -> Coverage:
    """What of the coverage the level asks for; the rest makes no new revision."""
    found = owing.coverage(task.terms.kpi.pk, task.period, task.as_of)
    level = task.level
    assert level is not None  # it asks
    return Coverage(
        None if level.min_coverage is None else found.share,
        found.late and level.late_report_is == "breached",
    )


def lines_of(kpi_ids: Iterable[int]) -> tuple[Mapping[int, list[int]], Lines]:
    """The feeds in use of each KPI that owe something, and what they owe: two queries."""
    links = FeedKpi.objects.filter(kpi_id__in=set(kpi_ids), feed__archived_at=None)
    pairs = list(links.order_by("kpi_id", "feed_id").values_list("kpi_id", "feed_id"))
    lines = lines_by_feed(FeedSchedule.objects.filter(feed__in={feed for _, feed in pairs}))
    feeds: dict[int, list[int]] = {}
    for kpi, feed in pairs:
        if feed in lines:
            feeds.setdefault(kpi, []).append(feed)
    return feeds, lines


@dataclass(frozen=True, slots=True)
class Overdue:
    """When deliveries of some KPIs' feeds become overdue, for the KPIs whose clause asks."""

    feeds: Mapping[int, Sequence[int]]
    lines: Lines

    @classmethod
    def of(cls, terms: Iterable["Terms"]) -> "Overdue":
        asking = [line.kpi.pk for line in terms if any(map(asks, line.levels))]
        return cls(*lines_of(asking)) if asking else cls({}, {})

    def marks(self, kpi: Kpi, timeline: Timeline, as_of: datetime) -> set[tuple[int, int]]:
        """(KPI, start) of the periods for which a delivery became overdue since its last visit."""
        since = kpi.visited_until
        if since is None:
            return set()  # all of its periods are visited
        found = [
            period
            for line, period in self._near(kpi, since, as_of)
            if since < line.overdue_at(period) <= as_of
        ]
        return marks_over(kpi.pk, timeline, found)

    def next_after(self, kpi: Kpi, as_of: datetime, horizon: datetime | None) -> datetime | None:
        """The first instant after ``as_of`` at which one becomes overdue, up to ``horizon``."""
        near = self._near(kpi, as_of, horizon or as_of + _A_DAY)
        ahead = (line.overdue_at(period) for line, period in near)
        return min((at for at in ahead if at > as_of), default=None)

    def _near(
        self, kpi: Kpi, since: datetime, until: datetime
    ) -> Iterator[tuple[FeedSchedule, Period]]:
        """Owed periods that ended so recently that they may become overdue after ``since``."""
        for feed in self.feeds.get(kpi.pk, ()):
            lines = self.lines[feed]
            yield from periods_owed(lines, since - _longest_wait(lines), until)


def _longest_wait(lines: Sequence[FeedSchedule]) -> timedelta:
    """More than any of them waits from the end of what is owed to its being overdue."""
    days = max(line.due_days for line in lines)
    hours = max(line.grace_hours for line in lines)
    return timedelta(days=days, hours=hours) + AROUND
