"""Setting up channels: whose they are, where they lead, and a test that really goes out."""

import base64
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from contracts.models import User
from contracts.services.writing import save, writing
from kpotracker.toolkit.addresses import ForbiddenAddressError, url_checked
from kpotracker.toolkit.secrets import opened, sealed
from metrics.alerts.bundling import deliveries_bundle
from metrics.alerts.channels.base import SendError
from metrics.alerts.channels.other import plugin_of, service_of
from metrics.alerts.sending import message_send
from metrics.models import AlertChannel, AlertEvent, AlertMessage, NoticeDelivery

Kind = AlertChannel.Kind
SECRET_BYTES = 32
_ADDRESSED = (Kind.SLACK, Kind.TEAMS, Kind.WEBHOOK)


@dataclass(frozen=True, slots=True, repr=False)
class NewChannel:
    """A channel, and for a webhook the secret its receiver verifies with: shown this once."""

    channel: AlertChannel
    secret: str = ""


def channel_create(
    *, kind: str, name: str, address: str = "", owner: User | None = None
) -> NewChannel:
    """Set a channel up. ``address``: an e-mail address, or the URL of the service; empty for
    mail to the owner, or to each subscriber where it serves everybody.

    Raises ValidationError for an address that is none, or that must not be called.
    """
    address = address.strip()
    values, hint = _checked(kind, address, owner)
    secret = _fresh_key() if kind == Kind.WEBHOOK else ""
    channel = AlertChannel(
        owner=owner,
        kind=kind,
        name=name.strip(),
        secret=sealed(values | ({"key": secret} if secret else {})),
        hint=hint,
        to_each=kind == Kind.EMAIL and owner is None and not address,
    )
    with writing():
        save(channel)
    return NewChannel(channel, secret)


def channel_change(
    *, channel: AlertChannel, name: str, address: str = "", is_active: bool
) -> AlertChannel:
    """Rename it, switch it on or off, or lead it elsewhere; without ``address`` that stays."""
    channel.name, channel.is_active = name.strip(), is_active
    if address.strip():
        values, channel.hint = _checked(channel.kind, address.strip(), channel.owner)
        channel.secret = sealed(opened(channel.secret) | values)
        channel.to_each = False
    with writing():
        save(channel)
    return channel


def channel_new_secret(*, channel: AlertChannel) -> NewChannel:
    """A new secret for a webhook: what is sent from now on is signed with it alone."""
    if channel.kind != Kind.WEBHOOK:
        raise ValidationError("Only a webhook signs what it sends.")
    secret = _fresh_key()
    channel.secret = sealed(opened(channel.secret) | {"key": secret})
    with writing():
        save(channel, action="gave a new secret")
    return NewChannel(channel, secret)


def channel_test(*, channel: AlertChannel, by: User, as_of: datetime) -> AlertMessage:
    """Send a real message by ``channel`` through the outbox, now; the message says how it went.

    One that fails is tried again like any other.
    """
    with transaction.atomic():
        event = AlertEvent.objects.create(
            key=f"test:{uuid.uuid4().hex}",
            kind=AlertEvent.Kind.TEST,
            at=as_of,
            facts={
                "title": "Test of a channel",
                "text": f"{by} tested the channel “{channel.name}”. It works if you read this.",
            },
            fanned_out_at=as_of,
        )
        line = NoticeDelivery.objects.create(
            event=event,
            recipient=by if channel.owner_id or channel.to_each else None,
            channel=channel,
            key=f"{event.key}|c{channel.pk}",
            due_at=as_of,
        )
        while NoticeDelivery.objects.filter(pk=line.pk, message=None).exists():
            deliveries_bundle(now=as_of)
    line.refresh_from_db()
    assert line.message_id is not None
    message_send(message_id=line.message_id)
    return AlertMessage.objects.get(pk=line.message_id)


def _checked(kind: str, address: str, owner: User | None) -> tuple[dict[str, Any], str]:
    """What is kept of ``address``, and what of it may be shown."""
    if kind == Kind.EMAIL:
        return _mail(address, owner)
    if not address:
        raise ValidationError({"address": "Enter the address that the service gave you."})
    if kind == Kind.OTHER:
        return _service(address)
    if kind not in _ADDRESSED:
        raise ValidationError({"kind": f"'{kind}' is no kind of channel."})
    try:
        parts = url_checked(address)
    except ForbiddenAddressError as error:
        raise ValidationError({"address": f"{str(error).capitalize()}."}) from None
    return {"url": address}, f"{parts.hostname}/…"


def _mail(address: str, owner: User | None) -> tuple[dict[str, Any], str]:
    if not address and owner is None:
        return {"address": ""}, "each subscriber's own address"
    address = address or (owner.email if owner else "")
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError({"address": f"'{address}' is not an e-mail address."}) from None
    return {"address": address}, address


def _service(address: str) -> tuple[dict[str, Any], str]:
    try:
        plugin_of(address)
        name = service_of(address)
    except SendError as error:
        raise ValidationError({"address": f"{str(error).capitalize()}."}) from None
    host = urlsplit(address).scheme
    return {"url": address}, f"{name} ({host}://…)"


def _fresh_key() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
