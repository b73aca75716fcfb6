"""The pages of what can be done with a case, each at an address of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.selectors.scope import Scope
from metrics.models import BreachCase, CorrectivePlan, KpiPeriod
from metrics.pages.base import page
from metrics.pages.case_acts import ACTS, Act
from metrics.pages.case_forms import CaseForm
from metrics.scorecards.rows import breach_row
from metrics.selectors.breaches import case_by_number


def act_page(act: Act) -> Callable[..., HttpResponseBase]:
    """The page of one act: its form, and the deed itself."""

    @page(*act.duties, writes=True)
    def view(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
        case = case_by_number(number, scope=scope)
        posted = request.method == "POST"
        data = (request.POST, request.FILES) if posted else (None, None)
        form = act.form(*data, case=case, scope=scope)
        if posted and form.is_valid():
            try:
                outcome = act.do(case, form, scope)
            except ValidationError as error:
                form.refuse(error)
            else:
                messages.success(request, act.said)
                return redirect(_next(case, outcome))
        return render(request, "metrics/case_act.html", _context(act, case, form, scope))

    return view


def _next(case: BreachCase, outcome: object) -> str:
    if isinstance(outcome, CorrectivePlan):
        return reverse("plan", args=[outcome.pk])
    return reverse("case", args=[case.pk])


def _context(act: Act, case: BreachCase, form: CaseForm, scope: Scope) -> dict[str, Any]:
    instead = ("waive", "relief", "restate") if act.name == "answer" else ()
    return {
        "act": act,
        "case": case,
        "row": breach_row(case),
        "form": form,
        "is_open": act.is_open(case, scope) and not _is_pointless(act, case),
        "instead": [ACTS[name] for name in instead if ACTS[name].is_open(case, scope)],
        "crumbs": [*_crumbs(case), Crumb(act.text)],
        "section": "breaches",
    }


def _crumbs(case: BreachCase) -> list[Crumb]:
    """The way to a case."""
    kpi = case.period.kpi
    return [
        Crumb("Breach cases", reverse("breaches")),
        Crumb(f"{kpi.name}, {case.period.label}", reverse("case", args=[case.pk])),
    ]


def _is_pointless(act: Act, case: BreachCase) -> bool:
    """What asks for something that cannot be given."""
    final = (KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED)
    return act.name == "restate" and case.period.phase not in final
