"""The trail of who changed what, written in the transaction of the change itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from contracts.models import AuditEvent, Vendor
from contracts.services.acting import actor

_HIDDEN = "changed"  # what the trail says of a field whose value it must not hold
_LONGEST_NAME = 200
_NEVER_SHOWN = frozenset({"password", "hash", "secret"})
_UNTOLD = frozenset({"id", "updated_at", "next_tick_at", "visited_until", "last_login"})
_OWNERS = (
    "vendor",
    "contract",
    "process",
    "kpi",
    "feed",
    "period",
    "case",
    "plan",
    "ingestion",
    "review",
    "pack",
)

Changes = Mapping[str, list[str]]


def audit(
    *,
    action: str,
    instance: models.Model,
    changes: Changes | None = None,
    reason: str = "",
) -> AuditEvent:
    """Tell of a change to ``instance``, in the caller's transaction.

    ``action``: a verb people read, such as "changed", "archived", "waived". Call it after the
    change was saved, so that a new record has its number.
    """
    event = event_of(action=action, instance=instance, changes=changes, reason=reason)
    event.save()
    return event


def event_of(
    *, action: str, instance: models.Model, changes: Changes | None = None, reason: str = ""
) -> AuditEvent:
    """The event that ``audit`` saves, unsaved: for services that write many at once."""
    who = actor()
    return AuditEvent(
        actor=who.user,
        actor_name=who.name[:200],
        action=action,
        subject=subject_of(instance),
        label=f"{instance._meta.verbose_name} {instance}"[:300],
        vendor_id=vendor_of(instance),
        changes=dict(changes or {}),
        reason=reason[:400],
    )


def subject_of(instance: models.Model) -> str:
    """How the trail names a record: "contracts.vendor:12"."""
    return f"{instance._meta.label_lower}:{instance.pk}"


def differences(before: models.Model | None, after: models.Model) -> dict[str, list[str]]:
    """{field: [before, after]} as text, of what differs; a new record tells what it was given."""
    fields = [f for f in after._meta.concrete_fields if f.attname not in _UNTOLD]
    told: dict[str, list[str]] = {}
    for field in fields:
        if field.value_from_object(after) == (field.value_from_object(before) if before else ""):
            continue
        old, new = (_told(each, field) if each else "" for each in (before, after))
        if new != old:
            told[field.name] = [_HIDDEN, _HIDDEN] if field.name in _NEVER_SHOWN else [old, new]
    return told


def stored(instance: models.Model) -> models.Model | None:
    """``instance`` as the database holds it, or None for a record that is new."""
    if instance._state.adding:
        return None
    manager = type(instance)._base_manager
    return manager.filter(pk=instance.pk).first()


def events_save(events: Iterable[AuditEvent]) -> None:
    """Append many events in one statement."""
    AuditEvent.objects.bulk_create(events)


def _told(instance: models.Model, field: models.Field[Any, Any]) -> str:
    value = field.value_from_object(instance)
    if value is not None and isinstance(field, models.ForeignKey):
        return f"{getattr(instance, field.name)} ({value})"[:_LONGEST_NAME]
    return "" if value is None else str(value)


def vendor_of(instance: object) -> int | None:
    """The vendor that ``instance`` belongs to, found along its owners."""
    if isinstance(instance, Vendor):
        return instance.pk
    if not isinstance(instance, models.Model):
        return None
    names = {field.name for field in instance._meta.concrete_fields}
    owners = (getattr(instance, name) for name in _OWNERS if name in names)
    return next((found for each in owners if (found := vendor_of(each)) is not None), None)
