"""Credit notes: drafted from what is posted, issued for good, downloaded."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify

from contracts.pages.base import Crumb
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import contract_by_reference
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.credits.notefiles import note_csv, note_pdf
from metrics.credits.notes import draft_body, note_draft, note_issue
from metrics.models import CreditNote
from metrics.pages.base import page
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import name_within
from metrics.selectors.spans import Span, day_of


@page()
def credit_note(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A credit note as it was issued."""
    found = note_of(number, scope)
    context = {
        "note": found,
        "body": found.body,
        "issued_by": name_within(scope, found.issued_by),
        "crumbs": _crumbs(found.contract.reference, found.contract.title, found.reference),
        "section": "credits",
    }
    return render(request, "metrics/credit_note.html", context)


@page()
def credit_note_file(request: HttpRequest, scope: Scope, number: int, kind: str) -> HttpResponse:
    """An issued note as a file."""
    return note_answer(note_of(number, scope), kind)


@page(Duty.CASES, writes=True)
def credit_note_new(
    request: HttpRequest, scope: Scope, reference: str, first_day: str
) -> HttpResponse:
    """What the note of a credit period would say, and its issue."""
    contract = contract_by_reference(reference, scope=scope)
    span, back = _day(first_day), reverse("contract-credits", args=[contract.reference])
    try:
        if request.method == "POST":
            note = note_issue(contract=contract, span=span, scope=scope, as_of=now())
            messages.success(request, f"Credit note {note.reference} is issued.")
            return redirect(reverse("credit-note", args=[note.pk]))
        draft = note_draft(contract=contract, span=span, scope=scope)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect(back)
    context = {
        "contract": contract,
        "draft": draft,
        "body": draft_body(draft),
        "back": back,
        "crumbs": _crumbs(contract.reference, contract.title, "Issue a credit note"),
        "section": "credits",
    }
    return render(request, "metrics/credit_note_new.html", context)


def _day(text: str) -> Span:
    """The first day of a credit period, as addresses state it. Raises Http404."""
    try:
        return day_of(date.fromisoformat(text))
    except ValueError as error:
        raise Http404(f"{text!r} is no day") from error


def note_of(number: int, scope: Scope) -> CreditNote:
    """The note as far as ``scope`` sees it. Raises Http404."""
    notes = scoped.credit_notes(scope).select_related("contract__vendor", "corrects__contract")
    found = notes.filter(pk=number).first()
    if found is None:
        raise Http404(f"there is no credit note {number}")
    return found


def note_answer(note: CreditNote, kind: str) -> HttpResponse:
    """The download of a note. Raises Http404 for another kind of file."""
    if kind == "pdf":
        answer = HttpResponse(note_pdf(note.body, note.digest), content_type="application/pdf")
    elif kind == "csv":
        answer = HttpResponse(note_csv(note.body), content_type="text/csv; charset=utf-8")
    else:
        raise Http404("credit notes come as pdf and csv")
    name = slugify(note.reference)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _crumbs(reference: str, title: str, text: str) -> tuple[Crumb, ...]:
    way = Crumb(title, reverse("contract-credits", args=[reference]))
    return (Crumb("Service credits", reverse("credits")), way, Crumb(text))
