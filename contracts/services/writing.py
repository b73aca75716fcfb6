"""One transaction for everything a service writes: stamped together in its last statement, and
told of in the audit trail."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import IntegrityError, models, transaction

from contracts.models import AuditEvent
from contracts.services.auditing import differences, event_of, events_save, stored
from kpotracker.toolkit.stamping import stamp

_told: ContextVar[list[AuditEvent] | None] = ContextVar("told", default=None)
_touched: ContextVar[dict[type[models.Model], set[Any]] | None] = ContextVar(
    "touched", default=None
)


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that tells of what was saved within it and stamps it at its end.

    Inside another one it joins that.
    """
    if _touched.get() is not None:
        yield
        return
    touched: dict[type[models.Model], set[Any]] = {}
    told: list[AuditEvent] = []
    tokens = _touched.set(touched), _told.set(told)
    try:
        with transaction.atomic():
            yield
            events_save(told)
            for model, pks in touched.items():
                stamp(model, pks)
    finally:
        _touched.reset(tokens[0])
        _told.reset(tokens[1])


def save(instance: models.Model, *, action: str = "", reason: str = "") -> None:
    """Validate and save within ``writing()``, told of and stamped at its end.

    ``action``: the verb of the trail, by itself "created" or "changed". Raises ValidationError
    with all errors of all fields, also of what somebody else saved at the same moment; nothing is
    written then.
    """
    before = stored(instance)
    _validate(instance)
    try:
        with transaction.atomic():
            instance.save()
    except IntegrityError:
        _validate(instance)  # sees what was saved since, and says it by its field
        raise
    touch(instance)
    if changes := differences(before, instance):
        verb = action or ("changed" if before else "created")
        _events().append(event_of(action=verb, instance=instance, changes=changes, reason=reason))


def lock(instance: models.Model) -> None:
    """Read a stored row anew; nobody else changes it until ``writing()`` ends."""
    rows = type(instance)._base_manager.select_for_update(of=("self",), no_key=True)
    instance.refresh_from_db(from_queryset=rows)


def _validate(instance: models.Model) -> None:
    instance.full_clean(exclude=_empty_json(instance))


def _events() -> list[AuditEvent]:
    told = _told.get()
    if told is None:
        raise RuntimeError("a change is told of outside writing(): nothing would save it")
    return told


def _empty_json(instance: models.Model) -> set[str]:
    """Fields that hold no parameters or no holidays: a value, which Django would call blank."""
    columns = (f for f in instance._meta.concrete_fields if isinstance(f, models.JSONField))
    return {f.name for f in columns if getattr(instance, f.name) in ([], {})}


def touch(instance: models.Model) -> None:
    """Have this row stamped at the end of ``writing()``."""
    touched = _touched.get()
    if touched is None:
        raise RuntimeError(f"{instance!r} is touched outside writing(): nothing would stamp it")
    if any(column.name == "updated_at" for column in instance._meta.concrete_fields):
        touched.setdefault(type(instance), set()).add(instance.pk)


def touch_or_stamp(instance: models.Model) -> None:
    """``touch`` within ``writing()``; elsewhere stamped now, in the transaction that is open."""
    if _touched.get() is None:
        stamp(type(instance), [instance.pk])
    else:
        touch(instance)


def change(instance: models.Model, values: Mapping[str, object], allowed: frozenset[str]) -> None:
    """Set and save ``values``. Raises TypeError for a field this service does not change."""
    assign(instance, values, allowed)
    save(instance)


def assign(instance: models.Model, values: Mapping[str, object], allowed: frozenset[str]) -> None:
    """Set ``values``, unsaved. Raises TypeError for a field this service does not change."""
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise TypeError(f"{', '.join(unknown)} cannot be changed: use {', '.join(sorted(allowed))}")
    for name, value in values.items():
        setattr(instance, name, value)
