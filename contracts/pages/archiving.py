"""Pages that take a record out of use and back: asked first, refused with the reason."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from contracts.models import Managed
from contracts.pages.editing import by_files, managed_page, posted
from kpotracker.toolkit.forms import PlainForm


class ReasonForm(PlainForm):
    """Why something leaves the lists."""

    reason = forms.CharField(label="Reason", required=False, max_length=400)


def archive_page(
    request: HttpRequest,
    record: Any,
    work: Callable[[str], Any],
    *,
    back: str,
    to: str,
    section: str,
) -> HttpResponse:
    """Ask for a reason, then do ``work`` with it and go on ``to`` the list."""
    form = ReasonForm(posted(request))
    if isinstance(record, Managed) and by_files(record):
        return managed_page(request, record, back)
    if request.method == "POST" and form.is_valid():
        try:
            work(form.cleaned_data["reason"])
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{record} is archived.")
            return redirect(to)
    context = {
        "question": f"Archive {record}?",
        "text": "It leaves the lists and is offered no more. What was recorded stays, and it can "
        "be brought back.",
        "act": "Archive",
    }
    return _asked(request, context, form, back, section)


def restore_page(
    request: HttpRequest, record: Any, work: Callable[[], Any], *, back: str, section: str
) -> HttpResponse:
    """Ask, then take the record back into use."""
    form = PlainForm(posted(request))
    if isinstance(record, Managed) and by_files(record):
        return managed_page(request, record, back)
    if request.method == "POST":
        try:
            work()
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{record} is in use again.")
            return redirect(back)
    context = {
        "question": f"Bring {record} back into use?",
        "text": "It returns to the lists as it was.",
        "act": "Bring it back",
    }
    return _asked(request, context, form, back, section)


def _asked(
    request: HttpRequest, context: dict[str, Any], form: PlainForm, back: str, section: str
) -> HttpResponse:
    surrounding = {"form": form, "back": back, "section": section}
    return render(request, "contracts/confirm.html", context | surrounding)
