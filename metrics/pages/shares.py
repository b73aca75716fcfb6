"""Links to a published scorecard: made, listed and revoked by buyers, opened by anybody."""

from datetime import UTC, datetime, time

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from contracts.pages.base import READING
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from kpotracker.toolkit.rules import public
from metrics.models import Scorecard, ScorecardLink
from metrics.pages.base import page
from metrics.pages.subjects import Whose
from metrics.scorecards.frozen import card_of
from metrics.scorecards.links import (
    USUAL,
    LinkRefusedError,
    NewLink,
    link_create,
    link_note_use,
    link_of,
    link_revoke,
)
from metrics.selectors import scope as scoped
from metrics.selectors.wording import Word, link_word


class LinkForm(PlainForm):
    """For whom a link is, and until when it opens."""

    made_for = forms.CharField(label="For whom", max_length=200)
    last_day = forms.DateField(label="Opens until", help_text="At the latest in a year.")


@page(Duty.PUBLISH, writes=True)
def links(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """The links of an edition, and a form for one more, whose secret is shown this once."""
    scorecard = get_object_or_404(
        scoped.scorecards(scope).select_related("vendor", "contract__vendor"), pk=number
    )
    moment = now()
    form = LinkForm(request.POST or None, initial={"last_day": (moment + USUAL).date()})
    made = None
    if request.method == "POST" and form.is_valid():
        made = _made(form, scorecard, scope, moment)
    found = Whose(scorecard.contract, scorecard.vendor)
    context = {
        "scorecard": scorecard,
        "whose": found,
        "form": form if made is None else LinkForm(initial=form.initial),
        "address": _address(request, made) if made else "",
        "links": [(link, _word(link, moment)) for link in _links(scope, scorecard)],
        "crumbs": found.crumbs(f"Edition {scorecard.edition}: links"),
        "section": "contracts" if found.contract else "overview",
    }
    return render(request, "metrics/links.html", context)


@page(Duty.PUBLISH, writes=True)
def link_end(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Revoke a link: it opens nothing any more."""
    link = get_object_or_404(scoped.scorecard_links(scope).select_related("scorecard"), pk=number)
    if request.method == "POST":
        link_revoke(link=link, as_of=now())
        messages.success(request, f"The link for {link.made_for} opens nothing any more.")
    return redirect("scorecard-links", link.scorecard_id)


@public(*READING)
@require_http_methods(READING)
@sensitive_variables("secret")
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """A published edition for whoever holds its link: the frozen body and nothing else."""
    moment = now()
    try:
        link = link_of(secret=secret, as_of=moment)
    except LinkRefusedError as error:
        raise Http404(str(error)) from error
    if request.method == "GET":
        link_note_use(link=link, as_of=moment)
    context = {"scorecard": link.scorecard, "card": card_of(link.scorecard), "link": link}
    answer = render(request, "metrics/shared.html", context | {"is_frozen": True, "bare": True})
    return unlisted(answer)


def unlisted(answer: HttpResponse) -> HttpResponse:
    """Keep an answer behind a secret address out of search engines and caches."""
    answer["X-Robots-Tag"] = "noindex, nofollow"
    patch_cache_control(answer, private=True, no_store=True)
    return answer


def _made(form: LinkForm, scorecard: Scorecard, scope: Scope, moment: datetime) -> NewLink | None:
    end = datetime.combine(form.cleaned_data["last_day"], time.max, UTC)
    try:
        return link_create(
            scorecard=scorecard,
            made_for=form.cleaned_data["made_for"],
            expires_at=end,
            as_of=moment,
            created_by=scope.reader,
        )
    except ValidationError as error:
        form.refuse(error)
        return None


def _links(scope: Scope, scorecard: Scorecard) -> QuerySet[ScorecardLink]:
    made = scoped.scorecard_links(scope).filter(scorecard=scorecard)
    return made.select_related("created_by")


def _address(request: HttpRequest, made: NewLink) -> str:
    return request.build_absolute_uri(reverse("shared-scorecard", args=[made.secret]))


def _word(link: ScorecardLink, moment: datetime) -> Word:
    if link.revoked_at is not None:
        return link_word("revoked")
    return link_word("open" if link.expires_at > moment else "ended")
