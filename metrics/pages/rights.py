"""Rights to terminate: the clauses of a contract, what they opened, and what we made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from contracts.pages.base import Crumb, paged
from contracts.pages.editing import Desk, form_page, posted
from contracts.pages.listing import FilterForm, choice_field, list_context
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as contracts_scope
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response
from kpotracker.toolkit.forms import PlainForm
from metrics.models import TerminationRight
from metrics.pages.base import page
from metrics.rights.moving import DECIDES, right_move
from metrics.rights.reading import rights_list, rule_said
from metrics.selectors import scope as scoped

_PER_PAGE = 50
_COLUMNS = (
    "Vendor code",
    "Contract",
    "Clause",
    "Why",
    "KPI",
    "Last period",
    "Opened on",
    "Lapses after",
    "Days left",
    "State",
)
State = TerminationRight.State
_TONES = {
    State.OPEN: ("warn", "▲"),
    State.EXERCISED: ("bad", "■"),
    State.WAIVED: ("quiet", "–"),
    State.LAPSED: ("quiet", "○"),
    State.WITHDRAWN: ("good", "✓"),
}
list_register("rights", "Rights to terminate")


@dataclass(frozen=True, slots=True)
class RightRow:
    """A right of a list; ``days_left`` None where it does not lapse or is open no more."""

    right: TerminationRight
    days_left: int | None

    @property
    def tone(self) -> str:
        return _TONES[State(self.right.state)][0]

    @property
    def icon(self) -> str:
        return _TONES[State(self.right.state)][1]


class RightFilters(FilterForm):
    """What narrows the list of rights."""

    state = choice_field("State", list(State.choices), "Any state")
    vendor = choice_field("Vendor", [], "All vendors")

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        known = contracts_scope.vendors(scope).values_list("code", "name")
        super().__init__(request, choices={"vendor": [("", "All vendors"), *known]})


class ReasonForm(PlainForm):
    """Why a right is exercised or waived."""

    reason = forms.CharField(
        label="Why",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Kept with the right. This cannot be taken back.",
    )


@page()
def right_list(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Rights to terminate, those that are open first."""
    today = now().date()
    filters = RightFilters(request, scope)
    names = {"state": "state", "vendor": "contract__vendor__code"}
    chosen = {names[name]: value for name, value in filters.chosen.items() if name in names}
    found = rights_list(scope).filter(**chosen)
    if kind := request.GET.get("export"):
        return export_response(kind, "rights", _COLUMNS, map(_exported, _rows(found, today)))
    shown = paged(request, found, size=_PER_PAGE)
    context = {
        "page": shown,
        "rows": _rows(shown, today),
        "scope": scope,
        "section": "rights",
    }
    context |= list_context(request, scope, filters, "rights")
    return render(request, "metrics/rights.html", context)


@page()
def contract_termination(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """The termination clauses of a contract, and the rights they opened."""
    contract = contract_by_reference(reference, scope=scope)
    rules = scoped.termination_rules(scope).filter(contract=contract)
    rules = rules.select_related("amendment", "contract").prefetch_related("kpis")
    context = {
        "contract": contract,
        "rules": [(each, rule_said(each)) for each in rules],
        "rows": _rows(rights_list(scope).filter(contract=contract), now().date()),
        "scope": scope,
        "section": "contracts",
    }
    return render(request, "metrics/termination.html", context)


@page()
def right(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One right: what opened it, until when, and what became of it."""
    found = _right(number, scope)
    row = RightRow(found, _days_left(found, now().date()))
    context = {
        "row": row,
        "right": found,
        "periods": [date.fromisoformat(day) for day in found.trigger],
        "steps": scoped.right_steps(scope).filter(right=found),
        "may_decide": scope.may(DECIDES) and found.state == State.OPEN,
        "scope": scope,
        "section": "rights",
    }
    return render(request, "metrics/right.html", context)


@page(DECIDES, writes=True)
def right_exercise(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Note that we exercise a right to terminate; the vendor then sees it."""
    return _moved(request, scope, number, State.EXERCISED, "Exercise the right to terminate")


@page(DECIDES, writes=True)
def right_waive(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Note that we do not make use of a right to terminate."""
    return _moved(request, scope, number, State.WAIVED, "Waive the right to terminate")


def _moved(request: HttpRequest, scope: Scope, number: int, to: str, title: str) -> HttpResponse:
    found = _right(number, scope)
    crumbs = (Crumb("Rights to terminate", reverse("rights")), Crumb(found.contract.title))
    return form_page(
        request,
        ReasonForm(posted(request)),
        Desk(title, title, _address(found), "rights", lede=str(found.contract), crumbs=crumbs),
        work=lambda given: right_move(
            right=found, to=to, scope=scope, reason=given["reason"], as_of=now()
        ),
        said=lambda moved: f"The right is {moved.get_state_display().lower()}.",
        to=_address,
    )


def _right(number: int, scope: Scope) -> TerminationRight:
    return get_object_or_404(rights_list(scope), pk=number)


def _address(found: TerminationRight) -> str:
    return reverse("right", args=[found.pk])


def _rows(found: Iterable[TerminationRight], today: date) -> list[RightRow]:
    return [RightRow(each, _days_left(each, today)) for each in found]


def _days_left(found: TerminationRight, today: date) -> int | None:
    if found.state != State.OPEN or found.expires_on is None:
        return None
    return (found.expires_on - today).days


def _exported(row: RightRow) -> Row:
    it = row.right
    return (
        it.contract.vendor.code,
        it.contract.reference,
        it.rule.clause,
        it.rule.get_kind_display(),
        it.period.kpi.code if it.period else "",
        it.last_label,
        it.opened_on,
        it.expires_on,
        row.days_left,
        it.get_state_display(),
    )
