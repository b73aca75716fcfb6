"""What feeds owe and when: which deliveries are here, due and overdue.

A period counts as arrived once a delivery that was loaded, and not undone,

- attests completeness through its last day, or
- came after its end and has rows that reach into it, or from before it to after it.

The first is the stronger word, and is said apart. What was rejected, waits or was set aside has
not arrived.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from contracts.selectors.scope import Scope
from metrics.engine import Period, Timeline, to_us
from metrics.models import Feed, FeedSchedule, Ingestion
from metrics.selectors import scope as scoped

BACK = timedelta(days=124)  # how far back arrears are looked for: four months
_AROUND = timedelta(days=2)


class Stand(StrEnum):
    """Where what is owed stands."""

    ARRIVED = "arrived"
    UPCOMING = "upcoming"  # its period has not ended
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Owed:
    """The delivery that a feed owes for one period.

    ``due_at``: when it is due; ``overdue_at``: when its grace ends. ``arrived_at`` and
    ``delivery``: of the delivery that counts, with ``attested`` if it says that all is in.
    """

    feed: Feed
    label: str
    first_day: date
    last_day: date
    due_at: datetime
    overdue_at: datetime
    stand: Stand
    arrived_at: datetime | None = None
    delivery: int | None = None
    attested: bool = False

    @property
    def overdue_since(self) -> datetime | None:
        return self.overdue_at if self.stand is Stand.OVERDUE else None

    @property
    def came_late(self) -> bool:
        return self.arrived_at is not None and self.arrived_at > self.overdue_at


@dataclass(frozen=True, slots=True)
class _Arrival:
    pk: int
    received_at: datetime
    through: date | None
    first_at: int | None
    last_at: int | None


def owed_deliveries(
    *,
    scope: Scope,
    as_of: datetime,
    feeds: Collection[Feed] | None = None,
    back: timedelta = BACK,
) -> list[Owed]:
    """What the feeds within ``scope`` owe for the periods of the last ``back`` up to ``as_of``, the
    running one included; overdue ones first, then by due date. Three queries, whatever is owed.

    ``feeds``: only these, of those that the reader may see.
    """
    lines = _lines(scope, feeds)
    if not lines:
        return []
    since = as_of - back
    arrivals = _arrivals(scope, lines, since)
    owed = [
        _owed(line, period, arrivals.get(feed_id, ()), as_of)
        for feed_id, dated in lines.items()
        for line, period in _periods(dated, since, as_of)
    ]
    order = [Stand.OVERDUE, Stand.DUE, Stand.UPCOMING, Stand.ARRIVED]
    return sorted(owed, key=lambda one: (order.index(one.stand), one.due_at, one.feed.code))


def _lines(scope: Scope, feeds: Collection[Feed] | None) -> dict[int, list[FeedSchedule]]:
    """The dated lines of each feed in use, oldest first."""
    active = scoped.feeds(scope).filter(archived_at=None)
    if feeds is not None:
        active = active.filter(pk__in=[feed.pk for feed in feeds])
    found: dict[int, list[FeedSchedule]] = {}
    lines = scoped.schedules(scope).filter(feed__in=active).select_related("feed__vendor")
    for line in lines.order_by("feed_id", "valid_from"):
        found.setdefault(line.feed_id, []).append(line)
    return found


def _arrivals(
    scope: Scope, feed_ids: Collection[int], since: datetime
) -> Mapping[int, list[_Arrival]]:
    """Deliveries that count, by feed, oldest first."""
    rows = (
        scoped.deliveries(scope)
        .filter(
            ingestion__feed__in=feed_ids,
            ingestion__status=Ingestion.Status.DONE,
            ingestion__undone_at=None,
            received_at__gte=since - _AROUND,
        )
        .order_by("received_at", "pk")
        .values_list(
            "ingestion__feed_id",
            "pk",
            "received_at",
            "complete_through",
            "ingestion__first_at",
            "ingestion__last_at",
        )
    )
    found: dict[int, list[_Arrival]] = {}
    for feed_id, pk, received_at, through, first_at, last_at in rows:
        arrival = _Arrival(pk, received_at, through, first_at, last_at)
        found.setdefault(feed_id, []).append(arrival)
    return found


def _periods(
    lines: list[FeedSchedule], since: datetime, as_of: datetime
) -> Iterator[tuple[FeedSchedule, Period]]:
    """Each period that is owed, with the line that holds in it; a later line ends an earlier."""
    ends = [after.valid_from - timedelta(days=1) for _, after in pairwise(lines)]
    for line, cut in zip(lines, [*ends, None], strict=True):
        last = min((day for day in (line.last_day, cut) if day), default=None)
        timeline = Timeline(((line.valid_from, line.rule),), line.valid_from, last)
        for period in timeline.between(since, as_of + timedelta(microseconds=1)):
            yield line, period


def _owed(
    line: FeedSchedule, period: Period, arrivals: Collection[_Arrival], as_of: datetime
) -> Owed:
    due, overdue = line.due_at(period), line.overdue_at(period)
    came = _arrival(period, arrivals)
    return Owed(
        feed=line.feed,
        label=period.label,
        first_day=period.first_day,
        last_day=period.last_day,
        due_at=due,
        overdue_at=overdue,
        stand=_stand(period, overdue, as_of, came is not None),
        arrived_at=came.received_at if came else None,
        delivery=came.pk if came else None,
        attested=came is not None and _attests(came, period),
    )


def _arrival(period: Period, arrivals: Collection[_Arrival]) -> _Arrival | None:
    attesting = (one for one in arrivals if _attests(one, period))
    return next(attesting, None) or next((a for a in arrivals if _reaches(a, period)), None)


def _attests(arrival: _Arrival, period: Period) -> bool:
    return arrival.through is not None and arrival.through >= period.last_day


def _reaches(arrival: _Arrival, period: Period) -> bool:
    if arrival.first_at is None or arrival.last_at is None or arrival.received_at < period.end:
        return False
    return arrival.first_at < to_us(period.end) and arrival.last_at >= to_us(period.start)


def _stand(period: Period, overdue: datetime, as_of: datetime, came: bool) -> Stand:
    if came:
        return Stand.ARRIVED
    if as_of >= overdue:
        return Stand.OVERDUE
    return Stand.DUE if as_of >= period.end else Stand.UPCOMING
