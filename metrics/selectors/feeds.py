"""Feeds as readers find them."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from metrics.models import Delivery, Feed, Ingestion, Kpi
from metrics.selectors import scope as scoped


def feeds_list(*, scope: Scope, vendor: str = "", text: str = "") -> QuerySet[Any]:
    """Feeds that take files, with ``last_at``, ``last_status`` and ``kpi_count``: one query."""
    arrivals = Delivery.objects.filter(ingestion__feed=OuterRef("pk")).order_by("-pk")
    found = scoped.feeds(scope).exclude(kind=Feed.Kind.MANUAL).filter(archived_at=None)
    if vendor:
        found = found.filter(vendor__code=vendor)
    if text:
        found = found.filter(Q(code__icontains=text) | Q(name__icontains=text))
    return (
        found.select_related("vendor")
        .annotate(
            last_at=Subquery(arrivals.values("received_at")[:1]),
            last_status=Subquery(arrivals.values("ingestion__status")[:1]),
            kpi_count=Count("feed_kpis"),
        )
        .order_by("code")
    )


def feed_by_code(code: str, *, scope: Scope) -> Feed:
    """Raises UnknownCodeError for one that does not exist, or lies outside ``scope``."""
    found = scoped.feeds(scope).select_related("vendor").filter(code=code).first()
    if found is None:
        raise UnknownCodeError(f"feed {code!r} is unknown")
    return found


def kpis_reached(feed: Feed, *, scope: Scope) -> QuerySet[Kpi]:
    """The KPIs that rows of the feed lead to."""
    return scoped.kpis(scope).filter(feed_kpis__feed=feed).order_by("code")


def waiting_for(feed: Feed, *, scope: Scope) -> Delivery | None:
    """The delivery that was set aside, or whose undoing was, and that holds up the feed."""
    own = Q(ingestion__status=Ingestion.Status.PARKED)
    undoing = Q(ingestion__undos__status=Ingestion.Status.PARKED)
    parked = scoped.deliveries(scope).filter(own | undoing, ingestion__feed=feed)
    return parked.order_by("pk").first()
