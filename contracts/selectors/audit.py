"""The trail of who changed what, narrowed; every read starts from the reader's scope."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from contracts.models import AuditEvent, Vendor
from contracts.selectors.scope import Scope
from contracts.selectors.telling import changes_told, kind_text, model_of
from contracts.selectors.visibility import declared, visible

PROGRAMS = "programs"  # whatever was not done by a person who signed in
COLUMNS = (
    *("Place", "At", "Who", "Action", "Kind", "Record", "Vendor"),
    *("Field", "Before", "After", "Reason", "Seal"),
)


def audit_list(
    *,
    scope: Scope,
    person: str = "",
    action: str = "",
    kind: str = "",
    record: str = "",
    vendor: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
) -> QuerySet[AuditEvent]:
    """Events, newest first. ``person``: a number, or "programs"; ``kind``: "contracts.vendor";
    ``record``: part of its label; ``vendor``: a code; both days included, in UTC."""
    events = visible(AuditEvent, scope).select_related("vendor")
    conditions = Q()
    if person:
        conditions &= Q(actor__isnull=True) if person == PROGRAMS else Q(actor=person)
    if action:
        conditions &= Q(action__icontains=action)
    if kind:
        conditions &= Q(subject__startswith=f"{kind}:")
    if record:
        conditions &= Q(label__icontains=record)
    if vendor:
        conditions &= Q(vendor__in=visible(Vendor, scope).filter(code=vendor))
    return events.filter(conditions & _between(first_day, last_day))


def audit_kinds() -> list[tuple[str, str]]:
    """(model, what people call it) of every kind of record, in the order people read."""
    models = {*declared(), apps.get_model("contracts.user")}
    return sorted(((m._meta.label_lower, kind_text(m)) for m in models), key=lambda each: each[1])


def audit_rows(events: QuerySet[AuditEvent]) -> Iterator[list[Any]]:
    """A row of ``COLUMNS`` for each changed field, and one for an event without any."""
    for event in events.iterator(chunk_size=1_000):
        model = model_of(event.subject)
        head = [
            event.place,
            event.at,
            event.actor_name,
            event.action,
            kind_text(model, event.subject),
        ]
        head += [event.label, event.vendor.code if event.vendor else ""]
        tail = [event.reason, event.seal]
        changes = list(changes_told(event.changes, model, longest=None))
        for change in changes:
            yield [*head, change.field, change.before, change.after, *tail]
        if not changes:
            yield [*head, "", "", "", *tail]


def _between(first_day: date | None, last_day: date | None) -> Q:
    condition = Q()
    if first_day:
        condition &= Q(at__gte=_midnight(first_day))
    if last_day and last_day < date.max:
        condition &= Q(at__lt=_midnight(last_day + timedelta(days=1)))
    return condition


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
