"""Importing tables of records: a template to fill in, a preview with every fault, then all of it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.pages.editing import posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.exports import Row, csv_response, export_response
from kpotracker.toolkit.forms import PlainForm
from metrics.models import RecordImport
from metrics.pages.base import page
from metrics.portfolio.importing import (
    KINDS,
    ImportRefusedError,
    Kind,
    Plan,
    grouped,
    import_apply,
    import_plan,
    import_receive,
)
from metrics.portfolio.importing.cells import DAYS
from metrics.selectors import scope as scoped

_SHOWN_ROWS = 200
_SHOWN_GROUPS = 50
_LAST = 15
_DAYS = [(key, f"as {example}") for key, (_, example) in DAYS.items()]
_ENCODINGS = [
    ("utf-8", "UTF-8, as most programs write it"),
    ("cp1252", "Windows, Western European"),
]


class ImportForm(PlainForm):
    """A table and how it is written."""

    kind = forms.ChoiceField(
        label="What it holds", choices=[(kind.key, kind.title) for kind in KINDS.values()]
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="CSV or XLSX, up to 10 MiB and 5,000 rows. What a file is, its content tells.",
    )
    days = forms.ChoiceField(
        label="Days are written", choices=_DAYS, help_text="Dates of a workbook need no choice."
    )
    encoding = forms.ChoiceField(
        label="Letters of a CSV file", choices=_ENCODINGS, help_text="Workbooks need no choice."
    )


@page(Duty.TERMS, writes=True)
def imports(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Choose what to import, take the template, send the table."""
    initial = {"kind": request.GET.get("kind", "")}
    form = ImportForm(posted(request), request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and scope.reader is not None:
        given = form.cleaned_data
        try:
            received = import_receive(
                kind=given["kind"],
                upload=given["file"],
                encoding=given["encoding"],
                days=given["days"],
                uploaded_by=scope.reader,
            )
        except ValidationError as error:
            form.refuse(error)
        else:
            return redirect("import", received.pk)
    context = {
        "form": form,
        "kinds": KINDS.values(),
        "last": scoped.record_imports(scope)[:_LAST],
        "section": "imports",
    }
    return render(request, "metrics/imports.html", context)


@page(Duty.TERMS)
def import_template(request: HttpRequest, scope: Scope, kind: str) -> HttpResponseBase:
    """The columns of a kind with a line that explains them, as a file to fill in."""
    found = KINDS.get(kind)
    if found is None:
        raise Http404(f"{kind!r} is nothing that is imported")
    columns = [column.heading for column in found.columns]
    return export_response(request.GET.get("format", "xlsx"), kind, columns, _hints(found))


@page(Duty.TERMS, writes=True)
def import_preview(request: HttpRequest, scope: Scope, number: int) -> HttpResponseBase:
    """What an import would do, row by row; its button does exactly that."""
    found = _import(number, scope)
    if request.method == "POST":
        return _applied(request, found, scope)
    if found.applied_at:
        return _shown(request, found, None)
    plan = import_plan(record_import=found, scope=scope)
    if request.GET.get("rejects"):
        return csv_response("rejects", ["Line", "What is wrong", *plan.names], _rejects(plan))
    return _shown(request, found, plan)


def _applied(request: HttpRequest, found: RecordImport, scope: Scope) -> HttpResponse:
    try:
        plan = import_apply(record_import=found, scope=scope, as_of=now())
    except ImportRefusedError as refused:
        return _shown(request, found, refused.plan, status=409)
    done = plan.counts
    messages.success(
        request,
        f"Imported: {done['create']} new, {done['change']} changed, {done['unchanged']} unchanged.",
    )
    return redirect("import", found.pk)


def _shown(
    request: HttpRequest, found: RecordImport, plan: Plan | None, status: int = 200
) -> HttpResponse:
    groups = grouped(plan.faults) if plan else []
    context = {
        "found": found,
        "plan": plan,
        "counts": plan.counts if plan else found.counts,
        "groups": groups[:_SHOWN_GROUPS],
        "more_groups": max(0, len(groups) - _SHOWN_GROUPS),
        "rows": plan.rows[:_SHOWN_ROWS] if plan else (),
        "more_rows": max(0, len(plan.rows) - _SHOWN_ROWS) if plan else 0,
        "crumbs": [Crumb("Import", reverse("imports")), Crumb(str(found))],
        "section": "imports",
    }
    return render(request, "metrics/import.html", context, status=status)


def _import(number: int, scope: Scope) -> RecordImport:
    found: RecordImport | None = scoped.record_imports(scope).filter(pk=number).first()
    if found is None:
        raise Http404(f"import {number} is unknown")
    return found


def _hints(kind: Kind) -> Iterator[Row]:
    """A remark that says what to write, which the import leaves out, and an example."""
    told = [f"{c.help}{'' if c.required else ' (optional)'}" for c in kind.columns]
    yield [f"# {told[0]}", *told[1:]]
    example: list[Any] = [c.example for c in kind.columns]
    yield [f"# {example[0]}", *example[1:]]


def _rejects(plan: Plan) -> Iterator[Row]:
    """Rows that cannot be used, as they stand, with what is wrong in front of them."""
    by_line: dict[int, list[str]] = {}
    for fault in plan.faults:
        by_line.setdefault(fault.line, []).append(str(fault))
    for line, told in sorted(by_line.items()):
        yield [line or None, "; ".join(told), *plan.cells.get(line, ())]
