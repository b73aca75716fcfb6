"""Channels: set up, tested, changed; the secret of a webhook is shown once."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from contracts.pages.base import Crumb
from contracts.selectors.scope import Scope
from kpotracker.toolkit.dbclock import now
from kpotracker.toolkit.secrets import UnreadableSecretError
from metrics.alerts.channel_services import (
    NewChannel,
    channel_change,
    channel_create,
    channel_new_secret,
    channel_test,
)
from metrics.models import AlertChannel, AlertMessage
from metrics.pages.alert_forms import ChangeChannelForm, ChannelForm
from metrics.pages.base import page
from metrics.selectors import scope as scoped

_TRIES = 20


@page(writes=True)
@sensitive_post_parameters("address")
def channel_new(request: HttpRequest, scope: Scope) -> HttpResponse:
    """A form for one more channel; a webhook's secret is shown in the answer, and only there."""
    form = ChannelForm(request.POST or None, scope=scope)
    made = _created(form, scope) if request.method == "POST" and form.is_valid() else None
    if made is None:
        context = {"form": form, "crumbs": _crumbs("New channel"), "section": "subscriptions"}
        return render(request, "metrics/channel_new.html", context)
    if made.secret:
        return _shown(request, scope, made)
    messages.success(request, f"The channel “{made.channel}” is set up. Test it now.")
    return redirect("channel", made.channel.pk)


@page(writes=True)
@sensitive_post_parameters("address")
def channel(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """One channel: its last results, the tries of its messages, and a form to change it."""
    found = _channel(scope, number)
    initial = {"name": found.name, "is_active": found.is_active}
    form = ChangeChannelForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _changed(form, found):
        messages.success(request, "The channel is changed.")
        return redirect("channel", found.pk)
    return _page(request, found, form)


@page(writes=True)
def channel_try(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """Send a real message by the channel, and say how it went."""
    found = _channel(scope, number)
    if request.method == "POST" and scope.reader:
        message = channel_test(channel=found, by=scope.reader, as_of=now())
        _say(request, message)
    return redirect("channel", found.pk)


@page(writes=True)
def channel_secret(request: HttpRequest, scope: Scope, number: int) -> HttpResponse:
    """A new secret for a webhook, shown in the answer, and only there."""
    found = _channel(scope, number)
    if request.method != "POST":
        return redirect("channel", found.pk)
    try:
        return _shown(request, scope, channel_new_secret(channel=found))
    except (ValidationError, UnreadableSecretError) as error:
        messages.error(request, str(getattr(error, "message", error)))
        return redirect("channel", found.pk)


def _channel(scope: Scope, number: int) -> AlertChannel:
    found = scoped.alert_channels(scope).select_related("owner")
    return get_object_or_404(found, pk=number)


def _created(form: ChannelForm, scope: Scope) -> NewChannel | None:
    given = form.cleaned_data
    try:
        return channel_create(
            kind=given["kind"],
            name=given["name"],
            address=given["address"],
            owner=None if given.get("common") else scope.reader,
        )
    except ValidationError as error:
        form.refuse(error)
        return None


def _changed(form: ChangeChannelForm, found: AlertChannel) -> bool:
    try:
        channel_change(channel=found, **form.cleaned_data)
    except ValidationError as error:
        form.refuse(error)
    except UnreadableSecretError as error:
        form.add_error("address", str(error))
    return not form.errors


def _shown(request: HttpRequest, scope: Scope, made: NewChannel) -> HttpResponse:
    found = made.channel
    initial = {"name": found.name, "is_active": found.is_active}
    return _page(request, found, ChangeChannelForm(initial=initial), secret=made.secret)


def _page(
    request: HttpRequest, found: AlertChannel, form: ChangeChannelForm, secret: str = ""
) -> HttpResponse:
    recent = AlertMessage.objects.filter(channel=found).prefetch_related("tries")
    context = {
        "channel": found,
        "form": form,
        "secret": secret,
        "messages_sent": recent.order_by("-id")[:_TRIES],
        "crumbs": _crumbs(found.name),
        "section": "subscriptions",
    }
    return render(request, "metrics/channel.html", context)


def _say(request: HttpRequest, message: AlertMessage) -> None:
    if message.state == AlertMessage.State.SENT:
        messages.success(request, "The test was delivered: the receiver took it.")
    else:
        why = message.error or message.get_state_display().lower()
        messages.error(request, f"The test was not delivered: {why}. It is tried again.")


def _crumbs(text: str) -> list[Crumb]:
    return [Crumb("Alert subscriptions", reverse("subscriptions")), Crumb(text)]
