"""Reviews: the list, one review with what it has to talk about, and what is written down there."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from contracts.models import User, Vendor
from contracts.pages.base import Crumb, paged
from contracts.pages.editing import Desk, form_page, posted
from contracts.pages.listing import FilterForm, choice_field
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.models import KpiPeriod, Review
from metrics.pages.base import page
from metrics.pages.review_forms import (
    DecisionForm,
    HoldForm,
    NoteForm,
    ReasonForm,
    ReviewForm,
)
from metrics.reviews.lists import actions_shown, reviews_list
from metrics.reviews.meetings import (
    decision_write,
    note_write,
    review_call_off,
    review_change,
    review_hold,
    review_plan,
)
from metrics.scorecards.rows import breach_row
from metrics.selectors import scope as scoped
from metrics.selectors.breaches import UNSETTLED, breaches_list
from metrics.selectors.results import of_vendor
from metrics.selectors.wording import status_word

_PER_PAGE = 50
_SHOWN = 8
_LOOKS_BACK = timedelta(days=92)
_STATES = [("upcoming", "Upcoming"), ("held", "Held"), ("called_off", "Called off")]


class ReviewFilters(FilterForm):
    """What narrows the list of reviews."""

    vendor = choice_field("Vendor", [], "All vendors")
    kind = choice_field("Kind", list(Review.Kind.choices), "Any kind")
    state = choice_field("State", _STATES, "All")


@page()
def reviews(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Reviews to come and those that were held."""
    codes = contracts_scope.vendors(scope).values_list("code", "name")
    filters = ReviewFilters(request, {"vendor": [("", "All vendors"), *codes]})
    found = reviews_list(scope=scope, **filters.chosen)
    context = {
        "page": paged(request, found, size=_PER_PAGE),
        "filters": filters,
        "may_plan": scope.may(Duty.PUBLISH),
        "today": timezone.now().date(),
        "section": "reviews",
    }
    return render(request, "metrics/reviews.html", context)


@page()
def review(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One review: its agenda, what it decided, its actions and its packs."""
    found = review_of(number, scope)
    agreed, carried = actions_shown(found, scope=scope)
    context = {
        "review": found,
        "contracts": found.contracts.order_by("reference"),
        "today": timezone.now().date(),
        "notes": scoped.review_notes(scope).filter(review=found).order_by("id"),
        "decisions": scoped.review_decisions(scope).filter(review=found).order_by("id"),
        "actions": agreed,
        "carried": carried,
        "packs": scoped.packs(scope).filter(review=found),
        "may_run": scope.may(Duty.PUBLISH),
        "crumbs": _crumbs(str(found)),
        "section": "reviews",
    }
    context |= _to_talk_about(found, scope) if found.is_upcoming else {}
    if scope.may(Duty.PUBLISH) and not found.called_off_on:
        context |= _forms()
    return render(request, "metrics/review.html", context)


@page(Duty.PUBLISH, writes=True)
def review_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Plan a review."""
    code = request.GET.get("vendor", "")
    vendor = contracts_scope.vendors(scope).filter(code=code).first() if code else None
    initial = {"vendor": vendor, "chair": scope.reader}
    form = ReviewForm(posted(request), scope=scope, vendor=vendor, initial=initial)
    return form_page(
        request,
        form,
        Desk("Plan a review", "Plan", reverse("reviews"), "reviews", crumbs=_crumbs("New")),
        work=lambda given: review_plan(**given),
        said=lambda planned: f"Planned for {planned.planned_on:%-d %B %Y}.",
        to=_address,
    )


@page(Duty.PUBLISH, writes=True)
def review_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Change a review's day, chair and what it is about."""
    found = review_of(number, scope)
    initial = {
        name: getattr(found, name) for name in ("kind", "planned_on", "attendees", "is_internal")
    }
    initial |= {"chair": found.chair_id, "contracts": found.contracts.all()}
    form = ReviewForm(
        posted(request), scope=scope, vendor=found.vendor, review=found, initial=initial
    )
    return form_page(
        request,
        form,
        _desk(found, "Change the review", "Save"),
        work=lambda given: review_change(review=found, **given),
        said=lambda _: "Changed.",
        to=_address,
    )


@page(Duty.PUBLISH, writes=True)
def review_held(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Say that the review took place."""
    found, today = review_of(number, scope), now().date()
    initial = {"held_on": min(found.planned_on, today), "attendees": found.attendees}
    return form_page(
        request,
        HoldForm(posted(request), initial=initial),
        _desk(found, "The review took place", "Note it as held"),
        work=lambda given: review_hold(review=found, today=today, **given),
        said=lambda held: f"Held on {held.held_on:%-d %B %Y}.",
        to=_address,
    )


@page(Duty.PUBLISH, writes=True)
def review_off(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Call a planned review off."""
    found = review_of(number, scope)
    return form_page(
        request,
        ReasonForm(posted(request)),
        _desk(found, "Call the review off", "Call it off", "Open actions wait for the next one."),
        work=lambda given: review_call_off(review=found, today=now().date(), **given),
        said=lambda _: "Called off.",
        to=_address,
    )


@page(Duty.PUBLISH, writes=True)
def review_note(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Put a point on the agenda, or take a note."""
    found = review_of(number, scope)
    return form_page(
        request,
        NoteForm(posted(request)),
        _desk(found, "Add to the agenda", "Add"),
        work=lambda given: note_write(review=found, by=reader(scope), **given),
        said=lambda _: "Added to the agenda.",
        to=lambda _: _address(found, "#agenda"),
    )


@page(Duty.PUBLISH, writes=True)
def review_decision(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Write down what was decided."""
    found = review_of(number, scope)
    return form_page(
        request,
        DecisionForm(posted(request)),
        _desk(found, "Write down a decision", "Write it down"),
        work=lambda given: decision_write(review=found, by=reader(scope), **given),
        said=lambda _: "Decision written down.",
        to=lambda _: _address(found, "#decisions"),
    )


def review_of(number: int, scope: Scope) -> Review:
    """The review as far as ``scope`` sees it. Raises Http404."""
    found = scoped.reviews(scope).select_related("vendor", "chair").filter(pk=number).first()
    if found is None:
        raise Http404(f"there is no review {number}")
    return found


def reader(scope: Scope) -> User:
    """The person at the page: pages are for people who signed in."""
    assert scope.reader is not None
    return scope.reader


def _forms() -> dict[str, forms.Form]:
    """The forms on a review's page; ids apart, as one page holds them all."""
    return {
        "note_form": NoteForm(auto_id="note_%s"),
        "decision_form": DecisionForm(auto_id="decision_%s"),
    }


def _to_talk_about(found: Review, scope: Scope) -> dict[str, Any]:
    """What fills the agenda by itself: unsettled cases, and figures that should be there."""
    cases = breaches_list(scope=scope, vendor=found.vendor.code, state=UNSETTLED)
    shown = list(cases[: _SHOWN + 1])
    return {
        "cases": [breach_row(case) for case in shown[:_SHOWN]],
        "more_cases": len(shown) > _SHOWN,
        "missing": _missing(found.vendor, found.planned_on, scope),
    }


def _missing(vendor: Vendor, until: date, scope: Scope) -> list[dict[str, Any]]:
    """Ended periods without a figure in the last quarter before the review."""
    ended = scoped.periods(scope).filter(
        of_vendor(vendor.code, "kpi__"),
        Q(current__isnull=True) | Q(current__value_float__isnull=True),
        last_day__range=(until - _LOOKS_BACK, until),
        kpi__archived_at__isnull=True,
    )
    late = ended.exclude(phase=KpiPeriod.Phase.RUNNING).select_related("kpi")
    return [
        {"head": head, "word": status_word(head.status)}
        for head in late.order_by("-last_day", "kpi__name")[:_SHOWN]
    ]


def _desk(found: Review, title: str, act: str, lede: str = "") -> Desk:
    back = _address(found)
    trail = (*_crumbs(str(found), back), Crumb(title))
    return Desk(title, act, back, "reviews", lede or str(found), trail)


def _crumbs(text: str, url: str = "") -> tuple[Crumb, ...]:
    return (Crumb("Reviews", reverse("reviews")), Crumb(text, url))


def _address(found: Review, place: str = "") -> str:
    return reverse("review", args=[found.pk]) + place
