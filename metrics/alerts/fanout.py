"""Events become notices and lines of the delivery log: each event for each reader once.

Two workers that fan the same event out leave one of each: their keys are unique, and the event
is locked while it is fanned out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from metrics.alerts.audience import (
    EVERYBODY,
    Audience,
    Reader,
    asked_first,
    deputies_of,
    may_act,
    may_see,
)
from metrics.alerts.routing import DEFAULTS, ESCALATES_TO, NOTHING, muted, wanted, wanted_by_default
from metrics.alerts.timing import Plan, due_at
from metrics.models import (
    AlertChannel,
    AlertEvent,
    AlertSubscription,
    BreachCase,
    Notice,
    NoticeDelivery,
)

State = NoticeDelivery.State
Kind = AlertEvent.Kind
BATCH = 200
STALE = timedelta(days=31)
_AT_ONCE = Plan()
_FANNED_OUT = ["fanned_out_at", "escalate_at", "escalate_after_hours"]


@dataclass(frozen=True)
class Route:
    """One way an event takes: to whom, by which channel (None: the pages) and how."""

    reader: Reader
    channel: AlertChannel | None = None
    plan: Plan = _AT_ONCE
    escalate_after_hours: int | None = None


@transaction.atomic
def events_fan_out(*, now: datetime, limit: int = BATCH) -> int:
    """Fan a batch of events out; returns how many events that were."""
    untold = AlertEvent.objects.filter(fanned_out_at=None).order_by("pk")
    untold = untold.select_related("case", "transition")
    events = list(untold.select_for_update(skip_locked=True, of=("self",))[:limit])
    audience = Audience(now)
    notices: list[Notice] = []
    lines: list[NoticeDelivery] = []
    for event in events:
        for line in _lines(event, audience):
            lines.append(line)
            if line.channel is None and line.state == State.SENT and line.recipient:
                notices.append(Notice(event=event, recipient=line.recipient, at=now))
        event.fanned_out_at = now
    Notice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=500)
    NoticeDelivery.objects.bulk_create(lines, ignore_conflicts=True, batch_size=500)
    AlertEvent.objects.bulk_update(events, _FANNED_OUT)
    return len(events)


def _lines(event: AlertEvent, audience: Audience) -> list[NoticeDelivery]:
    """The lines of the log for ``event``; sets when it escalates."""
    if why := _bygone(event, audience.now):
        return [_line(event, Route(EVERYBODY), State.SUPPRESSED, audience.now, why)]
    found: dict[str, NoticeDelivery] = {}
    for route in _routes(event, audience):
        if not may_see(event, route.reader.scope) or not may_act(event, route.reader):
            continue
        line = _routed(event, route, audience)
        if line.state != State.SUPPRESSED:
            _escalate_after(event, route.escalate_after_hours, audience.now)
        known = found.get(line.key)
        if known is None or line.due_at < known.due_at:  # of two subscriptions the earlier one
            found[line.key] = line
    return list(found.values())


def _escalate_after(event: AlertEvent, hours: int | None, now: datetime) -> None:
    """A case that opened escalates after the shortest time that anybody who is told asks for."""
    opens = event.kind == Kind.BREACH and event.facts.get("state") == BreachCase.State.OPEN
    known = event.escalate_after_hours
    if opens and hours and (known is None or hours < known):
        event.escalate_after_hours = hours
        event.escalate_at = now + timedelta(hours=hours)


def _bygone(event: AlertEvent, now: datetime) -> str:
    """Why nobody is told of ``event`` at all; mostly empty."""
    if event.facts.get("history"):
        return "its period ended months before it was loaded"
    if event.at < now - STALE:
        return f"it happened more than {STALE.days} days before it was found"
    return ""


def _routes(event: AlertEvent, audience: Audience) -> Iterator[Route]:
    """Every way ``event`` could take, before anybody asks who may see it."""
    escalated = _next_in_line(event, audience)
    for reader in audience.readers:
        assert reader.user is not None
        role = reader.user.role
        is_assigned = event.case is not None and event.case.assignee_id == reader.user_id
        if wanted_by_default(event, role) or is_assigned or reader.user_id in escalated:
            hours = DEFAULTS.get(role, NOTHING).escalate_after_hours
            yield Route(reader, escalate_after_hours=hours)
        for line in audience.subscriptions:
            if (line.owner_id == reader.user_id or line.role == role) and wanted(event, line):
                yield _subscribed(reader, line)


def _next_in_line(event: AlertEvent, audience: Audience) -> set[int]:
    """Whom an escalation reaches: deputies of those told first, and the role of its level."""
    if event.kind != Kind.ESCALATION:
        return set()
    level = int(event.facts["level"])
    role = ESCALATES_TO.get(level)
    of_role = {r.user.pk for r in audience.readers if r.user and r.user.role == role}
    return of_role | (deputies_of(asked_first(event), audience.now.date()) if level == 1 else set())


def _subscribed(reader: Reader, line: AlertSubscription) -> Route:
    """The way of a subscription; a channel that serves everybody is one reader of its own."""
    channel = line.channel
    is_common = channel is not None and channel.owner_id is None and not channel.to_each
    plan = _AT_ONCE if channel is None else Plan.of(line)
    return Route(EVERYBODY if is_common else reader, channel, plan, line.escalate_after_hours)


def _routed(event: AlertEvent, route: Route, audience: Audience) -> NoticeDelivery:
    now, user_id = audience.now, route.reader.user_id
    if _did_it(event, user_id):
        return _line(event, route, State.SUPPRESSED, now, "they took this step themselves")
    if why := muted(event, audience.mutes, user_id=user_id):
        return _line(event, route, State.SUPPRESSED, now, why)
    if route.channel is None:
        return _line(event, route, State.SENT, now)
    return _line(event, route, State.WAITING, now)


def _did_it(event: AlertEvent, user_id: int | None) -> bool:
    step = event.transition
    return step is not None and user_id is not None and step.person_id == user_id


def _line(
    event: AlertEvent, route: Route, state: NoticeDelivery.State, now: datetime, why: str = ""
) -> NoticeDelivery:
    waits = state == State.WAITING
    whom = f"u{route.reader.user_id}" if route.reader.user else "all"
    way = f"c{route.channel.pk}" if route.channel else "pages"
    return NoticeDelivery(
        event=event,
        recipient=route.reader.user,
        channel=route.channel,
        key=f"{event.key}|{whom}|{way}",
        state=state,
        why=why,
        due_at=due_at(route.plan, severity=event.severity, now=now) if waits else now,
        settled_at=None if waits else now,
    )
