"""Writing feeds and the versions of their mappings."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Max

from contracts.models import Vendor
from contracts.models.managed import ManagedBy
from contracts.services.writing import change, save, touch, writing
from metrics.models import Feed, FeedKpi, FeedMapping, Ingestion, Kpi

_CHANGEABLE = frozenset({"name", "vendor", "kind", "archived_at"})


def feed_create(
    *,
    code: str,
    name: str,
    kind: str = Feed.Kind.DATA,
    vendor: Vendor | None = None,
    managed_by: str = ManagedBy.PERSON,
) -> Feed:
    """A new feed, which takes deliveries once it has a mapping. Raises ValidationError."""
    feed = Feed(code=code, name=name, kind=kind, vendor=vendor, managed_by=managed_by)
    with writing():
        save(feed)
    return feed


def feed_change(*, feed: Feed, **values: object) -> Feed:
    """Change name, vendor, kind or archived_at. Raises ValidationError."""
    with writing():
        change(feed, values, _CHANGEABLE)
    return feed


def mapping_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a mapping, whatever the order of its keys."""
    written = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()


def mapping_add(*, feed: Feed, body: Mapping[str, Any]) -> FeedMapping:
    """The next version of a feed's mapping: deliveries from now on are read by it."""
    last = feed.mappings.aggregate(last=Max("version"))["last"] or 0
    mapping = FeedMapping(feed=feed, version=last + 1, body=dict(body), digest=mapping_digest(body))
    with writing():
        save(mapping)
        touch(feed)
    return mapping


def feed_reach(*, feed: Feed, kpis: Iterable[Kpi]) -> None:
    """State which KPIs a feed can reach.

    Once it has deliveries a KPI stays reached: older figures rest on what the feed attested.
    """
    wanted = {kpi.pk for kpi in kpis}
    links = FeedKpi.objects.filter(feed=feed)
    present = set(links.values_list("kpi_id", flat=True))
    FeedKpi.objects.bulk_create(
        [FeedKpi(feed=feed, kpi_id=pk) for pk in sorted(wanted - present)], ignore_conflicts=True
    )
    gone = present - wanted
    if gone and not Ingestion.objects.filter(feed=feed).exists():
        links.filter(kpi_id__in=gone).delete()
