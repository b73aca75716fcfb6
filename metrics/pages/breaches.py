"""The breach cases, filtered by what the address says."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.pages.base import paged
from contracts.selectors import scope as contracts_scope
from contracts.selectors.scope import Scope
from metrics.models import BreachCase
from metrics.pages.base import page
from metrics.pages.periods import chosen_span
from metrics.scorecards.rows import breach_row
from metrics.selectors.breaches import UNSETTLED, breaches_list
from metrics.selectors.wording import FAMILIES, case_word, family_word, severity_word

_PER_PAGE = 50
_SEVERITIES = ("minor", "major", "critical")


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the list; ``chosen`` is what the address says."""

    name: str
    label: str
    chosen: str
    options: tuple[tuple[str, str], ...]

    @property
    def is_narrowing(self) -> bool:
        """Whether it is another choice than the one that stands there by itself."""
        return self.chosen != self.options[0][0]


@page
def breaches(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Breach cases, newest first; without a filter those that still need work."""
    filters = _filters(request, scope)
    chosen = {each.name: each.chosen for each in filters}
    found = breaches_list(
        scope=scope,
        vendor=chosen["vendor"],
        state="" if chosen["state"] == "all" else chosen["state"],
        severity=chosen["severity"],
        family=chosen["family"],
        span=chosen_span(request),
    )
    cases = paged(request, found, size=_PER_PAGE)
    context = {
        "cases": cases,
        "rows": [breach_row(case) for case in cases],
        "filters": filters,
        "period": request.GET.get("period", ""),
        "is_filtered": any(each.is_narrowing for each in filters)
        or bool(request.GET.get("period")),
        "section": "breaches",
    }
    return render(request, "metrics/breaches.html", context)


def _filters(request: HttpRequest, scope: Scope) -> list[Filter]:
    vendors = contracts_scope.vendors(scope).values_list("code", "name")
    states = [(state, case_word(state).text) for state in BreachCase.State.values]
    if not scope.is_internal:
        states = [pair for pair in states if pair[0] != BreachCase.State.PROVISIONAL]
    severities = [(each, severity_word(each).text) for each in _SEVERITIES]
    families = [(each, family_word(each).text) for each in FAMILIES]
    return [
        _filter(request, "vendor", "Vendor", [("", "All vendors"), *vendors]),
        _filter(request, "state", "State", [(UNSETTLED, "Unsettled"), ("all", "All"), *states]),
        _filter(request, "severity", "Severity", [("", "Any severity"), *severities]),
        _filter(request, "family", "Family", [("", "All families"), *families]),
    ]


def _filter(request: HttpRequest, name: str, label: str, options: list[tuple[str, str]]) -> Filter:
    """A value that is not on offer falls back to the first option."""
    asked = request.GET.get(name, "")
    known = {value for value, _ in options}
    return Filter(name, label, asked if asked in known else options[0][0], tuple(options))
