"""Who gets a scorecard by mail, and the page on which a recipient ends it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contracts.pages.base import WRITING
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from kpotracker.toolkit.rules import public
from metrics.models import MailingRecipient, ScorecardMailing
from metrics.pages.base import page
from metrics.pages.shares import unlisted
from metrics.pages.subjects import Whose, whose
from metrics.scorecards.mailings import (
    mailing_change,
    mailing_create,
    recipient_of,
    recipient_unsubscribe,
    subscribers,
)
from metrics.selectors import scope as scoped


class MailingForm(PlainForm):
    """When and to whom; addresses one to a line."""

    rhythm = forms.ChoiceField(label="Which editions", choices=ScorecardMailing.Rhythm.choices)
    days_after = forms.IntegerField(
        label="Days after an edition is published",
        min_value=0,
        max_value=60,
        initial=0,
        help_text="0 sends it at once. A corrected edition goes out again.",
    )
    emails = forms.CharField(
        label="Addresses",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One to a line. They need no account: the mail holds a link that opens this "
        "edition, the figures as text, and a workbook.",
    )

    @property
    def addresses(self) -> list[str]:
        given: str = self.cleaned_data["emails"]
        return given.replace(",", " ").replace(";", " ").split()


class ChangeForm(MailingForm):
    is_active = forms.BooleanField(label="Mails go out", required=False)


@page(Duty.PUBLISH, writes=True)
def mailings(request: HttpRequest, scope: Scope, /, **address: str) -> HttpResponse:
    """The mailings of a contract's or a vendor's scorecard, and a form for one more."""
    found = whose(scope, **address)
    form = MailingForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _created(form, found, scope):
        messages.success(request, "The mailing is set up, for what is published from now on.")
        return redirect(found.url("mailings"))
    known = scoped.mailings(scope).filter(**found.subject).select_related("created_by")
    context = {
        "whose": found,
        "form": form,
        "mailings": [(each, subscribers(each)) for each in known.prefetch_related("recipients")],
        "crumbs": found.crumbs("Mailings"),
        "section": "contracts" if found.contract else "overview",
    }
    return render(request, "metrics/mailings.html", context)


@page(Duty.PUBLISH, writes=True)
def mailing(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One mailing: when, to whom, who unsubscribed, and what went out."""
    known = scoped.mailings(scope).select_related("vendor", "contract__vendor")
    found = get_object_or_404(known.prefetch_related("recipients"), pk=number)
    form = ChangeForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid() and _changed(form, found):
        messages.success(request, "The mailing is changed.")
        return redirect("mailing", number)
    subject = Whose(found.contract, found.vendor)
    sent = scoped.scorecard_links(scope).filter(recipient__mailing=number)
    context = {
        "whose": subject,
        "mailing": found,
        "form": form,
        "gone": [each for each in found.recipients.all() if each.unsubscribed_at],
        "sent": sent.select_related("scorecard", "recipient").defer("scorecard__body")[:50],
        "crumbs": subject.crumbs("Mailing"),
        "section": "contracts" if found.contract else "overview",
    }
    return render(request, "metrics/mailing.html", context)


# The token is the authority: a mail program that ends a subscription with one click has no cookie.
@csrf_exempt
@public(*WRITING)
@require_http_methods(WRITING)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Where a recipient ends their mails: asked first, as mail scanners open every link."""
    try:
        recipient = recipient_of(token)
    except MailingRecipient.DoesNotExist as error:
        raise Http404("this link ends nothing") from error
    if request.method == "POST":
        recipient = recipient_unsubscribe(recipient=recipient, as_of=now())
    context = {
        "recipient": recipient,
        "whose": Whose(recipient.mailing.contract, recipient.mailing.vendor),
    }
    return unlisted(render(request, "metrics/unsubscribe.html", context))


def _initial(found: ScorecardMailing) -> dict[str, Any]:
    return {
        "rhythm": found.rhythm,
        "days_after": found.days_after,
        "is_active": found.is_active,
        "emails": "\n".join(each.email for each in subscribers(found)),
    }


def _created(form: MailingForm, found: Whose, scope: Scope) -> bool:
    assert scope.reader is not None  # a page is for people
    given = form.cleaned_data
    try:
        mailing_create(
            rhythm=given["rhythm"],
            days_after=given["days_after"],
            emails=form.addresses,
            created_by=scope.reader,
            as_of=now(),
            **found.subject,
        )
    except ValidationError as error:
        form.refuse(error)
        return False
    return True


def _changed(form: ChangeForm, found: ScorecardMailing) -> bool:
    given = form.cleaned_data
    try:
        mailing_change(
            mailing=found,
            rhythm=given["rhythm"],
            days_after=given["days_after"],
            is_active=given["is_active"],
            emails=form.addresses,
            as_of=now(),
        )
    except ValidationError as error:
        form.refuse(error)
        return False
    return True
