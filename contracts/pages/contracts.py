"""Contracts: the list, what was signed, registered, changed and archived."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from contracts.models import Contract
from contracts.pages.archiving import archive_page, restore_page
from contracts.pages.base import Crumb, page
from contracts.pages.contract_form import ContractForm, outcome
from contracts.pages.editing import Desk, by_files, form_page, managed_page, posted
from contracts.pages.listing import (
    FilterForm,
    archived_choice,
    archived_field,
    choice_field,
    list_context,
    search_field,
)
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.notice import Notice, Term, current_term, next_notice
from contracts.selectors.scope import Scope
from contracts.services.archiving import contract_archive, contract_restore
from contracts.services.contracts import TERMS, contract_change, contract_create
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response

_PER_PAGE = 50
_COLUMNS = (
    "Reference",
    "Title",
    "Vendor code",
    "Vendor",
    "Kind",
    "Pricing",
    "Currency",
    "First day",
    "Last day of this term",
)
_INSIDE = ("Renewal", "Act by", "What for", "Days left")
list_register("contracts", "Contracts")


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract of the list; the notice deadline is shown inside only."""

    contract: Contract
    term: Term
    notice: Notice | None
    days_left: int | None


class ContractFilters(FilterForm):
    """What narrows the list of contracts."""

    q = search_field("Title or reference")
    vendor = choice_field("Vendor", [], "All vendors")
    kind = choice_field("Kind", list(Contract.Kind.choices), "Any kind")
    pricing = choice_field("Priced by", list(Contract.Pricing.choices), "Anything")
    due = choice_field(
        "Act within", [("30", "30 days"), ("90", "90 days"), ("180", "180 days")], "Any time"
    )
    archived = archived_field()

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        without = () if scope.is_internal else ("due",)  # when we must act is ours to know
        known = scoped.vendors(scope).values_list("code", "name")
        choices = {"vendor": [("", "All vendors"), *known]}
        super().__init__(request, choices=choices, without=without)


@page()
def contract_list(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Contracts, the nearest notice deadline ahead first."""
    today = now().date()
    filters = ContractFilters(request, scope)
    found = scoped.contracts(scope).filter(_condition(filters.chosen)).order_by("reference")
    rows = [contract_row(contract, scope, today) for contract in found]
    rows = sorted((row for row in rows if _is_due(row, filters.chosen)), key=_urgency)
    if kind := request.GET.get("export"):
        columns = _COLUMNS + (_INSIDE if scope.is_internal else ())
        exported = (_exported(row, scope) for row in rows)
        return export_response(kind, "contracts", columns, exported)
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": shown,
        "count": len(rows),
        "may_edit": scope.may(Duty.TERMS),
        "scope": scope,
        "section": "contracts",
    }
    context |= list_context(request, scope, filters, "contracts")
    return render(request, "contracts/list.html", context)


@page(Duty.TERMS, writes=True)
def contract_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Register a contract."""
    initial = {"vendor": request.GET.get("vendor", "")}
    form = ContractForm(posted(request), scope=scope, initial=initial)
    crumbs = (Crumb("Contracts", reverse("contracts")), Crumb("Register a contract"))
    desk = _desk(form, "Register a contract", "Register", reverse("contracts"), crumbs)
    return form_page(
        request,
        form,
        desk,
        work=lambda given: contract_create(**given),
        said=lambda contract: f"{contract.title} is registered.",
        to=address,
    )


@page(Duty.TERMS, writes=True)
def contract_edit(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Change what is noted of a contract; what both sides agreed later is an amendment."""
    contract = contract_by_reference(reference, scope=scope)
    if by_files(contract):
        return managed_page(request, contract, address(contract))
    initial = {name: getattr(contract, name) for name in TERMS if name != "parent"}
    initial["parent"] = contract.parent and contract.parent.reference
    form = ContractForm(posted(request), scope=scope, record=contract, initial=initial)
    crumbs = (*way_to(contract), Crumb("Change"))
    desk = _desk(form, f"Change {contract.title}", "Save", address(contract), crumbs)
    return form_page(
        request,
        form,
        desk,
        work=lambda given: contract_change(contract=contract, **given),
        said=lambda contract: f"{contract.title} is changed.",
        to=address,
    )


@page(Duty.TERMS, writes=True)
def contract_put_away(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Take a contract out of use."""
    contract = contract_by_reference(reference, scope=scope)
    return archive_page(
        request,
        contract,
        lambda reason: contract_archive(contract=contract, as_of=now(), reason=reason),
        back=address(contract),
        to=reverse("contracts"),
        section="contracts",
    )


@page(Duty.TERMS, writes=True)
def contract_bring_back(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Take an archived contract back into use."""
    contract = contract_by_reference(reference, scope=scope)
    return restore_page(
        request,
        contract,
        lambda: contract_restore(contract=contract),
        back=address(contract),
        section="contracts",
    )


def contract_row(contract: Contract, scope: Scope, today: date) -> ContractRow:
    """A contract with its running term and, inside, the last day to act."""
    notice = next_notice(contract, today=today) if scope.is_internal else None
    term = current_term(contract, today=today)
    return ContractRow(contract, term, notice, notice.days_left(today) if notice else None)


def address(contract: Contract) -> str:
    """The page of what was signed."""
    return reverse("contract-terms", args=[contract.reference])


def way_to(contract: Contract) -> tuple[Crumb, ...]:
    """From the list to the contract."""
    return Crumb("Contracts", reverse("contracts")), Crumb(contract.title, address(contract))


def _desk(form: ContractForm, title: str, act: str, back: str, crumbs: tuple[Crumb, ...]) -> Desk:
    """The form's surroundings; once it is sent and sound, what its dates come to."""
    shown = None
    if form.is_bound and form.is_valid():
        shown = outcome(form.contract(), today=now().date())
    template = "contracts/contract_edit.html"
    extra = {"outcome": shown}
    return Desk(title, act, back, "contracts", crumbs=crumbs, template=template, extra=extra)


def _condition(chosen: dict[str, Any]) -> Q:
    condition = Q(**archived_choice(chosen))
    if text := chosen.get("q"):
        condition &= Q(title__icontains=text) | Q(reference__icontains=text)
    names = {"vendor": "vendor__code", "kind": "kind", "pricing": "pricing"}
    stated = {column: chosen[name] for name, column in names.items() if name in chosen}
    return condition & Q(**stated)


def _is_due(row: ContractRow, chosen: dict[str, Any]) -> bool:
    if "due" not in chosen:
        return True
    has_day = row.notice is not None and row.notice.serve_by is not None
    return has_day and row.days_left is not None and 0 <= row.days_left <= int(chosen["due"])


def _urgency(row: ContractRow) -> tuple[int, int]:
    """Deadlines ahead, then those that have passed, then contracts without one."""
    if row.days_left is None:
        return 2, 0
    return (0, row.days_left) if row.days_left >= 0 else (1, -row.days_left)


def _exported(row: ContractRow, scope: Scope) -> Row:
    it = row.contract
    told: Row = (
        it.reference,
        it.title,
        it.vendor.code,
        it.vendor.name,
        it.get_kind_display(),
        it.get_pricing_display(),
        it.currency,
        row.term.first_day,
        row.term.last_day,
    )
    if not scope.is_internal:
        return told
    due, by, purpose = row.notice, None, None
    if due is not None and due.serve_by is not None:
        by, purpose = due.serve_by, due.purpose
    return (*told, it.get_renewal_display(), by, purpose, row.days_left)
