"""The inbox: breach cases, filtered and grouped by what the address says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from contracts.models import User
from contracts.pages.base import paged
from contracts.pages.saved_views import list_register, saved_views_panel
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.writing import save, writing
from kpotracker.toolkit.exports import Row, export_response
from metrics.models import BreachCase
from metrics.pages.base import page
from metrics.pages.inbox import heading_of, inbox_of
from metrics.scorecards.rows import breach_row
from metrics.selectors.breaches import group_counts

_PER_PAGE = 50
_COLUMNS = (
    ("case", "Case"),
    ("vendor_name", "Vendor"),
    ("contract", "Contract"),
    ("kpi", "KPI"),
    ("name", "KPI name"),
    ("family", "Family"),
    ("period", "Period"),
    ("first_day", "First day"),
    ("last_day", "Last day"),
    ("value_text", "Actual"),
    ("target_text", "Service level"),
    ("delta_text", "Difference"),
    ("severity", "Severity"),
    ("state_text", "State"),
    ("opened_at", "Opened"),
)
_INSIDE = (("assignee", "With"), ("snoozed_until", "Snoozed until"), ("incident", "Incident"))

list_register("breaches", "Breach cases")


@dataclass
class Block:
    """A group on this page; ``total`` counts its cases on all pages."""

    heading: str
    total: int
    rows: list[dict[str, Any]] = field(default_factory=list)


@page()
def breaches(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Breach cases; without a filter those that still need work and are awake."""
    today = timezone.now().date()
    inbox = inbox_of(request, scope, today)
    cases = paged(request, inbox.cases, size=_PER_PAGE)
    rows = [_row(case, scope, today) for case in cases]
    context = {
        "cases": cases,
        "inbox": inbox,
        "blocks": _blocks(rows, inbox.group, inbox.cases),
        "rows": rows,
        "saved": saved_views_panel("breaches", request.GET, scope),
        "may_work": scope.may(Duty.CASES),
        "query": request.GET.urlencode(),
        "shortcuts_on": scope.reader is not None and scope.reader.shortcuts_on,
        "section": "breaches",
    }
    return render(request, "metrics/breaches.html", context)


@page()
def breaches_export(request: HttpRequest, scope: Scope, kind: str) -> HttpResponseBase:
    """The cases that the address names, all pages of them, as a file."""
    today = timezone.now().date()
    columns = (*_COLUMNS, *_INSIDE) if scope.is_internal else _COLUMNS
    cases = inbox_of(request, scope, today).cases
    lines = _lines((_row(case, scope, today) for case in cases), columns)
    titles = [text for _, text in columns]
    return export_response(kind, "breach-cases", titles, lines)


@page(writes=True)
def shortcuts(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Switch one's own keyboard shortcuts on or off; without a choice, to the list of cases."""
    wanted = request.POST.get("shortcuts_on")
    if request.method == "POST" and scope.reader and wanted in {"yes", "no"}:
        reader = User.objects.get(pk=scope.reader.pk)
        reader.shortcuts_on = wanted == "yes"
        with writing():
            save(reader)
        said = "on" if reader.shortcuts_on else "off"
        messages.success(request, f"Keyboard shortcuts are {said}.")
    return redirect(inbox_url(request.POST.get("query", "")))


def inbox_url(query: str) -> str:
    """The inbox as it was filtered."""
    return f"{reverse('breaches')}?{query}" if query else reverse("breaches")


def _row(case: BreachCase, scope: Scope, today: date) -> dict[str, Any]:
    """A case's row, with what the buyer's people noted for buyers alone."""
    noted: dict[str, Any] = {
        "assignee": "",
        "incident": "",
        "snoozed_until": None,
        "waiver_asked": None,
    }
    if scope.is_internal:
        noted = {
            "assignee": str(case.assignee or ""),
            "incident": str(case.incident or ""),
            "snoozed_until": case.snoozed_until if case.is_snoozed(today) else None,
            "waiver_asked": getattr(case, "waiver_asked", None),
        }
    return breach_row(case) | noted | {"group": getattr(case, "group", None)}


def _blocks(rows: list[dict[str, Any]], group: str, cases: Any) -> list[Block]:
    if group == "none" or not rows:
        return [Block("", len(rows), rows)] if rows else []
    counts = group_counts(cases)
    blocks: dict[object, Block] = {}
    for row in rows:
        key = row["group"]
        block = blocks.setdefault(key, Block(heading_of(row, group), counts.get(key, 0)))
        block.rows.append(row)
    return list(blocks.values())


def _lines(rows: Iterable[dict[str, Any]], columns: Iterable[tuple[str, str]]) -> Iterator[Row]:
    names = [name for name, _ in columns]
    for row in rows:
        yield [row[name] for name in names]
