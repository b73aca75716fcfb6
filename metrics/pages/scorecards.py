"""The scorecards of a vendor and of a contract."""

from typing import Any

from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference, vendor_by_code
from contracts.selectors.notice import current_term
from contracts.selectors.scope import Scope
from metrics.pages.base import page
from metrics.pages.subjects import Whose, card_shown, shown_span
from metrics.scorecards.editions import editions_of, newest_edition
from metrics.scorecards.overview import nearest_notice
from metrics.scorecards.rows import breach_row
from metrics.selectors.breaches import UNSETTLED, breaches_list

_CASES_SHOWN = 8


@page()
def vendor(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """A vendor: its scores, contracts, KPIs and open breach cases."""
    in_use = contracts_scope.contracts(scope).filter(archived_at__isnull=True)
    contracts = list(in_use.filter(vendor__code=code))
    found = contracts[0].vendor if contracts else vendor_by_code(code, scope=scope)
    context = _card(request, scope, Whose(None, found))
    context |= {"vendor": found, "contracts": contracts}
    if scope.is_internal:
        context["notice"] = nearest_notice(contracts, today=timezone.now().date())
    return render(request, "metrics/vendor.html", context)


@page()
def contract(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """The scorecard of a contract."""
    found = contract_by_reference(reference, scope=scope)
    today = timezone.now().date()
    context = _card(request, scope, Whose(found, None))
    context |= {"contract": found, "term": current_term(found, today=today)}
    if scope.is_internal:
        context["notice"] = nearest_notice([found], today=today)
    return render(request, "metrics/contract.html", context)


def _card(request: HttpRequest, scope: Scope, found: Whose) -> dict[str, Any]:
    span, picker = shown_span(request, found, timezone.now().date())
    cases = _cases(scope, found)
    return {
        "whose": found,
        "card": card_shown(found, span, scope),
        "picker": picker,
        "edition": newest_edition(editions_of(scope=scope, **found.subject), span),
        "cases": [breach_row(case) for case in cases],
        "open_cases": cases[0].total if cases else 0,
        "scope": scope,
        "may_comment": scope.may(Duty.COMMENT),
        "may_publish": scope.may(Duty.PUBLISH),
        "section": "contracts" if found.contract else "overview",
    }


def _cases(scope: Scope, found: Whose) -> list[Any]:
    """The first unsettled cases, each with how many there are: one query."""
    cases = breaches_list(
        scope=scope,
        state=UNSETTLED,
        vendor=found.vendor.code if found.vendor else None,
        contract=found.contract.reference if found.contract else None,
    )
    return list(cases.annotate(total=Window(Count("pk")))[:_CASES_SHOWN])
