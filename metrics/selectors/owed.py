"""What feeds owe and when: which deliveries are here, due and overdue."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from contracts.selectors.scope import Scope
from metrics.engine import Period
from metrics.models import Feed, FeedSchedule
from metrics.selectors import scope as scoped
from metrics.selectors.arrivals import (
    Arrival,
    arrival_of,
    arrivals_of,
    lines_by_feed,
    periods_owed,
)

BACK = timedelta(days=124)  # how far back arrears are looked for: four months


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
    arrivals = arrivals_of(scoped.deliveries(scope), lines, since)
    owed = [
        _owed(line, period, arrivals.get(feed_id, ()), as_of)
        for feed_id, dated in lines.items()
        for line, period in periods_owed(dated, since, as_of)
    ]
    order = [Stand.OVERDUE, Stand.DUE, Stand.UPCOMING, Stand.ARRIVED]
    return sorted(owed, key=lambda one: (order.index(one.stand), one.due_at, one.feed.code))


def _lines(scope: Scope, feeds: Collection[Feed] | None) -> dict[int, list[FeedSchedule]]:
    """The dated lines of each feed in use, oldest first."""
    active = scoped.feeds(scope).filter(archived_at=None)
    if feeds is not None:
        active = active.filter(pk__in=[feed.pk for feed in feeds])
    lines = scoped.schedules(scope).filter(feed__in=active).select_related("feed__vendor")
    return lines_by_feed(lines)


def _owed(
    line: FeedSchedule, period: Period, arrivals: Collection[Arrival], as_of: datetime
) -> Owed:
    due, overdue = line.due_at(period), line.overdue_at(period)
    came = arrival_of(period, arrivals)
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
        attested=came is not None and came.attests(period),
    )


def _stand(period: Period, overdue: datetime, as_of: datetime, came: bool) -> Stand:
    if came:
        return Stand.ARRIVED
    if as_of >= overdue:
        return Stand.OVERDUE
    return Stand.DUE if as_of >= period.end else Stand.UPCOMING
