"""The overview of all vendors, and the scorecards of a vendor and of a contract."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contracts.models import Contract, Vendor
from contracts.selectors import scope as contracts_scope
from contracts.selectors.lookups import contract_by_reference, vendor_by_code
from contracts.selectors.notice import current_term
from contracts.selectors.scope import Scope
from metrics.pages.base import page
from metrics.pages.periods import chosen_span, picker_for
from metrics.scorecards.assemble import assemble, latest_span
from metrics.scorecards.overview import assemble_overview, nearest_notice
from metrics.scorecards.rows import breach_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import UNSETTLED, breaches_list
from metrics.selectors.kpis import kpis_list
from metrics.selectors.spans import month_of

_CASES_SHOWN = 8


@page
def overview(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Vendors beside each other: four scores with trend, breaches, freshness, notice."""
    today = timezone.now().date()
    board = assemble_overview(scope=scope, span=chosen_span(request), today=today)
    context = {
        "board": board,
        "picker": picker_for(scoped.kpis(scope), board.span) if board.span else None,
        "scope": scope,
        "section": "overview",
    }
    return render(request, "metrics/overview.html", context)


@page
def vendor(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """A vendor: its scores, contracts, KPIs and open breach cases."""
    found = vendor_by_code(code, scope=scope)
    contracts = contracts_scope.contracts(scope).filter(vendor=found, archived_at__isnull=True)
    context = _card(request, scope, vendor=found) | {"vendor": found, "contracts": contracts}
    if scope.is_internal:
        context["notice"] = nearest_notice(contracts, today=timezone.now().date())
    return render(request, "metrics/vendor.html", context)


@page
def contract(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """The scorecard of a contract."""
    found = contract_by_reference(reference, scope=scope)
    today = timezone.now().date()
    context = _card(request, scope, contract=found)
    context |= {"contract": found, "term": current_term(found, today=today)}
    if scope.is_internal:
        context["notice"] = nearest_notice([found], today=today)
    return render(request, "metrics/contract.html", context)


def _card(
    request: HttpRequest,
    scope: Scope,
    *,
    vendor: Vendor | None = None,
    contract: Contract | None = None,
) -> dict[str, Any]:
    subject: dict[str, Any] = {"vendor": vendor} if vendor else {"contract": contract}
    code, reference = vendor.code if vendor else None, contract.reference if contract else None
    span = chosen_span(request) or latest_span(**subject) or month_of(timezone.now().date())
    cases = breaches_list(scope=scope, state=UNSETTLED, vendor=code, contract=reference)
    kpis = kpis_list(scope=scope, vendor=code, contract=reference)
    return {
        "card": assemble(**subject, first_day=span.first_day, last_day=span.last_day),
        "picker": picker_for(kpis, span),
        "cases": [breach_row(case) for case in cases[:_CASES_SHOWN]],
        "open_cases": cases.count(),
        "scope": scope,
        "section": "overview" if vendor else "contracts",
    }
