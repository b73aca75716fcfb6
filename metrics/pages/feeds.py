"""Feeds: what each owes and when, what it is read as, and its last deliveries."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from contracts.pages.base import Crumb, paged
from contracts.pages.editing import Desk, by_files, form_page, managed_page, posted
from contracts.pages.listing import FilterForm, choice_field, list_context, search_field
from contracts.pages.saved_views import list_register
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.forms import PlainForm
from metrics.feeds.schedules import schedule_set
from metrics.models import Feed, FeedSchedule
from metrics.pages.base import page
from metrics.pages.uploads import feed_meanings
from metrics.selectors import scope as scoped
from metrics.selectors.deliveries import deliveries_list
from metrics.selectors.feeds import feed_by_code, feeds_list, kpis_reached, waiting_for
from metrics.selectors.owed import Owed, owed_deliveries

_PER_PAGE = 50
_LAST = 10
_BACK = timedelta(days=366)
_PERIODS = 12
list_register("feeds", "Feeds")


class FeedFilters(FilterForm):
    """What narrows the list of feeds."""

    q = search_field("Name or code")
    vendor = choice_field("Vendor", [], "All vendors")

    def __init__(self, request: HttpRequest, scope: Scope) -> None:
        known = contracts_scope.vendors(scope).values_list("code", "name")
        super().__init__(request, choices={"vendor": [("", "All vendors"), *known]})


class ScheduleForm(PlainForm):
    """What a feed owes from a day on."""

    valid_from = forms.DateField(label="From", help_text="The first day that is owed.")
    every = forms.ChoiceField(label="One delivery", choices=FeedSchedule.Every.choices)
    due_days = forms.IntegerField(
        label="Due days after the period's last day", min_value=0, max_value=366, initial=1
    )
    due_time = forms.TimeField(
        label="Due at", initial="12:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    zone = forms.CharField(
        label="In the time zone of",
        max_length=64,
        initial="UTC",
        help_text="Such as Europe/Dublin.",
    )
    grace_hours = forms.IntegerField(
        label="Hours of grace",
        min_value=0,
        max_value=2_400,
        initial=0,
        help_text="It counts as overdue once they are over.",
    )
    last_day = forms.DateField(
        label="Through", required=False, help_text="Leave it open where no end is agreed."
    )


@page()
def feeds(request: HttpRequest, scope: Scope) -> HttpResponse:
    """All feeds that take files, with their last arrival."""
    filters = FeedFilters(request, scope)
    chosen = filters.chosen
    found = feeds_list(scope=scope, vendor=chosen.get("vendor", ""), text=chosen.get("q", ""))
    shown = paged(request, found, size=_PER_PAGE)
    owed = owed_deliveries(scope=scope, as_of=now(), feeds=list(shown))
    rows = [(each, _next(each, owed)) for each in shown]
    context = {"rows": rows, "page": shown, "section": "deliveries"}
    context |= list_context(request, scope, filters, "feeds")
    return render(request, "metrics/feeds.html", context)


@page()
def feed(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """One feed: what it owes, how it is read, and what arrived last."""
    found = feed_by_code(code, scope=scope)
    owed = owed_deliveries(scope=scope, as_of=now(), feeds=[found], back=_BACK)
    context = {
        "feed": found,
        "owed": sorted(owed, key=lambda one: one.last_day, reverse=True)[:_PERIODS],
        "schedules": list(scoped.schedules(scope).filter(feed=found).order_by("-valid_from")),
        "kpis": list(kpis_reached(found, scope=scope)),
        "meanings": feed_meanings(found),
        "last": list(deliveries_list(scope=scope, feed=found.code)[:_LAST]),
        "parked": waiting_for(found, scope=scope),
        "takes_files": found.kind != Feed.Kind.MANUAL and found.archived_at is None,
        "may_deliver": scope.may(Duty.DELIVER),
        "may_state": scope.may(Duty.FEEDS) and found.kind == Feed.Kind.DATA,
        "section": "deliveries",
        "crumbs": [Crumb("Feeds", reverse("feeds")), Crumb(found.name)],
    }
    return render(request, "metrics/feed.html", context)


@page(Duty.FEEDS, writes=True)
def feed_schedule(request: HttpRequest, scope: Scope, code: str) -> HttpResponse:
    """State what a feed owes and when."""
    found = feed_by_code(code, scope=scope)
    if found.kind != Feed.Kind.DATA:
        raise Http404("such a feed owes nothing")
    back = reverse("feed", args=[found.code])
    if by_files(found):
        return managed_page(request, found, back)
    form = ScheduleForm(posted(request), initial=_initial(found))
    desk = Desk(
        title=f"What {found.name} owes",
        lede="A line that begins later takes over from then on; what was owed before stays.",
        act="Save",
        back=back,
        section="deliveries",
        crumbs=(Crumb("Feeds", reverse("feeds")), Crumb(found.name, back), Crumb("What it owes")),
    )
    return form_page(
        request,
        form,
        desk,
        work=lambda given: schedule_set(feed=found, **given),
        said=lambda line: f"{found.name} owes one delivery {line.get_every_display().lower()}.",
        to=lambda _: back,
    )


def _initial(found: Feed) -> dict[str, Any]:
    line = found.schedules.order_by("-valid_from").first()
    if line is None:
        return {"valid_from": now().date().replace(day=1)}
    names = ("valid_from", "every", "due_days", "zone", "grace_hours", "last_day")
    return {name: getattr(line, name) for name in names} | {"due_time": f"{line.due_time:%H:%M}"}


def _next(found: Feed, owed: list[Owed]) -> Owed | None:
    """What matters most of what a feed owes: the most urgent that is not here."""
    return next((one for one in owed if one.feed.pk == found.pk and not one.arrived_at), None)
