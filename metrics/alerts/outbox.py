"""The outbox: who may send a message now, and what became of it.

A message is claimed under a lease on the database's clock with a fence number, sent, and marked
after the send. A sender that dies between the two leaves a lease that ends, and the message goes
out again with the same key; one that slept past its lease finds another fence.
"""

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from kpotracker.toolkit.dbclock import clock, now
from kpotracker.toolkit.secrets import sealed
from metrics.models import (
    AlertChannel,
    AlertMessage,
    MessageAttempt,
    MessageFile,
    NoticeDelivery,
)

State = AlertMessage.State
Line = NoticeDelivery.State
Outcome = MessageAttempt.Outcome

LEASE = timedelta(seconds=45)
LONGEST_SEND_S = 25.0  # every way out has a deadline below it
TRIES = 12  # over about eight hours
DEATHS = 100  # a message that kills whoever sends it
_FIRST_PAUSE_S = 30.0
_LONGEST_PAUSE_S = 7200.0
_ERASED = ""


class LeaseLostError(Exception):
    """Another sender has taken the message over."""


@dataclass
class Claim:
    """A message that this sender holds, and since when by its own steady clock."""

    message: AlertMessage
    taken_at: float = field(default_factory=time.monotonic)

    @property
    def has_time(self) -> bool:
        """Whether a send that begins now ends before the lease does."""
        left = LEASE.total_seconds() - (time.monotonic() - self.taken_at)
        return left > LONGEST_SEND_S


def messages_due(
    *, apart_from: Collection[int] = (), limit: int = 200
) -> list[tuple[int, int | None]]:
    """Messages that nobody holds and whose time has come, the longest waiting first, with their
    channels; ``apart_from``: channels whose messages are left for later."""
    due = AlertMessage.objects.filter(_free()).order_by("next_try_at", "pk")
    if apart_from:
        due = due.exclude(channel_id__in=apart_from, channel_id__isnull=False)
    return list(due.values_list("pk", "channel_id")[:limit])


def _free() -> Q:
    """Messages that nobody holds a living lease on."""
    waiting = Q(state=State.WAITING, next_try_at__lte=clock())
    return waiting | Q(state=State.CLAIMED, lease_until__lt=clock())


@transaction.atomic
def message_claim(pk: int) -> Claim | None:
    """Take a message for one try; None where another sender holds it, or it is done."""
    taken = AlertMessage.objects.filter(_free(), pk=pk).update(
        state=State.CLAIMED, fence=F("fence") + 1, lease_until=clock() + LEASE
    )
    if not taken:
        return None
    message = AlertMessage.objects.select_related("channel", "recipient").get(pk=pk)
    MessageAttempt.objects.create(message=message, number=message.fence, began_at=now())
    return Claim(message)


@transaction.atomic
def message_sent(claim: Claim, detail: str = "") -> None:
    """Mark it as sent, after the send. Raises LeaseLostError where another sender took it over."""
    message, moment = claim.message, now()
    _attempt_ended(claim, Outcome.SENT, detail)
    if not _mine(claim).update(
        state=State.SENT, sent_at=moment, lease_until=None, error="", body=_ERASED
    ):
        raise LeaseLostError(f"{message} was taken over by another sender")
    MessageFile.objects.filter(message=message).delete()
    _lines(message).update(state=Line.SENT, settled_at=moment, why="")
    if message.channel_id:
        AlertChannel.objects.filter(pk=message.channel_id).update(
            last_sent_at=moment, last_error=""
        )


@transaction.atomic
def message_failed(
    claim: Claim, error: str, *, wait_s: float | None = None, is_final: bool = False
) -> None:
    """Try again later, or give up visibly; ``wait_s`` is what the receiver asked for."""
    message, moment = claim.message, now()
    _attempt_ended(claim, Outcome.FAILED, error)
    is_over = is_final or message.attempts + 1 >= TRIES or message.fence >= DEATHS
    pause = timedelta(seconds=pause_s(message.attempts, wait_s))
    updated = _mine(claim).update(
        state=State.FAILED if is_over else State.WAITING,
        attempts=F("attempts") + 1,
        next_try_at=clock() + pause,
        lease_until=None,
        error=error[:300],
    )
    if not updated:
        raise LeaseLostError(f"{message} was taken over by another sender")
    if is_over:
        _lines(message).update(state=Line.FAILED, settled_at=moment, why=error[:400])
    if message.channel_id:
        AlertChannel.objects.filter(pk=message.channel_id).update(
            last_failed_at=moment, last_error=error[:300]
        )


@transaction.atomic
def message_dropped(claim: Claim) -> None:
    """End a message of which nothing is left to send."""
    _attempt_ended(claim, Outcome.FAILED, "nothing was left to send")
    _mine(claim).update(state=State.DROPPED, lease_until=None)


def message_release(claim: Claim) -> None:
    """Give a message back untouched, for this sender has no time left to send it."""
    _mine(claim).update(state=State.WAITING, lease_until=None, next_try_at=clock())


@transaction.atomic
def message_retry(*, message: AlertMessage) -> bool:
    """Send what was given up once more, from the first try on; False where it was not given up."""
    again = AlertMessage.objects.filter(pk=message.pk, state=State.FAILED)
    if not again.update(state=State.WAITING, attempts=0, next_try_at=clock()):
        return False
    _lines(message, Line.FAILED).update(state=Line.WAITING, settled_at=None, why="")
    return True


def pause_s(failures: int, wait_s: float | None = None) -> float:
    """How long to wait after ``failures`` tries that failed before: twice as long each time, up
    to two hours, and never at the same instant as others."""
    pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(failures, 12))
    pause *= random.uniform(0.8, 1.2)  # noqa: S311  no secret here
    return max(pause, min(wait_s or 0.0, _LONGEST_PAUSE_S))


def mail_queue(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[tuple[str, str, bytes]] = (),
    headers: Mapping[str, str] | None = None,
) -> AlertMessage:
    """Put a mail into the outbox, in the caller's transaction; the same ``key`` is queued once.

    ``attachments``: name, content type and content of each. What it says is kept encrypted until
    it is sent, for it may hold links that let people in.
    """
    body = sealed({"text": text, "html": html, "headers": dict(headers or {})})
    subject = " ".join(subject.split())[:300]
    message, is_new = AlertMessage.objects.get_or_create(
        key=key,
        defaults={"address": to, "subject": subject, "body": body, "next_try_at": now()},
    )
    if is_new:
        MessageFile.objects.bulk_create(
            MessageFile(message=message, name=name, content_type=kind, content=content)
            for name, kind, content in attachments
        )
    return message


def _mine(claim: Claim) -> QuerySet[AlertMessage]:
    message = claim.message
    return AlertMessage.objects.filter(pk=message.pk, fence=message.fence, state=State.CLAIMED)


def _lines(message: AlertMessage, state: str = Line.WAITING) -> QuerySet[NoticeDelivery]:
    return NoticeDelivery.objects.filter(message=message, state=state)


def _attempt_ended(claim: Claim, outcome: Outcome, detail: str) -> None:
    message = claim.message
    MessageAttempt.objects.filter(message=message, number=message.fence).update(
        ended_at=now(), outcome=outcome, detail=detail[:300]
    )
