"""What arrived, what became of its rows, and how to mend those that did not fit."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dates import MONTHS

from contracts.pages.base import Crumb, paged
from contracts.pages.listing import FilterForm, choice_field, list_context, search_field
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response
from metrics.models import Delivery, Feed, Ingestion
from metrics.pages.base import page
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import (
    UNDONE,
    deliveries_list,
    delivery_by_number,
    effect_of,
    mended_in,
    read_so_far,
    same_errors,
    undoing_of,
)
from metrics.selectors.owed import Stand, owed_deliveries
from metrics.selectors.spans import beside, month_of
from metrics.selectors.wording import delivery_word, ingestion_word

_PER_PAGE = 50
_MONTHS = 24
_OWED_SHOWN = 8
_STATES = [(each, ingestion_word(each).text) for each in Ingestion.Status.values]
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
_COLUMNS = (
    "Delivery",
    "File",
    "Feed",
    "Vendor",
    "Received (UTC)",
    "Delivered by",
    "Complete through",
    "Status",
    "Repeat",
    *(label for _, label, _ in _COUNTS),
)
list_register("deliveries", "Deliveries")


class DeliveryFilters(FilterForm):
    """What narrows the list of deliveries."""

    q = search_field("File or sender")
    vendor = choice_field("Vendor", [], "All vendors")
    feed = choice_field("Feed", [], "All feeds")
    status = choice_field("Status", [*_STATES, (UNDONE, "Undone")], "Any status")
    month = choice_field("Received in", [], "Any month")

    def __init__(self, request: HttpRequest, scope: Scope, today: date) -> None:
        vendors = contracts_scope.vendors(scope).values_list("code", "name")
        feeds = scoped.feeds(scope).exclude(kind=Feed.Kind.MANUAL).values_list("code", "name")
        choices = {
            "vendor": [("", "All vendors"), *vendors],
            "feed": [("", "All feeds"), *feeds],
            "month": [("", "Any month"), *_months(today)],
        }
        super().__init__(request, choices=choices)


@page()
def deliveries(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Deliveries, newest first, with what became of their rows, and what is owed."""
    moment = now()
    filters = DeliveryFilters(request, scope, moment.date())
    found = _found(scope, filters.chosen)
    if kind := request.GET.get("export"):
        rows = (_exported(each) for each in found.iterator(chunk_size=500))
        return export_response(kind, "deliveries", _COLUMNS, rows)
    shown = paged(request, found, size=_PER_PAGE)
    waiting = (Stand.OVERDUE, Stand.DUE)
    owed = [o for o in owed_deliveries(scope=scope, as_of=moment) if o.stand in waiting]
    context = {
        "deliveries": shown,
        "count": shown.paginator.count,
        "owed": owed[:_OWED_SHOWN],
        "owed_more": max(len(owed) - _OWED_SHOWN, 0),
        "may_deliver": scope.may(Duty.DELIVER),
        "section": "deliveries",
    }
    context |= list_context(request, scope, filters, "deliveries")
    return render(request, "metrics/deliveries.html", context)


@page()
def delivery(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One delivery: its progress, its counts, why it was rejected, and its errors grouped."""
    found = delivery_by_number(number, scope=scope)
    ingestion = found.ingestion
    mended = mended_in(ingestion, scope=scope) if ingestion.quarantined else []
    context = {
        "counts": [(label, _count(found, name), meaning) for name, label, meaning in _COUNTS],
        "errors": same_errors(found, scope=scope) if ingestion.quarantined else [],
        "mended": mended,
        "unmended": ingestion.quarantined - sum(rows for _, rows, _ in mended),
        "undoing": undoing_of(ingestion, scope=scope),
        "may_mend": scope.may(Duty.DELIVER) and ingestion.feed.kind == Feed.Kind.DATA,
        "may_undo": scope.may(Duty.FEEDS),
        "section": "deliveries",
        "crumbs": [Crumb("Deliveries", reverse("deliveries")), Crumb(found.filename)],
    }
    return render(request, "metrics/delivery.html", context | _progress(found, scope))


@page()
def delivery_progress(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """How far it has come, for a page that asks again; done, the whole page is shown anew."""
    context = _progress(delivery_by_number(number, scope=scope), scope)
    answer = render(request, "metrics/_progress.html", context)
    if not context["goes_on"]:
        answer["HX-Refresh"] = "true"
    return answer


def _progress(found: Delivery, scope: Scope) -> dict[str, Any]:
    ingestion = found.ingestion
    effect = effect_of(ingestion, scope=scope)
    return {
        "delivery": found,
        "ingestion": ingestion,
        "word": delivery_word(ingestion.status, is_undone=ingestion.undone_at is not None),
        "so_far": None if ingestion.is_finished else read_so_far(ingestion),
        "effect": effect,
        "goes_on": not ingestion.is_finished or effect.pending,
    }


def _found(scope: Scope, chosen: dict[str, Any]) -> QuerySet[Delivery]:
    month = chosen.get("month")
    first = date.fromisoformat(f"{month}-01") if month else None
    return deliveries_list(
        scope=scope,
        feed=chosen.get("feed"),
        vendor=chosen.get("vendor"),
        status=chosen.get("status"),
        text=chosen.get("q", ""),
        received=(first, month_of(first).last_day) if first else None,
    )


def _months(today: date) -> list[tuple[str, str]]:
    """The months on offer, newest first."""
    span, found = month_of(today), []
    for _ in range(_MONTHS):
        day = span.first_day
        found.append((f"{day:%Y-%m}", f"{MONTHS[day.month]} {day.year}"))
        span = beside(span, -1)
    return found


def _count(found: Delivery, name: str) -> int:
    """Rows of one kind; of bytes that were here before, every row is a duplicate."""
    ingestion = found.ingestion
    if not found.repeated:
        return int(getattr(ingestion, name))
    return int(ingestion.read) if name in {"read", "duplicate"} else 0


def _exported(found: Delivery) -> Row:
    ingestion = found.ingestion
    vendor = ingestion.feed.vendor
    return (
        found.pk,
        found.filename,
        ingestion.feed.code,
        vendor.name if vendor else "",
        found.received_at,
        found.delivered_by,
        found.complete_through,
        delivery_word(ingestion.status, is_undone=ingestion.undone_at is not None).text,
        found.repeated,
        *(_count(found, name) for name, _, _ in _COUNTS),
    )
