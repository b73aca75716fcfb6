"""What arrived, what became of its rows, and how to mend those that did not fit."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.pages.base import paged
from contracts.selectors.scope import Scope
from metrics.models import Delivery, Ingestion
from metrics.pages.base import page
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import deliveries_list, same_errors
from metrics.selectors.wording import ingestion_word

_PER_PAGE = 50
_COUNTS = (
    ("read", "Rows read", "the counts below add up to it"),
    ("accepted", "Accepted", "new, and counted"),
    ("corrected", "Corrected", "replace an earlier version of themselves"),
    ("stale", "Stale", "older than what is known already"),
    ("duplicate", "Duplicate", "known already, unchanged"),
    ("conflicting", "Conflicting", "say something else without being newer"),
    ("filtered", "Filtered", "left out by the feed's own rule"),
    ("quarantined", "Set aside", "did not fit; each with its reason"),
)


@page
def deliveries(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Deliveries, newest first, with what became of their rows."""
    feeds = list(scoped.feeds(scope).values_list("code", "name"))
    feed, status = request.GET.get("feed", ""), request.GET.get("status", "")
    found = deliveries_list(
        scope=scope,
        feed=feed if feed in dict(feeds) else "",
        status=status if status in Ingestion.Status.values else "",
    )
    context = {
        "deliveries": paged(request, found, size=_PER_PAGE),
        "feeds": feeds,
        "feed": feed,
        "status": status,
        "statuses": [(each, ingestion_word(each).text) for each in Ingestion.Status.values],
        "section": "deliveries",
    }
    return render(request, "metrics/deliveries.html", context)


@page
def delivery(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One delivery: its counts, why it was rejected, and its errors grouped."""
    found = deliveries_list(scope=scope).filter(pk=number).first()
    if found is None:
        raise Http404(f"delivery {number} is unknown")
    ingestion = found.ingestion
    context = {
        "delivery": found,
        "ingestion": ingestion,
        "word": ingestion_word(ingestion.status),
        "counts": [(label, _count(found, name), meaning) for name, label, meaning in _COUNTS],
        "errors": same_errors(found, scope=scope),
        "section": "deliveries",
    }
    return render(request, "metrics/delivery.html", context)


def _count(delivery: Delivery, name: str) -> int:
    """Rows of one kind; of bytes that were here before, every row is a duplicate."""
    ingestion = delivery.ingestion
    if not delivery.repeated:
        return int(getattr(ingestion, name))
    return int(ingestion.read) if name in {"read", "duplicate"} else 0
