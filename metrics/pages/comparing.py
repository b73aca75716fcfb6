"""Two periods of one scorecard side by side, and vendors beside each other in one family."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contracts.models import Vendor
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from metrics.pages.base import page
from metrics.pages.periods import chosen_span, offered, picker_within
from metrics.pages.subjects import shown_span, whose
from metrics.scorecards.assemble import assemble_two
from metrics.scorecards.comparing import side_by_side
from metrics.scorecards.material import reach_of
from metrics.scorecards.peers import peers_of
from metrics.selectors import scope as scoped
from metrics.selectors.spans import Span, beside, month_of, parse_span, quarter_of, year_of
from metrics.selectors.wording import FAMILIES

MOST_VENDORS = 12
_SHOWN_BY_ITSELF = 6


@page()
def periods(request: HttpRequest, scope: Scope, /, **address: str) -> HttpResponse:
    """A scorecard of two periods: each KPI then and now, and how it changed."""
    found = whose(scope, **address)
    span, picker = shown_span(request, found, timezone.now().date())
    other = _other(request, span)
    then, now = assemble_two(spans=(other, span), **found.subject)
    context = {
        "whose": found,
        "then": then,
        "now": now,
        "families": side_by_side(then, now),
        "picker": picker,
        "offered": offered(picker),
        "fields": [("with", "Then", then.span), ("period", "Now", now.span)],
        "same_length": then.span.days == now.span.days or _same_kind(then.span, now.span),
        "crumbs": found.crumbs("Compare periods", span),
        "section": "contracts" if found.contract else "overview",
    }
    return render(request, "metrics/compare_periods.html", context)


@page()
def peers(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Vendors beside each other in one family: a matter of the buyer alone."""
    if not scope.is_internal:
        raise Http404("vendors are not compared for each other")
    vendors = list(contracts_scope.vendors(scope).filter(archived_at__isnull=True))
    family = _family(request)
    far = reach_of(scoped.kpis(scope))
    span = chosen_span(request) or far.newest or month_of(timezone.now().date())
    chosen = _chosen(request, vendors)
    found = peers_of(scope=scope, vendors=chosen, family=family, span=span)
    measure = request.GET.get("measure", "")
    picker = picker_within(far, span)
    context = {
        "peers": found,
        "groups": [group for group in found.groups if measure in ("", group.key)],
        "measure": measure,
        "families": FAMILIES,
        "vendors": vendors,
        "chosen": {vendor.code for vendor in chosen},
        "most": MOST_VENDORS,
        "picker": picker,
        "offered": offered(picker),
        "span": span,
        "section": "compare",
    }
    return render(request, "metrics/compare.html", context)


def _other(request: HttpRequest, span: Span) -> Span:
    """The period beside which the first one stands: the one before it, unless named."""
    named = request.GET.get("with", "").strip()
    return parse_span(named) if named else beside(span, -1)


def _same_kind(one: Span, other: Span) -> bool:
    """Months, quarters and years differ by some days, and are of one length all the same."""
    kinds = (month_of, quarter_of, year_of)
    return any(kind(one.first_day) == one and kind(other.first_day) == other for kind in kinds)


def _family(request: HttpRequest) -> str:
    named = request.GET.get("family", "")
    return named if named in FAMILIES else FAMILIES[0]


def _chosen(request: HttpRequest, vendors: Sequence[Vendor]) -> list[Vendor]:
    named = set(request.GET.getlist("vendor"))
    known = [vendor for vendor in vendors if vendor.code in named]
    return known[:MOST_VENDORS] if known else list(vendors[:_SHOWN_BY_ITSELF])
