from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models.access import User
from contracts.models.vendors import Vendor


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or remove what the audit trail says."""

    def __init__(self) -> None:
        super().__init__("The audit trail is append-only: write another event instead.")


class AuditEvents(models.QuerySet["AuditEvent"]):
    """Events can be added and read; the database refuses the rest as well."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError


class AuditEvent(models.Model):
    """Who changed what: appended with the change itself, sealed into a chain a little later.

    ``subject``: "contracts.vendor:12", the record that changed; ``label``: how people call it.
    ``changes``: {field: [before, after]} as text. ``vendor``: the vendor it concerns, if one.
    ``place`` and ``seal``: its number in the chain and SHA-256(seal before, its own content).
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_name = models.CharField(max_length=200, help_text="as it was then")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=100)
    label = models.CharField(max_length=300)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=400, blank=True)
    place = models.BigIntegerField(null=True, blank=True)
    seal = models.CharField(max_length=64, blank=True)

    objects = AuditEvents.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["place"], name="audit_place_unique"),
            models.CheckConstraint(
                condition=Q(place__isnull=True, seal="") | Q(place__isnull=False) & ~Q(seal=""),
                name="audit_place_and_seal_together",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "-id"], name="audit_of_subject"),  # timelines
            # the sealing sweep: what is not in the chain yet
            models.Index(fields=["id"], condition=Q(place__isnull=True), name="audit_unsealed"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append the event. Raises AppendOnlyError for one that is stored already."""
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


def place_give(events: Iterable[AuditEvent]) -> None:
    """Store ``place`` and ``seal`` of events that had none: the only change they ever see."""
    rows: models.QuerySet[AuditEvent] = models.QuerySet(AuditEvent)
    rows.bulk_update(list(events), ["place", "seal"], batch_size=100)
