"""Notices on the pages, the delivery log, and mutes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb, paged
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from metrics.alerts.outbox import message_retry
from metrics.alerts.reading import (
    PAGES,
    deliveries_log,
    notices_list,
    notices_mark_read,
    told,
    unread_count,
)
from metrics.alerts.sending import message_send
from metrics.alerts.subscription_services import KINDS, mute_create, mute_end
from metrics.models import AlertEvent, AlertMessage, NoticeDelivery
from metrics.pages.alert_forms import MuteForm
from metrics.pages.base import page
from metrics.selectors import scope as scoped

_PER_PAGE = 50
_MOST_SHOWN = 99


@dataclass(frozen=True)
class Bell:
    """The reader's unread notices, counted when the header asks for it."""

    scope: Scope

    @cached_property
    def count(self) -> int:
        return unread_count(self.scope)

    @property
    def text(self) -> str:
        return f"{_MOST_SHOWN}+" if self.count > _MOST_SHOWN else str(self.count)


def bell(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``bell`` for whoever has signed in."""
    scope = getattr(request, "scope", None)
    return {"bell": Bell(scope)} if scope is not None and scope.reader else {}


@page()
def notices(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The reader's own notices, newest first; without a filter all of them."""
    show, kind = request.GET.get("show", ""), _known(request.GET.get("kind", ""), KINDS)
    found = notices_list(scope, unread_only=show == "unread", kind=kind)
    shown = paged(request, found, size=_PER_PAGE)
    context = {
        "notices": shown,
        "rows": told(list(shown)),
        "show": "unread" if show == "unread" else "",
        "kind": kind,
        "kinds": _kinds(),
        "section": "notices",
    }
    return render(request, "metrics/notices.html", context)


@page(writes=True)
def notices_read(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Mark one notice as read, or all of them; a link that is followed marks its own."""
    if request.method == "POST":
        one = request.POST.get("notice", "")
        number = int(one) if one.isascii() and one.isdigit() and len(one) < 18 else None
        if number is not None or one == "all":
            notices_mark_read(scope, as_of=now(), notice=number)
    return redirect("notices")


@page()
def notice_open(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Go to what a notice is about; having gone there, it is read."""
    found = get_object_or_404(notices_list(scope), pk=number)
    if request.method == "GET":
        notices_mark_read(scope, as_of=now(), notice=found.pk)
    return redirect(told([found])[0].path)


@page()
def alerts_log(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Who was told of what, by which channel, when, and what was not sent and why."""
    channels = scoped.alert_channels(scope)
    filters = {
        "state": [("", "Any"), *NoticeDelivery.State.choices],
        "kind": [("", "Any"), *_kinds(), (AlertEvent.Kind.TEST, AlertEvent.Kind.TEST.label)],
        "vendor": [("", "Any"), *contracts_scope.vendors(scope).values_list("code", "name")],
        "channel": [("", "Any"), (PAGES, "On the pages"), *((str(c.pk), c.name) for c in channels)],
    }
    chosen = {
        name: _known(request.GET.get(name, ""), [value for value, _ in options])
        for name, options in filters.items()
    }
    lines = paged(request, deliveries_log(scope, **chosen), size=_PER_PAGE)
    context = {
        "lines": lines,
        "rows": told(list(lines)),
        "filters": [(name, name.capitalize(), chosen[name], filters[name]) for name in filters],
        "is_filtered": any(chosen.values()),
        "may_retry": scope.may(Duty.ALERTS),
        "crumbs": [Crumb("Alert subscriptions", reverse("subscriptions")), Crumb("Delivery log")],
        "section": "subscriptions",
    }
    return render(request, "metrics/alerts_log.html", context)


@page(Duty.ALERTS, writes=True)
def message_again(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Send a message that was given up once more, and say how it went."""
    message = get_object_or_404(AlertMessage, pk=number)
    if request.method == "POST" and message_retry(message=message):
        state = message_send(message_id=message.pk)
        if state == AlertMessage.State.SENT:
            messages.success(request, "It was delivered.")
        else:
            messages.error(request, "It was not delivered. It is tried again.")
    return redirect("alerts-log")


@page(writes=True)
def mutes(request: HttpRequest, scope: Scope) -> HttpResponse:
    """What is silent, until when and why, and a form for one more."""
    named = {name: request.GET.get(name, "") for name in ("kpi", "contract", "vendor")}
    form = MuteForm(request.POST or None, scope=scope, initial=named)
    if request.method == "POST" and form.is_valid() and _muted(form, scope):
        messages.success(request, "Notices about it are held back.")
        return redirect("mutes")
    found = scoped.alert_mutes(scope).filter(until__gt=now())
    context = {
        "form": form,
        "mutes": found.select_related("kpi", "contract", "vendor", "owner", "created_by"),
        "may_end_common": scope.may(Duty.ALERTS, Duty.CASES),
        "crumbs": [Crumb("Alert subscriptions", reverse("subscriptions")), Crumb("Mutes")],
        "section": "subscriptions",
    }
    return render(request, "metrics/mutes.html", context)


@page(writes=True)
def mute_stop(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """End a mute now: one's own, or everybody's for who looks after cases."""
    found = scoped.alert_mutes(scope)
    if not scope.may(Duty.ALERTS, Duty.CASES):
        found = found.exclude(owner=None)
    mute = get_object_or_404(found, pk=number)
    if request.method == "POST":
        mute_end(mute=mute, as_of=now())
        messages.success(request, "Notices about it go out again.")
    return redirect("mutes")


def _muted(form: MuteForm, scope: Scope) -> bool:
    assert scope.reader is not None
    given = form.cleaned_data
    try:
        mute_create(
            subject=given["subject"],
            until=form.until,
            reason=given["reason"],
            created_by=scope.reader,
            as_of=now(),
            for_everybody=bool(given.get("for_everybody")),
        )
    except ValidationError as error:
        form.refuse(error)
    return not form.errors


def _kinds() -> list[tuple[str, str]]:
    return [(kind, str(AlertEvent.Kind(kind).label)) for kind in KINDS]


def _known(asked: str, values: Any) -> str:
    return asked if asked in values else ""
