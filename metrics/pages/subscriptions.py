"""What one is told of: one's own subscriptions and, for who may, those of the roles."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from contracts.pages.base import Crumb
from contracts.selectors.scope import Scope
from metrics.alerts.routing import DEFAULTS
from metrics.alerts.subscription_services import (
    subscription_change,
    subscription_create,
    subscription_end,
)
from metrics.models import AlertEvent, AlertSubscription
from metrics.pages.alert_forms import SubscriptionForm, initial_of
from metrics.pages.base import page
from metrics.selectors import scope as scoped


@page()
def subscriptions(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Everything that decides what this reader is told of, and by which way."""
    lines = scoped.alert_subscriptions(scope).filter(is_active=True)
    lines = lines.select_related("channel", "vendor", "contract", "owner")
    channels = scoped.alert_channels(scope)
    context = {
        "own": [line for line in lines if line.owner_id],
        "common": [line for line in lines if not line.owner_id],
        "channels": channels.order_by("-is_active", "name"),
        "by_role": _by_role(scope),
        "section": "subscriptions",
    }
    return render(request, "metrics/subscriptions.html", context)


@page(writes=True)
def subscription_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """A form for one more subscription."""
    form = SubscriptionForm(request.POST or None, scope=scope)
    if request.method == "POST" and form.is_valid() and _created(form, scope):
        messages.success(request, "You are subscribed.")
        return redirect("subscriptions")
    return _form(request, form, "New subscription", "Subscribe")


@page(writes=True)
def subscription_edit(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Change a subscription."""
    line = _line(scope, number)
    form = SubscriptionForm(
        request.POST or None, scope=scope, is_new=False, initial=initial_of(line)
    )
    if request.method == "POST" and form.is_valid() and _changed(form, line):
        messages.success(request, "The subscription is changed.")
        return redirect("subscriptions")
    return _form(request, form, "Change a subscription", "Save", line)


@page(writes=True)
def subscription_stop(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """End a subscription, asked first."""
    line = _line(scope, number)
    if request.method == "POST":
        subscription_end(subscription=line)
        messages.success(request, "The subscription has ended.")
        return redirect("subscriptions")
    context = {
        "question": "End this subscription?",
        "text": f"{line}: what is on its way already still arrives.",
        "act": "End it",
        "back": reverse("subscriptions"),
        "section": "subscriptions",
    }
    return render(request, "contracts/confirm.html", context)


def _line(scope: Scope, number: int) -> AlertSubscription:
    found = scoped.alert_subscriptions(scope).select_related("channel", "owner")
    return get_object_or_404(found, pk=number, is_active=True)


def _created(form: SubscriptionForm, scope: Scope) -> bool:
    owner = None if form.role else scope.reader
    try:
        subscription_create(owner=owner, role=form.role, values=form.values)
    except ValidationError as error:
        form.refuse(error)
    return not form.errors


def _changed(form: SubscriptionForm, line: AlertSubscription) -> bool:
    try:
        subscription_change(subscription=line, values=form.values)
    except ValidationError as error:
        form.refuse(error)
    return not form.errors


def _by_role(scope: Scope) -> list[str]:
    """The kinds of notice that the reader's role gets on the pages without subscribing."""
    default = DEFAULTS.get(scope.reader.role) if scope.reader else None
    return [kind.label for kind in AlertEvent.Kind if default and kind in default.kinds]


def _form(
    request: HttpRequest,
    form: SubscriptionForm,
    title: str,
    act: str,
    line: AlertSubscription | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "act": act,
        "line": line,
        "crumbs": [Crumb("Alert subscriptions", reverse("subscriptions")), Crumb(title)],
        "section": "subscriptions",
    }
    return render(request, "metrics/subscription_edit.html", context)
