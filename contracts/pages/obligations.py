"""Obligations: what is due and overdue, and noting what was done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from contracts.models import Contract, Document, Obligation
from contracts.pages.archiving import archive_page, restore_page
from contracts.pages.base import Crumb, page
from contracts.pages.editing import Desk, by_files, form_page, managed_page, posted
from contracts.pages.listing import FilterForm, choice_field, list_context, search_field
from contracts.pages.obligation_forms import ObligationForm
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import one_by
from contracts.selectors.obligations import (
    AHEAD,
    Due,
    DueStanding,
    dues_of,
    dues_open,
    evidence_shown,
    obligations_list,
)
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from contracts.services.archiving import obligation_archive, obligation_restore
from contracts.services.obligations import (
    TERMS,
    obligation_change,
    obligation_create,
)
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response

_PER_PAGE = 50
KEEPERS = (Duty.TERMS, Duty.COMPLIANCE)
_COLUMNS = (
    "Code",
    "Obligation",
    "Kind",
    "Vendor code",
    "Vendor",
    "Contract",
    "Clause",
    "Owed by",
    "Due on",
    "Days left",
    "Standing",
)
_INSIDE = ("Owner", "Internal")
_TONES = {
    DueStanding.OVERDUE: ("bad", "■"),
    DueStanding.SOON: ("warn", "▲"),
    DueStanding.AHEAD: ("quiet", "○"),
    DueStanding.FULFILLED: ("good", "✓"),
    DueStanding.WAIVED: ("quiet", "–"),
}
_OPEN = (DueStanding.OVERDUE, DueStanding.SOON, DueStanding.AHEAD)
list_register("obligations", "Obligations")


@dataclass(frozen=True, slots=True)
class DueRow:
    """A due day of a list; ``evidence`` None where the reader may not see it."""

    due: Due
    evidence: Document | None

    @property
    def tone(self) -> str:
        return _TONES[self.due.standing][0]

    @property
    def icon(self) -> str:
        return _TONES[self.due.standing][1]

    @property
    def day(self) -> str:
        """As addresses name the due day."""
        return self.due.due_on.isoformat()


@dataclass(frozen=True, slots=True)
class ObligationsPanel:
    """What is due under one contract."""

    rows: list[DueRow]
    may_act: bool


class ObligationFilters(FilterForm):
    """What narrows the list of what is due."""

    q = search_field("Obligation or code")
    standing = choice_field("Standing", [(s.value, s.value.capitalize()) for s in _OPEN], "Any")
    kind = choice_field("Kind", list(Obligation.Kind.choices), "Any kind")
    owed_by = choice_field("Owed by", list(Obligation.Owes.choices), "Anybody")
    vendor = choice_field("Vendor", [], "All vendors")

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        known = scoped.vendors(scope).values_list("code", "name")
        super().__init__(request, choices={"vendor": [("", "All vendors"), *known]})


def obligations_panel(contract: Contract, scope: Scope, today: date) -> ObligationsPanel:
    """What is overdue or due within a year under ``contract``."""
    dues = dues_open(obligations_list(scope).filter(contract=contract), today=today)
    return ObligationsPanel(_rows(dues, scope), scope.may(*KEEPERS))


@page()
def obligation_list(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What is overdue or due within a year, the most urgent first."""
    today = now().date()
    filters = ObligationFilters(request, scope)
    found = obligations_list(scope).filter(_condition(filters.chosen))
    dues = dues_open(found, today=today)
    if standing := filters.chosen.get("standing"):
        dues = [due for due in dues if due.standing == standing]
    if kind := request.GET.get("export"):
        columns = _COLUMNS + (_INSIDE if scope.is_internal else ())
        return export_response(kind, "obligations", columns, (_exported(d, scope) for d in dues))
    shown = Paginator(dues, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": _rows(shown, scope),
        "may_act": scope.may(*KEEPERS),
        "scope": scope,
        "section": "obligations",
    }
    context |= list_context(request, scope, filters, "obligations")
    return render(request, "contracts/obligations.html", context)


@page()
def obligation(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """One obligation: what is due next and what was done."""
    found, today = obligation_found(code, scope), now().date()
    dues = sorted(
        dues_of(found, today=today, until=today + timedelta(days=AHEAD)),
        key=lambda due: due.due_on,
        reverse=True,
    )
    context = {
        "each": found,
        "away": abs(found.offset),
        "rows": _rows([] if found.archived_at else dues, scope),
        "may_act": scope.may(*KEEPERS),
        "by_files": by_files(found),
        "timeline": timeline_of(found, scope, *found.outcomes.all()),
        "scope": scope,
        "section": "obligations",
    }
    return render(request, "contracts/obligation.html", context)


@page(*KEEPERS, writes=True)
def obligation_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Note an obligation of a contract, a vendor or a process."""
    initial = {name: request.GET.get(name, "") for name in ("contract", "vendor", "process")}
    return form_page(
        request,
        ObligationForm(posted(request), scope=scope, initial=initial),
        obligation_desk("Note an obligation", "Note it", reverse("obligations")),
        work=lambda given: obligation_create(**given),
        said=lambda made: f"{made} is noted.",
        to=obligation_address,
    )


@page(*KEEPERS, writes=True)
def obligation_edit(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Change an obligation; what was done stays as it was done."""
    found = obligation_found(code, scope)
    if by_files(found):
        return managed_page(request, found, obligation_address(found))
    initial = {name: getattr(found, name) for name in TERMS}
    form = ObligationForm(posted(request), scope=scope, record=found, initial=initial)
    return form_page(
        request,
        form,
        obligation_desk(f"Change {found}", "Save", obligation_address(found)),
        work=lambda given: obligation_change(obligation=found, **given),
        said=lambda changed: f"{changed} is changed.",
        to=obligation_address,
    )


@page(*KEEPERS, writes=True)
def obligation_put_away(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take an obligation off the lists."""
    found = obligation_found(code, scope)
    return archive_page(
        request,
        found,
        lambda reason: obligation_archive(obligation=found, as_of=now(), reason=reason),
        back=obligation_address(found),
        to=reverse("obligations"),
        section="obligations",
    )


@page(*KEEPERS, writes=True)
def obligation_bring_back(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take an archived obligation back into use."""
    found = obligation_found(code, scope)
    return restore_page(
        request,
        found,
        lambda: obligation_restore(obligation=found),
        back=obligation_address(found),
        section="obligations",
    )


def _rows(dues: Iterable[Due], scope: Scope) -> list[DueRow]:
    return [DueRow(due, evidence_shown(due.outcome, scope)) for due in dues]


def _condition(chosen: dict[str, Any]) -> Q:
    condition = Q()
    if text := chosen.get("q"):
        condition &= Q(title__icontains=text) | Q(code__icontains=text)
    names = {"vendor": "vendor__code", "kind": "kind", "owed_by": "owed_by"}
    return condition & Q(**{names[name]: chosen[name] for name in names if name in chosen})


def _exported(due: Due, scope: Scope) -> Row:
    it = due.obligation
    told: Row = (
        it.code,
        it.title,
        it.get_kind_display(),
        it.vendor.code if it.vendor else None,
        it.vendor.name if it.vendor else None,
        it.contract.reference if it.contract else None,
        it.clause,
        it.owed_by,
        due.due_on,
        due.days_left,
        due.standing.value,
    )
    return (*told, it.owner, "yes" if it.is_internal else "no") if scope.is_internal else told


def obligation_found(code: str, scope: Scope) -> Obligation:
    """Raises UnknownCodeError."""
    joined = ("vendor", "contract__vendor", "contract__notice_calendar", "process__contract")
    found = scoped.obligations(scope).select_related(*joined)
    return one_by(found, field="code", code=code, noun="obligation")


def obligation_address(found: Obligation) -> str:
    """The page of an obligation."""
    return reverse("obligation", args=[found.code])


def obligation_desk(title: str, act: str, back: str) -> Desk:
    """The surroundings of its forms."""
    crumbs = (Crumb("Obligations", reverse("obligations")), Crumb(title))
    return Desk(title, act, back, "obligations", crumbs=crumbs)
