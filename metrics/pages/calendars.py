"""Calendar feeds: made and revoked by their owner, and read by calendar programs."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from contracts.pages.base import Crumb
from contracts.pages.editing import posted
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from kpotracker.toolkit.rules import public
from metrics.pages.base import page
from metrics.pages.reviews import reader
from metrics.reviews.dates.document import calendar_document
from metrics.reviews.dates.feeds import (
    feed_make,
    feed_note_reading,
    feed_of,
    feed_revoke,
)
from metrics.selectors import scope as scoped


class FeedForm(PlainForm):
    """A new feed, named after where it is read."""

    name = forms.CharField(
        label="Where it will be read",
        max_length=60,
        help_text="Such as “Outlook at work”, so that you know which one to revoke.",
    )


@page(writes=True)
@sensitive_variables("made", "secret")
def calendar(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The reader's feeds; a new one's address is shown once, on the page that made it."""
    form, made = FeedForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        secret = feed_make(owner=reader(scope), name=form.cleaned_data["name"])
        made = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
        form = FeedForm()
    context = {
        "feeds": scoped.calendar_feeds(scope),
        "form": form,
        "made": made,
        "crumbs": (Crumb("Calendar feed"),),
        "section": "calendar",
    }
    return render(request, "metrics/calendar.html", context)


@page(writes=True)
def calendar_revoke(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Ask, then end a feed at once."""
    found = scoped.calendar_feeds(scope).filter(pk=number, revoked_at__isnull=True).first()
    if found is None:
        raise Http404(f"there is no feed {number}")
    if request.method == "POST":
        feed_revoke(feed=found, as_of=now())
        messages.success(request, f"“{found.name}” is revoked: its address is dead.")
        return redirect("calendar")
    context = {
        "question": f"Revoke “{found.name}”?",
        "text": "Calendars that read this address get nothing any more. It cannot be undone.",
        "act": "Revoke",
        "back": reverse("calendar"),
        "section": "calendar",
    }
    return render(request, "contracts/confirm.html", context)


@public("GET", "HEAD")
@require_http_methods(["GET", "HEAD"])
@sensitive_variables("secret")
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The dates of whoever owns the feed, as they may see them at this moment.

    An unknown, a revoked and a locked person's address give the same 404.
    """
    feed = feed_of(secret=secret)
    if feed is None:
        return _no_calendar()
    moment = now()
    feed_note_reading(feed=feed, as_of=moment)
    root = request.build_absolute_uri("/").rstrip("/")
    body = calendar_document(owner=feed.owner, as_of=moment, root=root)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="kpotracker.ics"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _no_calendar() -> HttpResponse:
    """The same for all that opens nothing; its path holds a secret and stays out of the log."""
    response = HttpResponse("There is no such calendar.\n", "text/plain", status=404)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django would log the path
    return response
