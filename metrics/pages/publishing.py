"""Publishing a scorecard, the list of its editions, and one edition as it was frozen."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contracts.pages.base import paged
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.models import Scorecard
from metrics.pages.base import page
from metrics.pages.subjects import Whose, shown_span, whose
from metrics.scorecards.cards import Card
from metrics.scorecards.comparing import changes_since
from metrics.scorecards.editions import edition_by_number, editions_of, newest_edition
from metrics.scorecards.frozen import card_of
from metrics.scorecards.gaps import Gap, gaps_of
from metrics.scorecards.publish import card_to_publish, digest_of, publish, silence_text
from metrics.selectors.spans import span_between

_EDITIONS_PER_PAGE = 36


class PublishForm(PlainForm):
    """``seen`` says which figures were on the page, so that no others are frozen unseen."""

    seen = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why it is published all the same",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Both sides read it on the edition.",
    )

    def __init__(self, *args: Any, gaps: Sequence[Gap], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        if gaps:
            reason.required = True
            reason.error_messages["required"] = silence_text(gaps)
        else:
            reason.label = "Remark"


@page()
def editions(request: HttpRequest, scope: Scope, /, **address: str) -> HttpResponse:
    """Every published edition of a contract's or a vendor's scorecard."""
    found = whose(scope, **address)
    shown = paged(request, editions_of(scope=scope, **found.subject), size=_EDITIONS_PER_PAGE)
    context = {
        "whose": found,
        "editions": shown,
        "crumbs": found.crumbs("Published scorecards"),
        "section": _section(found),
    }
    return render(request, "metrics/editions.html", context)


@page(Duty.PUBLISH, writes=True)
def publishing(request: HttpRequest, scope: Scope, /, **address: str) -> HttpResponse:
    """What would be frozen, what it lacks, and the button that freezes it."""
    found = whose(scope, **address)
    span, picker = shown_span(request, found, timezone.now().date())
    card = card_to_publish(span=span, **found.subject)
    gaps = gaps_of(card)
    form = PublishForm(request.POST or None, initial={"seen": digest_of(card)}, gaps=gaps)
    if request.method == "POST" and form.is_valid():
        done = _publish(request, scope, card, form)
        if done:
            messages.success(request, f"Edition {done.edition} of {span.words} is published.")
            return redirect("scorecard", done.pk)
    context = {
        "whose": found,
        "card": card,
        "picker": picker,
        "gaps": _by_kind(gaps),
        "form": form,
        "earlier": _against_last(scope, found, card),
        "crumbs": found.crumbs("Publish", span),
        "section": _section(found),
    }
    return render(request, "metrics/publish.html", context)


@page()
def edition(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A published edition, read from its frozen body; what has changed since is named above."""
    scorecard = _edition_or_404(number, scope)
    found = Whose(scorecard.contract, scorecard.vendor)
    frozen = card_of(scorecard)
    span = span_between(scorecard.first_day, scorecard.last_day)
    others = editions_of(scope=scope, **found.subject).filter(label=scorecard.label)
    context = {
        "scorecard": scorecard,
        "whose": found,
        "card": frozen,
        "is_frozen": True,
        "may_publish": scope.may(Duty.PUBLISH),
        "changes": changes_since(frozen, card_to_publish(span=span, **found.subject)),
        "newer": next((each for each in others if each.edition > scorecard.edition), None),
        "crumbs": found.crumbs(f"Edition {scorecard.edition}", span),
        "section": _section(found),
    }
    return render(request, "metrics/edition.html", context)


def _publish(request: HttpRequest, scope: Scope, card: Card, form: PublishForm) -> Scorecard | None:
    """The new edition, or None where the form now says why there is none."""
    if form.cleaned_data["seen"] != digest_of(card):
        again = request.POST.copy()
        again["seen"] = digest_of(card)
        form.data = again
        form.add_error(
            None, "Figures changed since you opened this page: look again, then publish."
        )
        return None
    try:
        return publish(
            card=card, by=str(scope.reader), as_of=now(), reason=form.cleaned_data["reason"]
        )
    except ValidationError as error:
        form.refuse(error)
        return None


def _by_kind(gaps: tuple[Gap, ...]) -> dict[str, list[Gap]]:
    kinds = ("missing", "unsettled", "late")
    return {kind: found for kind in kinds if (found := [g for g in gaps if g.kind == kind])}


def _against_last(scope: Scope, found: Whose, card: Card) -> dict[str, Any] | None:
    """The edition that counts so far, and how this one would differ from it."""
    newest = newest_edition(editions_of(scope=scope, **found.subject), card.span)
    if newest is None:
        return None
    return {"edition": newest, "changes": changes_since(card_of(newest), card)}


def _edition_or_404(number: int, scope: Scope) -> Scorecard:
    try:
        return edition_by_number(number, scope=scope)
    except Scorecard.DoesNotExist as error:
        raise Http404(f"no edition {number}") from error


def _section(found: Whose) -> str:
    return "contracts" if found.contract else "overview"
