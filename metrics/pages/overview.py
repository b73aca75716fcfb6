"""All vendors beside each other, cut by what the address says."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from contracts.models import Vendor
from contracts.pages.listing import (
    FilterForm,
    archived_field,
    choice_field,
    list_context,
    search_field,
)
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.exports import Cell, Row, export_response
from metrics.pages.base import page
from metrics.pages.periods import chosen_span, picker_within
from metrics.scorecards.figures import score_text
from metrics.scorecards.overview import FamilyCell, VendorRow, assemble_overview
from metrics.selectors.wording import FAMILIES, family_word

_INSIDE = ("tier", "owner")
_NOBODY = "-"
_PER_PAGE = 25
list_register("overview", "Vendors")


class VendorFilters(FilterForm):
    """What narrows the list of vendors; tier and owner are for our own side."""

    q = search_field("Name or code")
    tier = choice_field("Tier", list(Vendor.Tier.choices), "Any tier")
    owner = choice_field("Owner", [], "Anybody")
    country = choice_field("Country", [], "Any country")
    archived = archived_field()
    period = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, scope: Scope, *, vendors: Collection[Vendor]) -> None:
        owners = sorted({vendor.owner for vendor in vendors if vendor.owner})
        countries = sorted({vendor.country for vendor in vendors if vendor.country})
        choices = {"country": [("", "Any country"), *((each, each) for each in countries)]}
        if scope.is_internal:
            named = [("", "Anybody"), (_NOBODY, "Nobody yet"), *((each, each) for each in owners)]
            choices["owner"] = named
        without = () if scope.is_internal else _INSIDE
        super().__init__(request, choices=choices, without=without)


@page()
def overview(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Vendors beside each other: four scores with trend, breaches, freshness, notice."""
    every = list(contracts_scope.vendors(scope))
    filters = VendorFilters(request, scope, vendors=every)
    vendors = [vendor for vendor in every if _is_chosen(vendor, filters.chosen)]
    kind = request.GET.get("export")
    shown = Paginator(vendors, _PER_PAGE).get_page(request.GET.get("page"))
    board = assemble_overview(
        scope=scope,
        vendors=vendors if kind else shown,
        span=chosen_span(request),
        today=timezone.now().date(),
    )
    if kind:
        rows = (_exported(row, scope) for row in board.vendors)
        return export_response(kind, "vendors", _columns(scope), rows)
    context = {
        "board": board,
        "shown": shown,
        "open_breaches": board.open_breaches(vendors),
        "picker": picker_within(board.reach, board.span) if board.span else None,
        "kept": [(name, value) for name, value in request.GET.items() if name in filters.fields],
        "may_edit": scope.may(Duty.TERMS),
        "scope": scope,
        "section": "overview",
    }
    context |= list_context(request, scope, filters, "overview")
    return render(request, "metrics/overview.html", context)


def _is_chosen(vendor: Vendor, chosen: dict[str, Any]) -> bool:
    """Whether a vendor meets every filter; the list is read whole for their choices anyway."""
    shown = chosen.get("archived", "")
    if shown != "all" and (vendor.archived_at is not None) != (shown == "yes"):
        return False
    text = chosen.get("q", "").casefold()
    if text and text not in vendor.name.casefold() and text not in vendor.code.casefold():
        return False
    stated = {name: chosen[name] for name in ("tier", "country", "owner") if name in chosen}
    if stated.get("owner") == _NOBODY:
        stated["owner"] = ""
    return all(getattr(vendor, name) == value for name, value in stated.items())


def _columns(scope: Scope) -> list[str]:
    inside = ["Tier", "Owner"] if scope.is_internal else []
    notice = ["Notice in days"] if scope.is_internal else []
    families = [family_word(name).text for name in FAMILIES]
    last = ["Unsettled breach cases", *notice, "Last data"]
    return ["Code", "Name", "Country", *inside, *families, *last]


def _exported(row: VendorRow, scope: Scope) -> Row:
    inside = [row.tier, row.owner] if scope.is_internal else []
    notice = [row.notice.days_left if row.notice else None] if scope.is_internal else []
    scores = [_score(cell) for cell in row.families] or [None] * len(FAMILIES)
    last = [row.open_breaches, *notice, row.fresh_at]
    return [row.code, row.name, row.country, *inside, *scores, *last]


def _score(cell: FamilyCell) -> Cell:
    """The score as it is shown; in words where there is none."""
    return Decimal(score_text(cell.score)) if cell.score is not None else cell.standing
