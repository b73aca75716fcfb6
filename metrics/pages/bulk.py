"""One deed for many cases of the inbox: each wholly or not at all, and told which were not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from contracts.pages.base import Crumb
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.casework import handling
from metrics.casework.bulk import BulkReport, cases_do
from metrics.casework.moves import ACKNOWLEDGE
from metrics.casework.moving import case_move
from metrics.casework.waivers import waiver_request
from metrics.models import BreachCase, Incident
from metrics.pages.base import page
from metrics.pages.breaches import inbox_url
from metrics.pages.case_forms import note_field, workers
from metrics.scorecards.rows import breach_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import breaches_list

_MOST = 200
_NAMED = 5  # cases named in a message; the rest is counted
_LONGEST_NUMBER = 18


class BulkForm(PlainForm):
    """What a deed needs to know; ``scope`` cuts its choices."""

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        self.scope = scope
        super().__init__(*args, **kwargs)


class AssignManyForm(BulkForm):
    """Who is to work on them."""

    assignee = forms.ModelChoiceField(
        BreachCase.objects.none(), label="Give them to", required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = workers(self.scope)  # type: ignore[attr-defined]


class SnoozeManyForm(BulkForm):
    """Until when they rest."""

    until = forms.DateField(label="Until", required=False)
    until_worse = forms.BooleanField(
        label="Or earlier, once the figure of one gets worse", required=False
    )


class WaiveManyForm(BulkForm):
    """What the waivers are to cover, and why."""

    waiver_scope = forms.ChoiceField(
        label="What they cover", choices=BreachCase.WaiverScope.choices, widget=forms.RadioSelect
    )
    reason = note_field("Why should they be let go?", "A second person decides on each of them.")


class LinkManyForm(BulkForm):
    """Which incident they go back to."""

    incident = forms.ModelChoiceField(
        Incident.objects.none(), label="Incident", required=False, empty_label="None"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = scoped.incidents(self.scope).select_related("vendor")
        self.fields["incident"].queryset = found  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Deed:
    """``form`` None: it is done at once. ``do``: with one case and what the form said."""

    text: str
    said: str
    form: type[BulkForm] | None
    do: Callable[[int, dict[str, Any], Scope], object]


def _acknowledge(number: int, given: dict[str, Any], scope: Scope) -> object:
    return case_move(case_id=number, move=ACKNOWLEDGE, scope=scope, as_of=now())


def _assign(number: int, given: dict[str, Any], scope: Scope) -> object:
    return handling.case_assign(case_id=number, scope=scope, **given)


def _snooze(number: int, given: dict[str, Any], scope: Scope) -> object:
    return handling.case_snooze(case_id=number, scope=scope, as_of=now(), **given)


def _waive(number: int, given: dict[str, Any], scope: Scope) -> object:
    return waiver_request(case_id=number, scope=scope, **given)


def _link(number: int, given: dict[str, Any], scope: Scope) -> object:
    return handling.case_link(case_id=number, scope=scope, **given)


DEEDS: Final = {
    "acknowledge": Deed("Acknowledge", "acknowledged", None, _acknowledge),
    "assign": Deed("Assign", "assigned", AssignManyForm, _assign),
    "snooze": Deed("Snooze", "snoozed", SnoozeManyForm, _snooze),
    "waive": Deed("Ask for a waiver", "waiting for a second person", WaiveManyForm, _waive),
    "incident": Deed("Link to an incident", "linked", LinkManyForm, _link),
}


@page(Duty.CASES, writes=True)
def bulk(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Do what the inbox chose with the cases it chose; ask first for what is not known yet."""
    query = request.POST.get("query", "")
    deed = DEEDS.get(request.POST.get("act", ""))
    cases = _chosen(request, scope)
    if deed is None or not cases:
        if request.method == "POST":
            messages.warning(request, "Choose some cases first, and what to do with them.")
        return redirect(inbox_url(query))
    form = _form(request, deed, scope)
    if form is not None and not form.is_valid():
        return render(request, "metrics/bulk.html", _context(deed, form, cases, query, request))
    given = form.cleaned_data if form else {}
    report = cases_do(cases, lambda number: deed.do(number, given, scope))
    _tell(request, deed, report)
    return redirect(inbox_url(query))


def _chosen(request: HttpRequest, scope: Scope) -> list[BreachCase]:
    """The cases that were ticked and that the reader sees."""
    texts = request.POST.getlist("case")[:_MOST]
    plain = (each for each in texts if each.isascii() and each.isdigit())
    numbers = [int(each) for each in plain if len(each) <= _LONGEST_NUMBER]
    return list(breaches_list(scope=scope).filter(pk__in=numbers)) if numbers else []


def _form(request: HttpRequest, deed: Deed, scope: Scope) -> BulkForm | None:
    """The deed's form, filled in at its second step; None where it needs none."""
    if deed.form is None:
        return None
    filled = "filled" in request.POST
    return deed.form(request.POST if filled else None, scope=scope)


def _context(
    deed: Deed, form: BulkForm, cases: list[BreachCase], query: str, request: HttpRequest
) -> dict[str, Any]:
    return {
        "deed": deed,
        "act": request.POST["act"],
        "form": form,
        "rows": [breach_row(case) for case in cases],
        "query": query,
        "crumbs": [Crumb("Breach cases", inbox_url(query)), Crumb(deed.text)],
        "back": inbox_url(query),
        "section": "breaches",
    }


def _tell(request: HttpRequest, deed: Deed, report: BulkReport) -> None:
    if report.done:
        count = len(report.done)
        messages.success(request, f"{count} case{'s' if count > 1 else ''}: {deed.said}.")
    for reason, cases in report.left.items():
        messages.warning(request, f"Not done for {_names(cases)}. {reason}")


def _names(cases: list[BreachCase]) -> str:
    named = [f"{case.period.kpi.name} {case.period.label}" for case in cases[:_NAMED]]
    more = len(cases) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
