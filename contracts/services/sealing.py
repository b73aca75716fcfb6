"""The chain of the audit trail: every sealed event is bound to the one before it.

The seal of an event is SHA-256 over the seal before it and the event's own content as canonical
JSON, so that whoever flips, removes or reorders a row has to forge every later one as well; a
head that was noted elsewhere gives even that away.
"""

import hashlib
import json
from datetime import UTC
from typing import Final

from django.db import connection, transaction

from contracts.models import AuditEvent
from contracts.models.audit import place_give

ORIGIN: Final = "0" * 64  # the seal before the first one
_LOCK: Final = 7_305_002
_AT_ONCE: Final = 1_000  # events in one transaction


def seal_of(before: str, place: int, event: AuditEvent) -> str:
    """The seal of ``event``, as the database holds it, at ``place`` behind the seal ``before``."""
    return hashlib.sha256(f"{before}\n{place}\n{content_of(event)}".encode()).hexdigest()


def content_of(event: AuditEvent) -> str:
    """What the seal stands for, the same on every database: sorted keys, UTC, microseconds."""
    said = {
        "id": event.pk,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor_id,
        "actor_name": event.actor_name,
        "action": event.action,
        "subject": event.subject,
        "label": event.label,
        "vendor": event.vendor_id,
        "changes": event.changes,
        "reason": event.reason,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def audit_seal(*, most: int | None = None) -> int:
    """Seal what waits for it, or ``most`` events of it; returns how many were sealed.

    Any number of sealers may run at once: they take turns.
    """
    sealed = 0
    while most is None or sealed < most:
        step = _AT_ONCE if most is None else min(_AT_ONCE, most - sealed)
        done = _seal_some(step)
        sealed += done
        if done < step:
            break
    return sealed


def _seal_some(most: int) -> int:
    with transaction.atomic():
        _take_turns()
        place, seal = _head()
        waiting = list(AuditEvent.objects.filter(place__isnull=True).order_by("id")[:most])
        for event in waiting:
            place, seal = place + 1, seal_of(seal, place + 1, event)
            event.place, event.seal = place, seal
        place_give(waiting)
    return len(waiting)


def _take_turns() -> None:
    """One sealer at a time: SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _head() -> tuple[int, str]:
    sealed = AuditEvent.objects.filter(place__isnull=False).order_by("-place")
    return sealed.values_list("place", "seal").first() or (0, ORIGIN)  # type: ignore[return-value]
