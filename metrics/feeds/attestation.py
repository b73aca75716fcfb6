"""Completeness: who said that everything up to a day is in, and which figures that touches."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.db.models import Max

from metrics.engine import Timeline
from metrics.feeds.marks import append_marks
from metrics.models import Delivery, FeedKpi, Ingestion
from metrics.models.timelines import timelines_for


def attested_through(kpi_ids: Iterable[int]) -> dict[int, date]:
    """The last day up to which *all* feeds of a KPI are attested complete; absent if one is not.

    An archived feed delivers nothing more and attests nothing: it is left out.
    """
    alive = FeedKpi.objects.filter(kpi_id__in=set(kpi_ids), feed__archived_at=None)
    links = list(alive.values_list("kpi_id", "feed_id"))
    through = _feeds_through({feed for _, feed in links})
    attested: dict[int, date] = {}
    missing: set[int] = set()
    for kpi, feed in links:
        if feed in through:
            attested[kpi] = min(attested.get(kpi, date.max), through[feed])
        else:
            missing.add(kpi)
    return {kpi: day for kpi, day in attested.items() if kpi not in missing}


def attestation_mark(*, deliveries: Collection[Delivery]) -> None:
    """Mark the periods whose completeness these deliveries of one ingestion alone attest, in the
    transaction that makes them count, or no longer."""
    through = max((d.complete_through for d in deliveries if d.complete_through), default=None)
    if through is None:
        return
    feed = next(iter(deliveries)).ingestion.feed_id
    before = _feeds_through({feed}, excluding=[d.pk for d in deliveries]).get(feed)
    kpi_ids = list(FeedKpi.objects.filter(feed_id=feed).values_list("kpi_id", flat=True))
    marks = [
        (kpi, start)
        for kpi, timeline in timelines_for(kpi_ids).items()
        for start in _starts(timeline, before, through)
    ]
    if marks:
        append_marks(np.array([k for k, _ in marks]), np.array([s for _, s in marks]))


def _feeds_through(feeds: set[int], excluding: Collection[int] = ()) -> dict[int, date]:
    rows = (
        Delivery.objects.filter(
            ingestion__feed_id__in=feeds,
            ingestion__status=Ingestion.Status.DONE,
            ingestion__undone_at=None,
            complete_through__isnull=False,
        )
        .exclude(pk__in=excluding)
        .values_list("ingestion__feed_id")
        .annotate(through=Max("complete_through"))
    )
    return {feed: through for feed, through in rows if through}


def _starts(timeline: Timeline, before: date | None, through: date) -> list[int]:
    """Starts (µs) of the periods that end after ``before`` and by ``through``."""
    first = max(before or timeline.first_day, timeline.first_day)
    low = datetime.combine(first, time(), UTC) - timedelta(days=1)
    high = datetime.combine(through, time(), UTC) + timedelta(days=2)
    return [
        period.start_us
        for period in timeline.between(low, high)
        if period.last_day <= through and (before is None or period.last_day > before)
    ]
