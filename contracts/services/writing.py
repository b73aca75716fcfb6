"""One transaction for everything a service writes, stamped together in its last statement."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models, transaction

from kpotracker.toolkit.stamping import stamp

_touched: ContextVar[dict[type[models.Model], set[Any]] | None] = ContextVar(
    "touched", default=None
)


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that stamps what was saved within it; inside another one it joins that."""
    if _touched.get() is not None:
        yield
        return
    touched: dict[type[models.Model], set[Any]] = {}
    token = _touched.set(touched)
    try:
        with transaction.atomic():
            yield
            for model, pks in touched.items():
                stamp(model, pks)
    finally:
        _touched.reset(token)


def save(instance: models.Model) -> None:
    """Validate and save within ``writing()``, to be stamped at its end where it has a stamp.

    Raises ValidationError with all errors of all fields; nothing is written then.
    """
    instance.full_clean(exclude=_empty_json(instance))
    instance.save()
    touch(instance)


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


def change(instance: models.Model, values: Mapping[str, object], allowed: frozenset[str]) -> None:
    """Set and save ``values``. Raises TypeError for a field this service does not change."""
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise TypeError(f"{', '.join(unknown)} cannot be changed: use {', '.join(sorted(allowed))}")
    for name, value in values.items():
        setattr(instance, name, value)
    save(instance)
