"""Incidents: one event that several service level failures go back to."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contracts.models import Vendor
from contracts.pages.base import Crumb, paged
from contracts.pages.documents import documents_panel, holder_register
from contracts.pages.editing import Desk, MeanwhileForm, form_page, posted
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from metrics.casework.incidents import incident_change, incident_create
from metrics.casework.plans import plan_propose, working_duty
from metrics.models import Incident
from metrics.pages.base import page
from metrics.pages.case_forms import ProposalForm, note_field
from metrics.scorecards.rows import breach_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import breaches_list

_PER_PAGE = 50
_FIELDS = ("title", "started_at", "ended_at", "description", "is_internal")

holder_register(
    Incident, Duty.CASES, Duty.CONTEST, address=lambda it: reverse("incident", args=[it.pk])
)


def instant_field(label: str, hint: str = "", *, required: bool = True) -> forms.DateTimeField:
    """A minute in UTC, picked by the browser."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=hint, required=required, widget=widget)


class IncidentForm(MeanwhileForm):
    """What is known of an incident."""

    title = forms.CharField(label="Title", max_length=200)
    started_at = instant_field("Started", "In UTC.")
    ended_at = instant_field("Ended", "In UTC. Leave it empty while it goes on.", required=False)
    description = note_field("What happened", required=False)
    is_internal = forms.BooleanField(label="Internal: the vendor never sees it", required=False)


class NewIncidentForm(IncidentForm):
    """The same, and whose incident it is."""

    vendor = forms.ModelChoiceField(Vendor.objects.none(), label="Vendor")
    field_order = ("vendor",)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = contracts_scope.vendors(scope).filter(archived_at__isnull=True)
        self.fields["vendor"].queryset = found  # type: ignore[attr-defined]


@page()
def incidents(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Incidents, newest first."""
    found = scoped.incidents(scope).select_related("vendor")
    context = {
        "incidents": paged(request, found, size=_PER_PAGE),
        "may_work": scope.may(Duty.CASES),
        "crumbs": [Crumb("Breach cases", reverse("breaches")), Crumb("Incidents")],
        "section": "breaches",
    }
    return render(request, "metrics/incidents.html", context)


@page()
def incident(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One incident with its cases and plans."""
    found = _incident(number, scope)
    cases = breaches_list(scope=scope).filter(incident=found)
    context = {
        "incident": found,
        "rows": [breach_row(case) for case in cases],
        "plans": scoped.plans(scope).filter(incident=found),
        "documents": documents_panel(found, scope),
        "may_work": scope.may(Duty.CASES),
        "may_plan": scope.may(working_duty(scope)),
        "crumbs": [*_crumbs(), Crumb(found.title)],
        "section": "breaches",
    }
    return render(request, "metrics/incident.html", context)


@page(Duty.CASES, writes=True)
def incident_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Note an incident."""
    return form_page(
        request,
        NewIncidentForm(posted(request), scope=scope),
        _desk("Note an incident", reverse("incidents")),
        work=lambda given: incident_create(scope=scope, **given),
        said=lambda _: "The incident is noted. Link its cases from the inbox.",
        to=_address,
    )


@page(Duty.CASES, writes=True)
def incident_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Change what is known of an incident."""
    found = _incident(number, scope)
    initial = {name: getattr(found, name) for name in _FIELDS}
    return form_page(
        request,
        IncidentForm(posted(request), record=found, initial=initial),
        _desk("Change the incident", _address(found)),
        work=lambda given: incident_change(incident=found, scope=scope, **given),
        said=lambda _: "The incident is changed.",
        to=_address,
    )


@page(Duty.CASES, Duty.CONTEST, writes=True)
def incident_plan(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Propose a corrective action plan for an incident."""
    found = _incident(number, scope)
    return form_page(
        request,
        ProposalForm(posted(request)),
        _desk("Propose a corrective action plan", _address(found)),
        work=lambda given: plan_propose(subject=found, scope=scope, **given),
        said=lambda _: "The plan is proposed. Now add its steps.",
        to=lambda plan: reverse("plan", args=[plan.pk]),
    )


def _incident(number: int, scope: Scope) -> Incident:
    found = scoped.incidents(scope).select_related("vendor").filter(pk=number).first()
    if found is None:
        raise UnknownCodeError(f"incident {number} is unknown")
    return found


def _desk(title: str, back: str) -> Desk:
    return Desk(title, title, back, "breaches", crumbs=(*_crumbs(), Crumb(title)))


def _address(found: Incident) -> str:
    return reverse("incident", args=[found.pk])


def _crumbs() -> list[Crumb]:
    return [Crumb("Breach cases", reverse("breaches")), Crumb("Incidents", reverse("incidents"))]
