from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models import User, Vendor


class Incident(models.Model):
    """One event at a vendor that several service level failures may go back to.

    ``is_internal``: only the buyer knows of it, also where its cases are shared.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="incidents")
    title = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    description = models.TextField(blank=True)
    is_internal = models.BooleanField(default=False)
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="incident_ends_after_it_starts",
                violation_error_message="the incident ends before it starts",
            ),
        ]

    def __str__(self) -> str:
        return self.title
