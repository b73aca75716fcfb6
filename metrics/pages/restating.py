"""Asking for a final figure to be computed again; a second person decides."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import User
from contracts.pages.base import Crumb
from contracts.pages.editing import posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.evaluation.approvals import restatement_request, restatement_waiting
from metrics.evaluation.previewing import FROZEN, Prospect, restatement_preview
from metrics.models import KpiPeriod
from metrics.pages.base import page
from metrics.pages.kpi_edit import SECTION, way_to
from metrics.pages.kpi_forms import RestatementForm
from metrics.pages.levels import prospect_rows
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.results import results_list


@page(Duty.CASES, writes=True)
def restate(request: HttpRequest, scope: Scope, code: str, first_day: date) -> HttpResponse:
    """Show what a restatement would give today, and ask for it with a reason."""
    kpi = kpi_by_code(code, scope=scope)
    head = results_list(scope=scope, kpi=code).filter(first_day=first_day).first()
    if head is None or head.phase not in FROZEN:
        raise Http404(f"{code} has no final figure for a period that begins on {first_day}")
    back = reverse("figure", args=[code, first_day])
    form = RestatementForm(posted(request))
    if request.method == "POST" and form.is_valid() and _asked(head, form, scope):
        messages.success(request, "The restatement is asked for; a second person decides.")
        return redirect(back)
    context = {
        "kpi": kpi,
        "head": head,
        "form": form,
        "waiting": restatement_waiting(head),
        "back": back,
        "crumbs": [*way_to(kpi), Crumb(head.label, back), Crumb("Ask for a restatement")],
        "section": SECTION,
    }
    return render(request, "metrics/restate.html", context | _prospect(head))


def _asked(head: KpiPeriod, form: RestatementForm, scope: Scope) -> bool:
    """Whether the request was made; where not, the form says why."""
    reader = scope.reader
    assert isinstance(reader, User)  # a page has a reader who signed in
    try:
        restatement_request(period=head, reason=form.cleaned_data["reason"], requested_by=reader)
    except ValidationError as error:
        form.refuse(error)
        return False
    return True


def _prospect(head: KpiPeriod) -> dict[str, Any]:
    figure = restatement_preview(period=head, as_of=now())
    if figure is None or head.current is None:
        return {"rows": [], "is_same": False}
    is_same = figure.agrees_with(head.current)
    return {"rows": prospect_rows([Prospect(head, figure)]), "is_same": is_same}
