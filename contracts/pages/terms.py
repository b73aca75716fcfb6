"""Contracts and their terms."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from contracts.models import Contract
from contracts.pages.base import page
from contracts.selectors import scope as scoped
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.notice import Notice, Term, current_term, next_notice
from contracts.selectors.scope import Scope


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract of the list; the notice deadline is shown inside only."""

    contract: Contract
    term: Term
    notice: Notice | None
    days_left: int | None


@page
def contract_list(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every contract in use, the nearest notice deadline ahead first."""
    today = timezone.now().date()
    found = scoped.contracts(scope).filter(archived_at__isnull=True).order_by("reference")
    rows = [_row(contract, scope, today) for contract in found]
    rows.sort(key=_urgency)
    return render(
        request, "contracts/list.html", {"rows": rows, "scope": scope, "section": "contracts"}
    )


@page
def contract_terms(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """What was signed: term, renewal, notice, amendments, processes and charges."""
    contract = contract_by_reference(reference, scope=scope)
    context = {
        "contract": contract,
        "row": _row(contract, scope, timezone.now().date()),
        "amendments": scoped.amendments(scope).filter(contract=contract).order_by("number"),
        "processes": scoped.processes(scope).filter(contract=contract).order_by("code"),
        "charges": scoped.charges(scope)
        .filter(contract=contract)
        .select_related("process")
        .order_by("-first_day")[:36],
        "scope": scope,
        "section": "contracts",
    }
    return render(request, "contracts/terms.html", context)


def _row(contract: Contract, scope: Scope, today: date) -> ContractRow:
    notice = next_notice(contract, today=today) if scope.is_internal else None
    term = current_term(contract, today=today)
    return ContractRow(contract, term, notice, notice.days_left(today) if notice else None)


def _urgency(row: ContractRow) -> tuple[int, int]:
    """Deadlines ahead, then those that have passed, then contracts without one."""
    if row.days_left is None:
        return 2, 0
    return (0, row.days_left) if row.days_left >= 0 else (1, -row.days_left)
