"""Planned maintenance of a contract: announced here, and excused as far as its KPIs allow."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import Contract, Process
from contracts.pages.base import Crumb
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError, contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.casework.maintenance import Planned, maintenance_announce, maintenance_cancel
from metrics.models import Kpi, MaintenanceWindow
from metrics.pages.base import page
from metrics.pages.relief_forms import minute_field
from metrics.selectors import scope as scoped

_WORKING = (Duty.CASES, Duty.CONTEST)


class MaintenanceForm(PlainForm):
    """A window of planned maintenance."""

    of = forms.ChoiceField(label="What is maintained")
    starts_at = minute_field("From", "In UTC, such as 2026-03-04 22:00.")
    ends_at = minute_field("To", "In UTC.")
    announced_at = minute_field("Announced at", "In UTC; empty for now.", required=False)
    note = forms.CharField(label="What is done", max_length=400)

    def __init__(self, *args: Any, contract: Contract, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices: dict[str, Contract | Process | Kpi] = {
            f"{each._meta.model_name}:{each.pk}": each for each in _things(contract, scope)
        }
        named = [(key, _named(each)) for key, each in self.choices.items()]
        self.fields["of"].choices = named  # type: ignore[attr-defined]
        if not scope.is_internal:
            del self.fields["announced_at"]

    @property
    def planned(self) -> Planned:
        given = self.cleaned_data
        return Planned(
            of=self.choices[given["of"]],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            note=given["note"],
            announced_at=given.get("announced_at"),
        )


def _things(contract: Contract, scope: Scope) -> list[Contract | Process | Kpi]:
    """The contract, its processes, and the KPIs that are judged under it."""
    processes = contracts_scope.processes(scope).filter(contract=contract).order_by("code")
    kpis = scoped.kpis(scope).filter(
        Q(contract=contract) | Q(contract=None, process__contract=contract), archived_at=None
    )
    return [contract, *processes, *kpis.order_by("code")]


def _named(each: Contract | Process | Kpi) -> str:
    if isinstance(each, Contract):
        return f"All of {each.reference}"
    return f"{'Process' if isinstance(each, Process) else 'KPI'} {each.name}"


@page(writes=True)
def maintenance(request: HttpRequest, scope: Scope, reference: str) -> HttpResponse:
    """What was announced for a contract, newest first, and a form to announce more."""
    contract = contract_by_reference(reference, scope=scope)
    may = scope.may(*_WORKING)
    data = request.POST if request.method == "POST" and may else None
    form = MaintenanceForm(data, contract=contract, scope=scope)
    if form.is_bound and form.is_valid():
        try:
            maintenance_announce(planned=form.planned, scope=scope, as_of=now())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The maintenance is announced.")
            return redirect("contract-maintenance", reference=reference)
    context = {
        "contract": contract,
        "windows": _windows(contract, scope),
        "form": form if may else None,
        "may_cancel": may,
        "as_of": now(),
        "crumbs": [
            Crumb(contract.title, reverse("contract", args=[reference])),
            Crumb("Planned maintenance"),
        ],
        "section": "contracts",
    }
    return render(request, "metrics/maintenance.html", context)


@page(*_WORKING, writes=True)
def maintenance_off(
    request: HttpRequest, scope: Scope, reference: str, number: int
) -> HttpResponse:
    """Call a window off."""
    contract_by_reference(reference, scope=scope)
    if request.method == "POST":
        try:
            maintenance_cancel(window_id=number, scope=scope, as_of=now())
            messages.success(request, "The maintenance is called off.")
        except (ValidationError, UnknownCodeError) as error:
            messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
    return redirect("contract-maintenance", reference=reference)


def _windows(contract: Contract, scope: Scope) -> list[MaintenanceWindow]:
    of_contract = Q(contract=contract) | Q(process__contract=contract) | Q(kpi__contract=contract)
    of_contract |= Q(kpi__contract=None, kpi__process__contract=contract)
    found = scoped.maintenance(scope).filter(of_contract)
    joined = found.select_related("contract", "process", "kpi").order_by("-starts_at", "-pk")
    return list(joined.distinct()[:200])
