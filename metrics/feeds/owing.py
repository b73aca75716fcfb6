"""Figures whose clause asks how complete their data is: marked when what their feeds owe, or what
has arrived of it, changes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.db.models import Exists, F, OuterRef, Q

from metrics.engine import Period, Timeline, from_us, to_us
from metrics.feeds.marks import append_marks
from metrics.models import Delivery, Feed, FeedKpi, FeedSchedule, Kpi, KpiPeriod, ServiceLevel
from metrics.models.timelines import timelines_for
from metrics.selectors.arrivals import AROUND, Arrival, periods_owed

ASKS = Q(min_coverage__isnull=False) | Q(late_report_is="breached")
_A_DAY = timedelta(days=1)


def asks(level: ServiceLevel | None) -> bool:
    """Whether a level judges by what arrived of what is owed."""
    if level is None:
        return False
    return level.min_coverage is not None or level.late_report_is == "breached"


def kpis_asking(feed: Feed) -> list[int]:
    """KPIs that the feed reaches and that some level of theirs asks about it."""
    levels = ServiceLevel.objects.filter(ASKS, kpi=OuterRef("kpi_id"))
    reached = FeedKpi.objects.filter(Exists(levels), feed=feed)
    return list(reached.order_by("kpi_id").values_list("kpi_id", flat=True))


def owing_mark(*, feed: Feed, since: date | None = None) -> None:
    """Mark the periods that end on ``since`` or later, in the transaction that changes what
    ``feed`` owes for them, and have their KPIs visited by the next sweep."""
    _mark_since(kpis_asking(feed), since)


def link_mark(*, feed: Feed, kpi_ids: Collection[int]) -> None:
    """Mark the periods for which ``feed`` owes something to KPIs that it did not reach before, in
    the transaction that links them."""
    first = feed.schedules.order_by("valid_from").values_list("valid_from", flat=True).first()
    if first is not None:
        _mark_since([kpi for kpi in kpis_asking(feed) if kpi in kpi_ids], first)


def _mark_since(kpi_ids: Sequence[int], since: date | None) -> None:
    if not kpi_ids:
        return
    heads = KpiPeriod.objects.filter(kpi__in=kpi_ids)
    if since:
        heads = heads.filter(last_day__gte=since)
    _append((kpi, to_us(start)) for kpi, start in heads.values_list("kpi_id", "starts_at"))
    visited = Kpi.objects.filter(pk__in=kpi_ids, visited_until__isnull=False)
    visited.update(next_tick_at=F("visited_until"))


def arrival_mark(
    *, deliveries: Collection[Delivery], before: date | None, through: date | None
) -> None:
    """Mark the periods for which deliveries of one ingestion count as what was owed, in the
    transaction that makes them count, or no longer.

    ``through``: what they attest; ``before``: what the feed had attested without them.
    """
    one = next(iter(deliveries), None)
    if one is None:
        return
    feed = one.ingestion.feed
    lines = list(FeedSchedule.objects.filter(feed=feed).order_by("valid_from"))
    kpi_ids = kpis_asking(feed) if lines else []
    if not kpi_ids:
        return
    came = [_arrival(each) for each in deliveries]
    since, until = _stretch(came, lines[0].valid_from, before, through)
    owed = [
        period
        for _, period in periods_owed(lines, since, until)
        if any(each.attests(period) or each.reaches(period) for each in came)
        and (
            through is None or before is None or period.last_day > before or _reached(came, period)
        )
    ]
    timelines = timelines_for(kpi_ids)
    _append(mark for kpi in kpi_ids for mark in marks_over(kpi, timelines[kpi], owed))


def marks_over(kpi: int, timeline: Timeline, owed: Iterable[Period]) -> set[tuple[int, int]]:
    """(KPI, start) of its periods that share a day with one of ``owed``."""
    return {(kpi, each.start_us) for period in owed for each in _sharing(timeline, period)}


def share_a_day(one: Period, other: Period) -> bool:
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def _sharing(timeline: Timeline, period: Period) -> list[Period]:
    near = timeline.between(period.start - AROUND, period.end + AROUND)
    return [each for each in near if share_a_day(each, period)]


def _reached(came: Iterable[Arrival], period: Period) -> bool:
    return any(each.reaches(period) for each in came)


def _arrival(delivery: Delivery) -> Arrival:
    rows = delivery.ingestion
    return Arrival(
        delivery.pk, delivery.received_at, delivery.complete_through, rows.first_at, rows.last_at
    )


def _stretch(
    came: Collection[Arrival], first: date, before: date | None, through: date | None
) -> tuple[datetime, datetime]:
    """From where to where deliveries can count for what is owed."""
    rows = [from_us(at) for one in came for at in (one.first_at, one.last_at) if at is not None]
    days = [_around(before or first), _around(through) + _A_DAY] if through else []
    both = [*rows, *days]
    start = max(min(both, default=_around(first)), _around(first))
    return start - AROUND, max(both, default=start) + AROUND


def _around(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _append(marks: Iterable[tuple[int, int]]) -> None:
    found = sorted(set(marks))
    if found:
        append_marks(np.array([kpi for kpi, _ in found]), np.array([at for _, at in found]))
