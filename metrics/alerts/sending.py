"""Sending what is due: claim, look once more who may be told what, send, mark."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from kpotracker.toolkit.dbclock import now as database_now
from metrics.alerts import channels, outbox
from metrics.alerts.audience import EVERYBODY, may_see, reader_of
from metrics.alerts.channels.mail import send_written
from metrics.alerts.outbox import Claim, LeaseLostError
from metrics.alerts.rendering import content_of
from metrics.models import AlertEvent, AlertMessage, BreachCase, NoticeDelivery

Kind = AlertEvent.Kind
BUDGET_S = 60.0
Line = NoticeDelivery.State
_UNSENT = (AlertMessage.State.WAITING, AlertMessage.State.FAILED)
_ASKING = (BreachCase.State.PROVISIONAL, BreachCase.State.OPEN)


def messages_send(budget_s: float = BUDGET_S) -> int:
    """Send what is due, for about ``budget_s``; returns how many tries were made.

    One that fails is tried again later. What else waits for a channel that just failed is left
    for the next round, so that a receiver that hangs holds up nobody else.
    """
    ends, tried = time.monotonic() + budget_s, 0
    failed: set[int] = set()
    while due := outbox.messages_due(apart_from=failed):
        for pk, channel in due:
            if channel in failed:
                continue
            state = message_send(message_id=pk)
            tried += state is not None
            if state in _UNSENT and channel is not None:
                failed.add(channel)
            if time.monotonic() > ends:
                return tried
    return tried


def message_send(*, message_id: int) -> str | None:
    """Try one message; returns what it has become, None where another sender holds it."""
    claim = outbox.message_claim(message_id)
    if claim is None:
        return None
    with suppress(LeaseLostError):
        _try(claim)
    return AlertMessage.objects.values_list("state", flat=True).get(pk=message_id)


def _try(claim: Claim) -> None:
    message = claim.message
    events = [] if message.address else _still_wanted(message)
    if not message.address and not events:
        outbox.message_dropped(claim)
    elif not claim.has_time:
        outbox.message_release(claim)
    else:
        _send(claim, events)


def _send(claim: Claim, events: Sequence[AlertEvent]) -> None:
    message = claim.message
    try:
        if message.address:
            said = send_written(message)
        else:
            said = channels.send(message, content_of(events), now=database_now())
    except channels.SendError as error:
        outbox.message_failed(claim, str(error), wait_s=error.wait_s, is_final=error.is_final)
    except Exception as error:  # its text may hold what it was given, so only its kind is kept
        outbox.message_failed(claim, f"sending failed ({type(error).__name__})")
    else:
        outbox.message_sent(claim, said)


def _still_wanted(message: AlertMessage) -> list[AlertEvent]:
    """The events of a message that its reader may and wants to be told of now; the log says why
    the others are not sent."""
    now = database_now()
    lines = NoticeDelivery.objects.filter(message=message, state=Line.WAITING).order_by("pk")
    lines = lines.select_related("event__case__period__kpi", "event__kpi", "event__contract")
    wanted: list[AlertEvent] = []
    for line in lines:
        why = _unwanted(line.event, message, now)
        if why:
            NoticeDelivery.objects.filter(pk=line.pk, state=Line.WAITING).update(
                state=Line.SUPPRESSED, why=why, settled_at=now
            )
        else:
            wanted.append(line.event)
    return wanted


def _unwanted(event: AlertEvent, message: AlertMessage, now: datetime) -> str:
    """Why ``event`` must not or need not be sent any more; empty where it is sent."""
    if message.channel and not message.channel.is_active:
        return "the channel was switched off"
    if message.recipient and not message.recipient.is_active:
        return "this person may no longer sign in"
    reader = reader_of(message.recipient, now.date()) if message.recipient else EVERYBODY
    if not may_see(event, reader.scope):
        return "it is not theirs to see any more"
    return _settled(event, now)


def _settled(event: AlertEvent, now: datetime) -> str:
    """A case that somebody took up asks nobody for attention any more."""
    case = event.case
    if case is None or not _asks(event):
        return ""
    if case.state not in _ASKING:
        return f"the case was {case.get_state_display().lower()} before this was sent"
    if case.is_snoozed(now.date()):
        return f"the case is snoozed until {case.snoozed_until}"
    return ""


def _asks(event: AlertEvent) -> bool:
    is_opening = event.kind == Kind.BREACH and event.facts.get("state") in _ASKING
    return is_opening or event.kind == Kind.ESCALATION
