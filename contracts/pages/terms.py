"""What was signed: the terms of a contract on one page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.models import Contract
from contracts.pages.base import page
from contracts.pages.contracts import contract_row
from contracts.pages.documents import documents_panel
from contracts.pages.editing import by_files
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from kpotracker.toolkit.dbclock import now

_CHARGES_SHOWN = 12


@page()
def contract_terms(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """Term, renewal, notice, amendments, processes, charges and documents."""
    contract = contract_by_reference(reference, scope=scope)
    amendments = list(scoped.amendments(scope).filter(contract=contract).order_by("number"))
    charges = scoped.charges(scope).filter(contract=contract).select_related("process")
    context = {
        "contract": contract,
        "parent": _parent(contract, scope),
        "row": contract_row(contract, scope, now().date()),
        "amendments": amendments,
        "processes": scoped.processes(scope)
        .filter(contract=contract, archived_at__isnull=True)
        .order_by("code"),
        "charges": charges.order_by("-first_day")[:_CHARGES_SHOWN],
        "documents": documents_panel(contract, scope),
        "timeline": timeline_of(contract, scope, *amendments),
        "may_edit": scope.may(Duty.TERMS),
        "may_change_charges": scope.may(Duty.TERMS) and not by_files(contract),
        "by_files": by_files(contract),
        "scope": scope,
        "section": "contracts",
    }
    return render(request, "contracts/terms.html", context)


def _parent(contract: Contract, scope: Scope) -> Contract | None:
    """The contract above, where the reader may see that one."""
    if contract.parent_id is None:
        return None
    return scoped.contracts(scope).filter(pk=contract.parent_id).first()
