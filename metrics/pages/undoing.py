"""Taking a delivery back, and deciding about one that was set aside."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.pages.editing import posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.feeds.undoing import ingestion_give_up, ingestion_retry, undo_request
from metrics.models import Delivery
from metrics.pages.base import page
from metrics.selectors.deliveries import delivery_by_number, undoing_of

_GOES_ON = "It goes on from where it stopped; what is in stays in."
_GOES_BACK = "It goes on from where it stopped, until nothing of the delivery counts any more."


class ReasonForm(PlainForm):
    """Why somebody takes a delivery back."""

    reason = forms.CharField(
        label="Reason",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands beside the delivery and in the audit trail.",
    )


@page(Duty.FEEDS, writes=True)
def delivery_undo(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Undo a delivery that was loaded."""
    found = delivery_by_number(number, scope=scope)
    words = {
        "question": f"Undo {found.filename}?",
        "text": "Its rows give way to what the other deliveries of the feed say, as if it had never "
        "come. What later deliveries said stays. Figures are computed again; final ones are "
        "flagged, and change by a restatement only. The same file may be delivered again.",
        "act": "Undo the delivery",
    }
    said = "The delivery is being undone: figures follow once that is done."
    return _reasoned(request, scope, found, words, said, undo_request)


@page(Duty.FEEDS, writes=True)
def delivery_give_up(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Give up for good a delivery that was set aside."""
    found = delivery_by_number(number, scope=scope)
    words = {
        "question": f"Give up {found.filename} for good?",
        "text": "It is rejected: nothing of it counts, and parts that went in are taken back. Later "
        "deliveries of the feed go on. The same file may be delivered again.",
        "act": "Give it up",
    }
    said = "The delivery is rejected; later ones of its feed go on."
    return _reasoned(request, scope, found, words, said, ingestion_give_up)


@page(Duty.FEEDS, writes=True)
def delivery_retry(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Try a delivery that was set aside again, or its undoing where that was."""
    found = delivery_by_number(number, scope=scope)
    undoing = undoing_of(found.ingestion, scope=scope)
    if request.method == "POST":
        try:
            ingestion_retry(ingestion=undoing or found.ingestion)
            messages.success(request, "It is tried again, from where it stopped.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("delivery", found.pk)
    context = _around(
        found,
        {
            "question": f"Try {'to undo ' if undoing else ''}{found.filename} again?",
            "text": _GOES_BACK if undoing else _GOES_ON,
            "act": "Try again",
        },
    )
    return render(request, "contracts/confirm.html", context)


def _reasoned(
    request: HttpRequest,
    scope: Scope,
    found: Delivery,
    words: dict[str, str],
    said: str,
    work: Callable[..., object],
) -> HttpResponse:
    """Ask for a reason, and do ``work`` on the delivery's ingestion with it."""
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            work(ingestion=found.ingestion, reason=reason, asked_by=scope.reader, as_of=now())
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, said)
            return redirect("delivery", found.pk)
    return render(request, "contracts/confirm.html", _around(found, words) | {"form": form})


def _around(found: Delivery, words: dict[str, str]) -> dict[str, Any]:
    back = reverse("delivery", args=[found.pk])
    crumbs = [Crumb("Deliveries", reverse("deliveries")), Crumb(found.filename, back)]
    return {
        **words,
        "back": back,
        "section": "deliveries",
        "crumbs": [*crumbs, Crumb(words["act"])],
    }
