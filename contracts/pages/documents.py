"""Documents: attached to a record, downloaded, put away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.models import Contract, Document, Vendor
from contracts.pages.base import Crumb, page
from contracts.pages.editing import posted
from contracts.selectors.documents import document_by_number, documents_of, record_of
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.auditing import subject_of
from contracts.services.documents import document_archive, document_path, document_store
from contracts.services.filetypes import ACCEPTED
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of record that documents are attached to.

    ``duties``: one of them is needed to attach and to put away; ``address``: the record's page.
    """

    duties: tuple[Duty, ...]
    address: Callable[[Any], str]


_HOLDERS: dict[type[models.Model], Holder] = {}


def holder_register(
    model: type[models.Model], *duties: Duty, address: Callable[[Any], str]
) -> None:
    """Let people who hold one of ``duties`` attach documents to records of ``model``."""
    _HOLDERS[model] = Holder(duties, address)


holder_register(
    Vendor, Duty.TERMS, Duty.COMPLIANCE, address=lambda it: reverse("vendor-record", args=[it.code])
)
holder_register(
    Contract,
    Duty.TERMS,
    Duty.COMPLIANCE,
    address=lambda it: reverse("contract-terms", args=[it.reference]),
)


class DocumentForm(PlainForm):
    """A file with its title; ``is_internal`` only for readers who may keep something inside."""

    file = forms.FileField(
        label="File", allow_empty_file=True, help_text=f"{ACCEPTED}; up to 25 MiB."
    )
    title = forms.CharField(
        label="Title", max_length=200, required=False, help_text="By itself the file's name."
    )
    is_internal = forms.BooleanField(
        label="Keep it from the vendor", required=False, help_text="Vendor users never see it."
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="document_%s", **kwargs)
        if not scope.may(Duty.INTERNAL):
            del self.fields["is_internal"]


@dataclass(frozen=True, slots=True)
class DocumentsPanel:
    """What ``contracts/_documents.html`` shows of one record; ``form`` None: may not attach."""

    documents: tuple[Document, ...]
    add: str
    form: DocumentForm | None


def documents_panel(subject: models.Model, scope: Scope) -> DocumentsPanel:
    """The documents of ``subject`` with the form to attach one, in one query."""
    found = tuple(documents_of(subject, scope))
    may = _may_attach(subject, scope)
    add = reverse("document-add", args=[subject_of(subject)])
    return DocumentsPanel(found, add, DocumentForm(scope=scope) if may else None)


@page()
def document(request: HttpRequest, scope: Scope, number: int) -> FileResponse:
    """The file itself, always as a download: nothing of it runs here."""
    found, _ = document_by_number(number, scope)
    path = document_path(found)
    if not path.is_file():
        raise Http404(f"the file of document {number} is gone from the data directory")
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=found.filename, content_type=found.kind
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox"
    return answer


@page(writes=True)
def document_add(request: HttpRequest, scope: Scope, subject: str) -> HttpResponse:
    """Attach a file to a record; the form of the record's page posts here."""
    record = record_of(subject, scope)
    if not _may_attach(record, scope) or scope.reader is None:
        raise Http404("not for this reader")
    back = _HOLDERS[type(record)].address(record)
    form = DocumentForm(posted(request), request.FILES or None, scope=scope)
    if request.method == "POST" and form.is_valid() and _stored(form, record, scope):
        messages.success(request, f"“{form.cleaned_data['file'].name}” is attached to {record}.")
        return redirect(f"{back}#documents")
    context = {
        "form": form,
        "title": "Attach a document",
        "lede": str(record),
        "act": "Attach",
        "back": back,
        "crumbs": [Crumb(str(record), back), Crumb("Attach a document")],
    }
    return render(request, "contracts/edit.html", context)


@page(writes=True)
def document_put_away(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Take a document off its record's page; the file and its trail stay."""
    found, record = document_by_number(number, scope)
    if not _may_attach(record, scope) or not _is_theirs(found, scope) or found.archived_at:
        raise Http404("not for this reader")
    back = _HOLDERS[type(record)].address(record)
    if request.method == "POST":
        try:
            document_archive(document=found, subject=record, as_of=now())
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            messages.success(request, f"“{found.title}” was put away.")
        return redirect(f"{back}#documents")
    context = {
        "question": f"Put “{found.title}” away?",
        "text": "It leaves the page of its record. The file and what was done with it are kept.",
        "act": "Put it away",
        "back": back,
        "crumbs": [Crumb(str(record), back), Crumb("Put a document away")],
    }
    return render(request, "contracts/confirm.html", context)


def _stored(form: DocumentForm, record: models.Model, scope: Scope) -> bool:
    given = form.cleaned_data
    if scope.reader is None:
        return False
    try:
        document_store(
            upload=given["file"],
            subject=record,
            title=given["title"],
            is_internal=given.get("is_internal", False),
            uploaded_by=scope.reader,
        )
    except ValidationError as error:
        form.refuse(error)
    return form.is_valid()


def _is_theirs(document: Document, scope: Scope) -> bool:
    """A vendor's people put away what one of them attached themselves, and nothing of ours."""
    by_reader = scope.reader is not None and document.uploaded_by_id == scope.reader.pk
    return scope.is_internal or by_reader


def _may_attach(record: models.Model, scope: Scope) -> bool:
    holder = _HOLDERS.get(type(record))
    return holder is not None and scope.may(*holder.duties)
