"""Pages that register, change, archive and restore a KPI."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.archiving import archive_page, restore_page
from contracts.pages.base import Crumb
from contracts.pages.editing import by_files, managed_page, posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.engine import MEASURES
from metrics.models import Kpi
from metrics.pages.base import page
from metrics.pages.kpi_forms import KpiEditForm, KpiForm
from metrics.portfolio.editing import (
    EditRefusedError,
    kpi_archive,
    kpi_edit,
    kpi_register,
    kpi_restore,
)
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.wording_terms import measure_word

SECTION = "kpis"
_EDITED = ("name", "clause", "wording", "last_day")


@page(Duty.TERMS, writes=True)
def kpi_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Register a KPI: what is promised, how it is measured, and its service level.

    The fields of a measure follow its choice; without JavaScript a button shows them, and a form
    sent without them is asked for them.
    """
    measure = request.POST.get("measure", request.GET.get("measure", ""))
    if request.method != "POST":
        given = {"contract": request.GET.get("contract", ""), "measure": measure}
        return _shown(request, KpiForm(scope=scope, measure=measure, initial=given))
    if wants_parameters(request, measure):
        form = KpiForm(scope=scope, measure=measure, initial=request.POST.dict())
        return _shown(request, form)
    form = KpiForm(request.POST, scope=scope, measure=measure)
    kpi = _registered(form)
    if kpi is None:
        return _shown(request, form)
    messages.success(request, f"{kpi.name} is registered. Its first figure comes with its data.")
    return redirect(_address(kpi))


@page(Duty.TERMS, writes=True)
def kpi_change_page(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Change what a KPI is called, its clause and its last day."""
    kpi = kpi_by_code(code, scope=scope)
    if by_files(kpi):
        return managed_page(request, kpi, _address(kpi))
    form = KpiEditForm(posted(request), initial={name: getattr(kpi, name) for name in _EDITED})
    if request.method == "POST":
        form.is_valid()
        try:
            if not form.errors:
                kpi_edit(kpi=kpi, as_of=now(), **form.cleaned_data)
        except EditRefusedError as error:
            form.refuse_findings(error.findings)
        if not form.errors:
            messages.success(request, f"{form.cleaned_data['name']} is changed.")
            return redirect(_address(kpi))
    context = {
        "form": form,
        "title": f"Change {kpi.name}",
        "lede": "A service level or the way of measuring changes by an amendment, from a day on.",
        "act": "Save",
        "back": _address(kpi),
        "crumbs": [*way_to(kpi), Crumb("Change")],
        "section": SECTION,
    }
    return render(request, "contracts/edit.html", context)


@page(Duty.TERMS, writes=True)
def kpi_put_away(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take a KPI out of use."""
    kpi = kpi_by_code(code, scope=scope)
    return archive_page(
        request,
        kpi,
        lambda reason: kpi_archive(kpi=kpi, as_of=now(), reason=reason),
        back=_address(kpi),
        to=reverse("kpis"),
        section=SECTION,
    )


@page(Duty.TERMS, writes=True)
def kpi_bring_back(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take an archived KPI back into use."""
    kpi = kpi_by_code(code, scope=scope)
    return restore_page(
        request,
        kpi,
        lambda: kpi_restore(kpi=kpi, as_of=now()),
        back=_address(kpi),
        section=SECTION,
    )


def way_to(kpi: Kpi) -> list[Crumb]:
    """From the list of KPIs to this one."""
    return [Crumb("KPIs", reverse("kpis")), Crumb(kpi.name, _address(kpi))]


def wants_parameters(request: HttpRequest, measure: str) -> bool:
    """Whether the form was sent to see the fields of another measure, or without them."""
    if "show" in request.POST:
        return True
    known = MEASURES.get(measure)
    shown_for = request.POST.get("shown_for", "")
    return bool(known and known.parameters and shown_for != measure)


def fragment_wanted(request: HttpRequest) -> bool:
    """Whether only the fields of the measure are asked for."""
    return bool(getattr(request, "htmx", False)) and "show" in request.POST


def measure_context(measure: str) -> dict[str, Any]:
    """What the fields of a measure are shown with."""
    known = MEASURES.get(measure)
    return {
        "shown_for": measure,
        "measure": known,
        "meaning": measure_word(measure).meaning,
        "documentation": known and known.documentation,
    }


def _registered(form: KpiForm) -> Kpi | None:
    """The new KPI; None where the form says why not. What the fields themselves refuse and what
    the checks refuse is told at once."""
    faulty = not form.is_valid()
    try:
        kpi = kpi_register(entry=form.entry(), as_of=now(), plan_only=faulty)
    except EditRefusedError as error:
        form.refuse_findings(error.findings)
    return None if form.errors else kpi


def _shown(request: HttpRequest, form: KpiForm) -> HttpResponse:
    groups = form.groups()
    context = {
        "form": form,
        "groups": groups,
        "rare_open": any(field.errors for field in groups["rare"]),
        "crumbs": [Crumb("KPIs", reverse("kpis")), Crumb("Register a KPI")],
        "section": SECTION,
        **measure_context(form.measure),
    }
    if fragment_wanted(request):
        return render(request, "metrics/_kpi_parameters.html", context)
    asked = request.method == "POST" and not form.is_bound and "show" not in request.POST
    return render(request, "metrics/kpi_new.html", context | {"asked": asked})


def _address(kpi: Kpi) -> str:
    return reverse("kpi", args=[kpi.code])
