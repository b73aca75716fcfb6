"""One request for relief: what it covers and would change, granted in part or taken back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from contracts.models import User
from contracts.pages.base import Crumb
from contracts.selectors.approvals import may_decide
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.casework.claiming import Cover, cover_errors
from metrics.casework.relief import approval_of, relief_grant, relief_withdraw
from metrics.models import ReliefRequest
from metrics.pages.base import page
from metrics.pages.relief_forms import CoverForm, cover_initial
from metrics.pages.relief_said import ReliefProspect, relief_prospect, relief_row
from metrics.scorecards.rows import result_row
from metrics.selectors import scope as scoped

_JOINED = (
    "period__kpi__contract__vendor",
    "period__kpi__process__contract__vendor",
    "period__current__definition",
    "period__current__level",
    "requested_by",
    "requested_key",
    "decided_by",
)


class GrantForm(CoverForm):
    """What is granted of a request."""

    answer = forms.CharField(
        label="Answer",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever asked reads it.",
    )


@page(writes=True)
def relief(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A request for relief, and for whoever decides on it: what of it is granted."""
    found = _found(scope, number)
    waiting = approval_of(found)
    decides = waiting is not None and may_decide(waiting, scope)
    data = request.POST if request.method == "POST" and decides else None
    form = GrantForm(data, initial=cover_initial(Cover.read(found.asked)))
    context = _context(found, scope, form if decides else None)
    if form.is_bound and form.is_valid():
        try:
            if "preview" in request.POST:
                context["prospect"] = _prospect(found, form.cover)
                return render(request, "metrics/relief.html", context)
            _grant(found, form, scope)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The relief is granted.")
            return redirect(_back(found))
    return render(request, "metrics/relief.html", context)


@page(writes=True)
def relief_back(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Take one's own request back."""
    found = _found(scope, number)
    if request.method == "POST":
        try:
            relief_withdraw(relief_id=found.pk, scope=scope, as_of=now())
            messages.success(request, "The request is taken back.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    return redirect("relief", number=number)


def _found(scope: Scope, number: int) -> ReliefRequest:
    return get_object_or_404(scoped.relief(scope).select_related(*_JOINED), pk=number)


def _grant(found: ReliefRequest, form: GrantForm, scope: Scope) -> None:
    assert isinstance(scope.reader, User)  # a page has a reader who signed in
    relief_grant(
        relief_id=found.pk,
        cover=form.cover,
        decided_by=scope.reader,
        as_of=now(),
        answer=form.cleaned_data["answer"],
    )


def _back(found: ReliefRequest) -> str:
    """The page of its case, or of its figure where there is none."""
    if found.case_id:
        return reverse("case", args=[found.case_id])
    return reverse("figure", args=[found.period.kpi.code, found.period.first_day])


def _context(found: ReliefRequest, scope: Scope, form: GrantForm | None) -> dict[str, Any]:
    waits = found.state == ReliefRequest.State.REQUESTED
    kpi = found.period.kpi
    return {
        "said": relief_row(found, scope),
        "relief": found,
        "row": result_row(found.period),
        "form": form,
        "prospect": _prospect(found, Cover.read(found.asked)) if waits else None,
        "back": _back(found),
        "crumbs": [
            Crumb(f"{kpi.name}, {found.period.label}", _back(found)),
            Crumb("Relief (excused event)"),
        ],
        "section": "breaches",
    }


def _prospect(found: ReliefRequest, cover: Cover) -> ReliefProspect | None:
    """What it would change; None for what cannot be measured, such as words alone."""
    if cover_errors(cover, found.period):
        return None
    return relief_prospect(found.period, cover, now())
