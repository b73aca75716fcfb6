"""Which of the deliveries that a feed owes have arrived.

A period counts as arrived once a delivery that was loaded, and not undone,

- attests completeness through its last day, or
- came after its end and has rows that reach into it, or from before it to after it.

The first is the stronger word. What was rejected, waits or was set aside has not arrived.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import QuerySet

from metrics.engine import Period, Timeline, to_us
from metrics.models import Delivery, FeedSchedule, Ingestion

AROUND = timedelta(days=2)  # more than any zone, or a slow clock, moves an instant
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery that counts; ``through``: what it attests; the others: times of its rows."""

    pk: int
    received_at: datetime
    through: date | None
    first_at: int | None
    last_at: int | None

    def attests(self, period: Period) -> bool:
        return self.through is not None and self.through >= period.last_day

    def reaches(self, period: Period) -> bool:
        if self.first_at is None or self.last_at is None or self.received_at < period.end:
            return False
        return self.first_at < to_us(period.end) and self.last_at >= to_us(period.start)


def arrival_of(period: Period, arrivals: Collection[Arrival]) -> Arrival | None:
    """The delivery that counts for ``period``: one that attests it, else one that reaches it."""
    attesting = (one for one in arrivals if one.attests(period))
    return next(attesting, None) or next((a for a in arrivals if a.reaches(period)), None)


def arrived_at(period: Period, arrivals: Iterable[Arrival]) -> datetime | None:
    """When the first delivery for ``period`` came, whichever way it counts."""
    came = (a.received_at for a in arrivals if a.attests(period) or a.reaches(period))
    return min(came, default=None)


def arrivals_of(
    deliveries: QuerySet[Delivery], feed_ids: Collection[int], since: datetime
) -> Mapping[int, list[Arrival]]:
    """Those of ``deliveries`` that can count for a period that ends after ``since``, by feed,
    oldest first: one query. Nobody attests what has not ended yet."""
    rows = (
        deliveries.filter(
            ingestion__feed__in=feed_ids,
            ingestion__status=Ingestion.Status.DONE,
            ingestion__undone_at=None,
            received_at__gte=since - AROUND,
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
    found: dict[int, list[Arrival]] = {}
    for feed_id, pk, received_at, through, first_at, last_at in rows:
        arrival = Arrival(pk, received_at, through, first_at, last_at)
        found.setdefault(feed_id, []).append(arrival)
    return found


def lines_by_feed(lines: QuerySet[FeedSchedule]) -> dict[int, list[FeedSchedule]]:
    """The dated lines of each feed, oldest first: one query."""
    found: dict[int, list[FeedSchedule]] = {}
    for line in lines.order_by("feed_id", "valid_from"):
        found.setdefault(line.feed_id, []).append(line)
    return found


def periods_owed(
    lines: Sequence[FeedSchedule], since: datetime, until: datetime
) -> Iterator[tuple[FeedSchedule, Period]]:
    """Each period from ``since`` up to and including ``until`` that is owed, with the line that
    holds in it; a later line ends an earlier."""
    ends = [after.valid_from - timedelta(days=1) for _, after in pairwise(lines)]
    for line, cut in zip(lines, [*ends, None], strict=True):
        last = min((day for day in (line.last_day, cut) if day), default=None)
        timeline = Timeline(((line.valid_from, line.rule),), line.valid_from, last)
        for period in timeline.between(since, until + _TICK):
            yield line, period
