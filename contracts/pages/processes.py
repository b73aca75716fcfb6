"""Processes: the pieces of work, bought under a contract, done in house or candidates."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from contracts.models import Contract, Process
from contracts.models.managed import code_validator
from contracts.pages.archiving import archive_page, restore_page
from contracts.pages.base import Crumb, page, paged
from contracts.pages.editing import Desk, MeanwhileForm, by_files, form_page, managed_page, posted
from contracts.pages.listing import (
    FilterForm,
    archived_choice,
    archived_field,
    choice_field,
    list_context,
    search_field,
)
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as scoped
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import one_by
from contracts.selectors.scope import Scope
from contracts.services.archiving import process_archive, process_restore
from contracts.services.processes import process_change, process_create
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, export_response

_PER_PAGE = 50
_IN_HOUSE = "-"  # no code, which begins with a letter or digit
_COLUMNS = ("Code", "Name", "Nature", "Contract", "Vendor code", "Vendor")
list_register("processes", "Processes")


class ProcessFilters(FilterForm):
    """What narrows the list of processes."""

    q = search_field("Name or code")
    nature = choice_field("Nature", list(Process.Nature.choices), "Any")
    vendor = choice_field("Done by", [], "Anybody")
    archived = archived_field()

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        known = scoped.vendors(scope).values_list("code", "name")
        own = [(_IN_HOUSE, "No vendor")] if scope.is_internal else []
        super().__init__(request, choices={"vendor": [("", "Anybody"), *own, *known]})


class ProcessForm(MeanwhileForm):
    """A piece of work. ``code`` is what files and addresses call it, for ever."""

    code = forms.CharField(
        label="Code",
        max_length=63,
        validators=[code_validator],
        help_text="Short and lasting, such as claims-intake.",
    )
    name = forms.CharField(label="Name", max_length=200)
    nature = forms.ChoiceField(
        label="Nature of the work",
        choices=Process.Nature.choices,
        help_text="Judgement work is judged by its outcome; volume work by its throughput.",
    )
    contract = forms.ModelChoiceField(
        label="Contract",
        queryset=Contract.objects.none(),
        required=False,
        to_field_name="reference",
        empty_label="None: done in house, or a candidate",
    )

    def __init__(self, *args: Any, scope: Scope, record: Process | None = None, **kw: Any) -> None:
        super().__init__(*args, record=record, **kw)
        usable = Q(archived_at__isnull=True) | Q(pk=record.contract_id if record else None)
        offered = scoped.contracts(scope).filter(usable).order_by("reference")
        self.fields["contract"].queryset = offered  # type: ignore[attr-defined]
        self.fields["contract"].label_from_instance = _named  # type: ignore[attr-defined]
        if record is not None:
            del self.fields["code"]


@page()
def process_list(request: HttpRequest, scope: Scope) -> HttpResponseBase:
    """Processes by name."""
    filters = ProcessFilters(request, scope)
    found = scoped.processes(scope).filter(_condition(filters.chosen))
    found = found.select_related("contract__vendor").order_by("name", "code")
    if kind := request.GET.get("export"):
        return export_response(kind, "processes", _COLUMNS, map(_exported, found))
    context = {
        "page": paged(request, found, size=_PER_PAGE),
        "may_edit": scope.may(Duty.TERMS),
        "scope": scope,
        "section": "processes",
    }
    context |= list_context(request, scope, filters, "processes")
    return render(request, "contracts/processes.html", context)


@page(Duty.TERMS, writes=True)
def process_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Register a process."""
    initial = {"contract": request.GET.get("contract", "")}
    return form_page(
        request,
        ProcessForm(posted(request), scope=scope, initial=initial),
        _desk("Register a process", "Register"),
        work=lambda given: process_create(**given),
        said=lambda process: f"{process} is registered.",
        to=lambda _: reverse("processes"),
    )


@page(Duty.TERMS, writes=True)
def process_edit(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Change a process."""
    process = _process(code, scope)
    if by_files(process):
        return managed_page(request, process, reverse("processes"))
    initial = {
        "name": process.name,
        "nature": process.nature,
        "contract": process.contract and process.contract.reference,
    }
    return form_page(
        request,
        ProcessForm(posted(request), scope=scope, record=process, initial=initial),
        _desk(f"Change {process}", "Save"),
        work=lambda given: process_change(process=process, **given),
        said=lambda process: f"{process} is changed.",
        to=lambda _: reverse("processes"),
    )


@page(Duty.TERMS, writes=True)
def process_put_away(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take a process out of use."""
    process = _process(code, scope)
    return archive_page(
        request,
        process,
        lambda reason: process_archive(process=process, as_of=now(), reason=reason),
        back=reverse("processes"),
        to=reverse("processes"),
        section="processes",
    )


@page(Duty.TERMS, writes=True)
def process_bring_back(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """Take an archived process back into use."""
    process = _process(code, scope)
    return restore_page(
        request,
        process,
        lambda: process_restore(process=process),
        back=reverse("processes"),
        section="processes",
    )


def _process(code: str, scope: Scope) -> Process:
    found = scoped.processes(scope).select_related("contract__vendor")
    return one_by(found, field="code", code=code, noun="process")


def _condition(chosen: dict[str, Any]) -> Q:
    condition = Q(**archived_choice(chosen))
    if text := chosen.get("q"):
        condition &= Q(name__icontains=text) | Q(code__icontains=text)
    if nature := chosen.get("nature"):
        condition &= Q(nature=nature)
    if code := chosen.get("vendor"):
        by_vendor = Q(contract__vendor__code=code)
        condition &= Q(contract__isnull=True) if code == _IN_HOUSE else by_vendor
    return condition


def _exported(process: Process) -> Row:
    told = (process.code, process.name, process.get_nature_display())
    if (contract := process.contract) is None:
        return (*told, None, None, None)
    return (*told, contract.reference, contract.vendor.code, contract.vendor.name)


def _desk(title: str, act: str) -> Desk:
    crumbs = (Crumb("Processes", reverse("processes")), Crumb(title))
    return Desk(title, act, reverse("processes"), "processes", crumbs=crumbs)


def _named(contract: Contract) -> str:
    return f"{contract.reference} – {contract.title} ({contract.vendor})"
