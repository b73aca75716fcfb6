"""The wordings of letters: ours, and the buyer's own from a day on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.pages.editing import Desk, form_page, posted
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.letters.wording import FIELDS, wording_of, wording_of_ours, wording_save
from metrics.models.letters import LetterKind
from metrics.pages.base import page
from metrics.pages.letter_forms import WordingForm
from metrics.pages.reviews import reader
from metrics.selectors import scope as scoped


@page(Duty.TERMS)
def letter_wordings(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Every kind of letter with the wording in force and those before and after it."""
    kept = list(scoped.letter_wordings(scope).order_by("kind", "-valid_from"))
    context = {
        "kinds": [_shown(kind, kept) for kind in LetterKind],
        "crumbs": _crumbs("Wordings"),
        "section": "letters",
    }
    return render(request, "metrics/letter_wordings.html", context)


@page(Duty.TERMS, writes=True)
def letter_wording_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Keep a wording of one's own; ours is what it begins from."""
    asked = request.GET.get("kind", LetterKind.CLAIM)
    kind = asked if asked in LetterKind.values else LetterKind.CLAIM
    begun = wording_of(kind, on=now().date())
    form = WordingForm(
        posted(request),
        today=now().date(),
        initial={"kind": kind, "subject": begun.subject, "body": begun.body},
    )
    back = reverse("letter-wordings")
    desk = Desk(
        "Keep a wording of your own", "Keep it", back, "letters", _fields(kind), _crumbs("New")
    )
    return form_page(
        request,
        form,
        desk,
        work=lambda given: wording_save(by=str(reader(scope)), **given),
        said=lambda kept: f"{kept.get_kind_display()}: used from {kept.valid_from:%-d %B %Y}.",
        to=lambda _: back,
    )


def _shown(kind: LetterKind, kept: list[Any]) -> dict[str, Any]:
    return {
        "kind": kind,
        "own": [each for each in kept if each.kind == kind],
        "ours": wording_of_ours(kind),
        "fields": sorted(FIELDS[kind]),
    }


def _fields(kind: str) -> str:
    return f"Fields of this letter: {', '.join(sorted(FIELDS[kind]))}"


def _crumbs(text: str) -> tuple[Crumb, ...]:
    return (Crumb("Letters", reverse("letters")), Crumb(text))
