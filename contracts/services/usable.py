"""Records that are out of use are offered nowhere: nothing new names them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from contracts.models.managed import ManagedBy
from contracts.services.writing import lock


def refuse_unused(record: models.Model, *names: str) -> None:
    """Raises ValidationError where a member of ``record`` called one of ``names`` is archived.

    Within ``writing()``: nobody archives them until that ends. A portfolio file archives and brings back what it names itself, in an order of its own.
    """
    if getattr(record, "managed_by", ManagedBy.PERSON) != ManagedBy.PERSON:
        return
    named = {name: it for name in names if (it := getattr(record, name)) is not None}
    for it in named.values():
        lock(it)
    archived = {name: it for name, it in named.items() if it.archived_at}
    if archived:
        raise ValidationError(
            {name: f"{it} is archived: restore it first." for name, it in archived.items()}
        )


def refuse_archived(record: Any) -> None:
    """Raises ValidationError for a record that is out of use, and so not changed."""
    if record.archived_at:
        raise ValidationError(f"{record} is archived: restore it first.")
