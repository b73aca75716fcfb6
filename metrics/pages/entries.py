"""Figures that people type in: what is owed, entering one, and the second person's decision."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb, paged
from contracts.pages.documents import documents_panel, holder_register
from contracts.pages.editing import Desk, form_page, posted
from contracts.pages.listing import FilterForm, choice_field, list_context, search_field
from contracts.pages.saved_views import list_register
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.documents import document_store
from contracts.services.filetypes import ACCEPTED
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response
from kpotracker.toolkit.forms import PlainForm
from metrics.feeds.entries import EntryError, entry_approve, entry_propose, entry_refuse
from metrics.models import Kpi, ManualEntry
from metrics.pages.base import page
from metrics.selectors.entries import (
    Waits,
    entries_list,
    entry_by_number,
    entry_tasks,
    is_typed_in_as,
)
from metrics.selectors.kpis import kpi_by_code
from metrics.selectors.wording import entry_word

_PER_PAGE = 50
_TASKS_SHOWN = 50
_COLUMNS = ("Entry", "KPI", "Day", "Figure", "State", "Entered by", "Decided by", "Evidence")
list_register("entries", "Typed-in figures")
holder_register(ManualEntry, Duty.DELIVER, address=lambda entry: reverse("entry", args=[entry.pk]))


class EntryFilters(FilterForm):
    """What narrows the list of what was entered."""

    kpi = search_field("KPI code")
    state = choice_field("State", list(ManualEntry.State.choices), "Any state")


def _number_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=30, decimal_places=10, required=False)


class EntryForm(PlainForm):
    """A figure with its evidence; the fields are those that the KPI's measure takes."""

    day = forms.DateField(label="Period", help_text="Any day of the period it belongs to.")
    value = _number_field("Figure")
    numerator = _number_field("Numerator")
    denominator = _number_field("Denominator")
    evidence = forms.CharField(
        label="Evidence",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where the figure comes from: the report, its page, who counted.",
    )
    file = forms.FileField(
        label="File", required=False, help_text=f"The evidence itself. {ACCEPTED}; up to 25 MiB."
    )

    def __init__(self, *args: Any, ways: frozenset[str], unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "value" not in ways:
            del self.fields["value"]
        else:
            self.fields["value"].help_text = f"In {unit}."
            self.fields["value"].required = ways == {"value"}
        for name in ("numerator", "denominator"):
            if "parts" not in ways:
                del self.fields[name]
            else:
                self.fields[name].required = ways == {"parts"}


class AnswerForm(PlainForm):
    answer = forms.CharField(
        label="Reason", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    answer.help_text = "Needed to refuse."


@page()
def entries(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """What is owed and missing, what waits for approval, and what was entered."""
    filters = EntryFilters(request)
    chosen = filters.chosen
    found = entries_list(scope=scope, state=chosen.get("state", ""), kpi=chosen.get("kpi", ""))
    if kind := request.GET.get("export"):
        rows = (_exported(each) for each in found.iterator(chunk_size=500))
        return export_response(kind, "typed-in-figures", _COLUMNS, rows)
    tasks = entry_tasks(scope=scope, as_of=now())
    shown = paged(request, found, size=_PER_PAGE)
    context = {
        "tasks": [task for task in tasks if task.waits is Waits.FIGURE][:_TASKS_SHOWN],
        "waiting": entries_list(scope=scope, state=ManualEntry.State.PROPOSED)[:_TASKS_SHOWN],
        "entries": shown,
        "count": shown.paginator.count,
        "may_enter": scope.may(Duty.DELIVER),
        "may_decide": scope.may(Duty.APPROVE_FIGURES),
        "section": "entries",
    }
    context |= list_context(request, scope, filters, "entries")
    return render(request, "metrics/entries.html", context)


@page(Duty.DELIVER, writes=True)
def kpi_enter(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Type in the figure of a period."""
    kpi = kpi_by_code(code, scope=scope)
    line = kpi.definitions.order_by("-valid_from").first()
    ways = is_typed_in_as(line) if line else frozenset()
    if not ways or line is None:
        raise Http404("no figure of this KPI can be typed in")
    initial = {"day": request.GET.get("day", "")}
    form = EntryForm(
        posted(request), request.FILES or None, ways=ways, unit=line.unit, initial=initial
    )
    back = reverse("entries")
    desk = Desk(
        title=f"Enter {kpi.name}",
        lede="It counts once a second person approves it.",
        act="Send for approval",
        back=back,
        section="entries",
        crumbs=(Crumb("Typed-in figures", back), Crumb(kpi.name)),
    )
    return form_page(
        request,
        form,
        desk,
        work=lambda given: _proposed(kpi, scope, given),
        said=lambda entry: f"{kpi.name}: {entry.figure} waits for a second person.",
        to=lambda entry: reverse("entry", args=[entry.pk]),
    )


@page(writes=True)
def entry(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One figure that was typed in; a second person approves or refuses it here."""
    found = entry_by_number(number, scope=scope)
    may_decide = _may_decide(found, scope)
    form = AnswerForm(posted(request))
    if request.method == "POST":
        if not may_decide:
            raise Http404("not for this reader to decide")
        if form.is_valid() and _decided(request, found, scope, form):
            return redirect("entry", found.pk)
    state = "undone" if found.is_undone else found.state
    context = {
        "entry": found,
        "word": entry_word(state),
        "form": form,
        "may_decide": may_decide,
        "is_own": scope.reader is not None and found.entered_by_user_id == scope.reader.pk,
        "panel": documents_panel(found, scope),
        "earlier": entries_list(scope=scope, kpi=found.kpi.code).exclude(pk=found.pk)[:_PER_PAGE],
        "section": "entries",
        "crumbs": [
            Crumb("Typed-in figures", reverse("entries")),
            Crumb(f"{found.kpi.name}, {found.day}"),
        ],
    }
    return render(request, "metrics/entry.html", context)


def _may_decide(found: ManualEntry, scope: Scope) -> bool:
    """Whether this reader may be the second person."""
    own = scope.reader is not None and found.entered_by_user_id == scope.reader.pk
    waits = found.state == ManualEntry.State.PROPOSED
    return waits and not own and scope.may(Duty.APPROVE_FIGURES)


def _proposed(kpi: Kpi, scope: Scope, given: dict[str, Any]) -> ManualEntry:
    """Raises ValidationError for what cannot be a figure, and for a file that is not kept."""
    user = scope.reader
    assert user is not None  # pages are for people who signed in
    numbers: dict[str, Decimal] = {
        name: given[name]
        for name in ("value", "numerator", "denominator")
        if given.get(name) is not None
    }
    day: date = given["day"]
    with transaction.atomic():
        try:
            entry = entry_propose(
                kpi=kpi,
                day=day,
                evidence=given["evidence"],
                entered_by=str(user),
                entered_by_user=user,
                **numbers,
            )
        except EntryError as error:
            raise ValidationError(str(error)) from error
        if given.get("file"):
            document_store(upload=given["file"], subject=entry, title="Evidence", uploaded_by=user)
    return entry


def _decided(request: HttpRequest, found: ManualEntry, scope: Scope, form: AnswerForm) -> bool:
    """Approve or refuse, as the button says; what speaks against it is shown in the form."""
    user, answer = scope.reader, form.cleaned_data["answer"]
    assert user is not None  # pages are for people who signed in
    if "refuse" in request.POST and not answer.strip():
        form.add_error("answer", "Say why it is refused.")
        return False
    name, moment = str(user), now()
    try:
        if "refuse" in request.POST:
            entry_refuse(entry=found, refused_by=name, decided_by=user, answer=answer, as_of=moment)
            messages.success(request, "The figure is refused; it counts nowhere.")
        else:
            entry_approve(entry=found, approved_by=name, decided_by=user, received_at=moment)
            messages.success(request, "The figure is approved; it counts in a moment.")
    except EntryError as error:
        form.add_error(None, str(error))
        return False
    return True


def _exported(found: ManualEntry) -> Row:
    return (
        found.pk,
        found.kpi.code,
        found.day,
        found.figure,
        entry_word("undone" if found.is_undone else found.state).text,
        found.entered_by,
        found.approved_by,
        found.evidence,
    )
