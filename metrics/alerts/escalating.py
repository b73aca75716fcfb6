"""A case that opened and that nobody acknowledged in time is told of to the next person.

Each level once: its key is made of the event that told of the opening, and of the level.
"""

from datetime import datetime, timedelta

from django.db import transaction

from metrics.alerts.noting import events_note, unknown_keys
from metrics.alerts.routing import ESCALATES_TO
from metrics.models import AlertEvent, BreachCase

BATCH = 200


@transaction.atomic
def escalations_note(*, now: datetime, limit: int = BATCH) -> int:
    """Escalate cases that have waited for too long; returns how many were looked at."""
    due = AlertEvent.objects.filter(escalate_at__lte=now).order_by("pk").select_related("case")
    openings = list(due.select_for_update(skip_locked=True, of=("self",))[:limit])
    for opening in openings:
        level = _next_level(opening) if _still_waits(opening, now) else None
        if level:
            events_note([_escalation(opening, level, now)])
        pause = timedelta(hours=opening.escalate_after_hours or 0)
        opening.escalate_at = now + pause if level and level + 1 in ESCALATES_TO else None
    AlertEvent.objects.bulk_update(openings, ["escalate_at"])
    return len(openings)


def _still_waits(opening: AlertEvent, now: datetime) -> bool:
    case = opening.case
    is_open = case is not None and case.state == BreachCase.State.OPEN
    return is_open and case is not None and not case.is_snoozed(now.date())


def _next_level(opening: AlertEvent) -> int | None:
    keys = {_key(opening, level): level for level in ESCALATES_TO}
    return min((keys[key] for key in unknown_keys(keys)), default=None)


def _key(opening: AlertEvent, level: int) -> str:
    return f"escalation:{opening.pk}:{level}"


def _escalation(opening: AlertEvent, level: int, now: datetime) -> AlertEvent:
    hours = round((now - opening.at).total_seconds() / 3600)
    title = opening.facts["title"].partition(": ")[2]
    return AlertEvent(
        key=_key(opening, level),
        kind=AlertEvent.Kind.ESCALATION,
        severity=opening.severity,
        at=now,
        facts={
            "level": level,
            "title": f"Nobody acknowledged: {title}",
            "text": f"Open for {hours} hours. {opening.facts['text']}",
        },
        is_internal=True,
        case=opening.case,
        kpi_id=opening.kpi_id,
        contract_id=opening.contract_id,
        vendor_id=opening.vendor_id,
    )
