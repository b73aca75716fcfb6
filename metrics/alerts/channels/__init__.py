"""The ways out: one module per kind of channel, all with the same ``send``."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from kpotracker.toolkit.secrets import UnreadableSecretError, opened
from metrics.alerts.channels import mail, other, slack, teams, webhook
from metrics.alerts.channels.base import Parcel, SendError
from metrics.alerts.rendering import Content
from metrics.models import AlertChannel, AlertMessage

Kind = AlertChannel.Kind
_SEND: Final[Mapping[str, Callable[[Parcel], str]]] = {
    Kind.EMAIL: mail.send,
    Kind.SLACK: slack.send,
    Kind.TEAMS: teams.send,
    Kind.WEBHOOK: webhook.send,
    Kind.OTHER: other.send,
}


def send(message: AlertMessage, content: Content, *, now: datetime) -> str:
    """Send ``content`` by the channel of ``message``; returns what the receiver said, in short.

    Raises SendError where it did not take it, with a text that holds no secret.
    """
    channel = message.channel
    if channel is None:
        raise ValueError(f"{message} has no channel: it is a mail that another room wrote")
    try:
        secret = opened(channel.secret)
    except UnreadableSecretError as error:
        raise SendError(str(error)) from None
    if channel.to_each and message.recipient:
        secret = secret | {"address": message.recipient.email}
    return _SEND[channel.kind](Parcel(message.key, secret, content, now))


__all__ = ["SendError", "send"]
