"""Actions that reviews agreed on: the list, and one action until it is done."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from contracts.pages.base import Crumb, paged
from contracts.pages.editing import Desk, form_page, posted
from contracts.pages.listing import FilterForm, choice_field
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.selectors.timeline import timeline_of
from kpotracker.toolkit.dbclock import now
from metrics.models import ReviewAction
from metrics.pages.base import page
from metrics.pages.review_forms import ActionForm, CloseForm, ReasonForm, action_initial
from metrics.pages.reviews import review_of
from metrics.reviews.actions import (
    action_agree,
    action_change,
    action_close,
    action_reopen,
    may_close,
)
from metrics.reviews.lists import actions_list
from metrics.selectors import scope as scoped

_PER_PAGE = 50
_STATES = [("done", "Done"), ("dropped", "Dropped"), ("all", "All")]


class ActionFilters(FilterForm):
    """What narrows the list of actions."""

    vendor = choice_field("Vendor", [], "All vendors")
    state = choice_field("State", _STATES, "Open")
    whose = choice_field("Whose", [("mine", "Mine")], "Everybody's")
    due = choice_field("Due", [("overdue", "Overdue")], "Any day")


@page()
def actions(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Actions by the day they are due; without a filter those that are open."""
    codes = contracts_scope.vendors(scope).values_list("code", "name")
    filters = ActionFilters(request, {"vendor": [("", "All vendors"), *codes]})
    today = timezone.now().date()
    found = _narrowed(filters.chosen, scope, today)
    context = {
        "page": paged(request, found, size=_PER_PAGE),
        "filters": filters,
        "today": today,
        "section": "actions",
    }
    return render(request, "metrics/actions.html", context)


@page()
def action(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One action: who owes it by when, and what became of it."""
    found = action_of(number, scope)
    context = {
        "action": found,
        "today": timezone.now().date(),
        "may_close": found.is_open and may_close(found, scope),
        "may_run": scope.may(Duty.PUBLISH),
        "timeline": timeline_of(found, scope),
        "crumbs": _crumbs(f"Action {found.pk}"),
        "section": "actions",
    }
    return render(request, "metrics/action.html", context)


@page(Duty.PUBLISH, writes=True)
def review_action(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Agree on an action in a review."""
    found = review_of(number, scope)
    today = now().date()
    back = reverse("review", args=[found.pk])
    return form_page(
        request,
        ActionForm(posted(request), vendor=found.vendor, scope=scope),
        Desk("Agree on an action", "Agree", back, "reviews", str(found)),
        work=lambda given: action_agree(review=found, agreed_on=found.held_on or today, **given),
        said=lambda agreed: f"Agreed: {agreed.who}, due {agreed.due_on:%-d %B %Y}.",
        to=lambda _: f"{back}#actions",
    )


@page(Duty.PUBLISH, writes=True)
def action_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Change an open action's wording, owner or date."""
    found = action_of(number, scope)
    form = ActionForm(
        posted(request), vendor=found.vendor, scope=scope, initial=dict(action_initial(found))
    )
    return form_page(
        request,
        form,
        _desk(found, "Change the action", "Save"),
        work=lambda given: action_change(action=found, **given),
        said=lambda _: "Changed.",
        to=_address,
    )


@page(writes=True)
def action_done(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Mark an action done or dropped: by its owner, or by who runs reviews."""
    found = action_of(number, scope)
    if not may_close(found, scope):
        raise Http404("this action is somebody else's")
    return form_page(
        request,
        CloseForm(posted(request)),
        _desk(found, "Close the action", "Close it"),
        work=lambda given: action_close(action=found, closed_on=now().date(), **given),
        said=lambda closed: f"{closed.get_state_display()}.",
        to=_address,
    )


@page(Duty.PUBLISH, writes=True)
def action_again(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Take up again what was closed."""
    found = action_of(number, scope)
    return form_page(
        request,
        ReasonForm(posted(request)),
        _desk(found, "Take the action up again", "Reopen"),
        work=lambda given: action_reopen(action=found, **given),
        said=lambda _: "Open again.",
        to=_address,
    )


def action_of(number: int, scope: Scope) -> ReviewAction:
    """The action as far as ``scope`` sees it. Raises Http404."""
    joined = scoped.review_actions(scope).select_related("vendor", "owner", "review__vendor")
    found = joined.filter(pk=number).first()
    if found is None:
        raise Http404(f"there is no action {number}")
    return found


def _narrowed(chosen: dict[str, Any], scope: Scope, today: date) -> QuerySet[ReviewAction]:
    state = chosen.get("state", ReviewAction.State.OPEN)
    return actions_list(
        scope=scope,
        today=today,
        vendor=chosen.get("vendor", ""),
        state="" if state == "all" else state,
        mine="whose" in chosen,
        overdue="due" in chosen,
    )


def _desk(found: ReviewAction, title: str, act: str) -> Desk:
    trail = (*_crumbs(f"Action {found.pk}", _address(found)), Crumb(title))
    return Desk(title, act, _address(found), "actions", found.text, trail)


def _crumbs(text: str, url: str = "") -> tuple[Crumb, ...]:
    return (Crumb("Actions", reverse("actions")), Crumb(text, url))


def _address(found: Any) -> str:
    return reverse("action", args=[found.pk])
