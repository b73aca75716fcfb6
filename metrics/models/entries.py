from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from kpotracker.toolkit.fields import ExactDecimalField
from metrics.models.deliveries import Ingestion
from metrics.models.kpis import Kpi


class ManualEntry(models.Model):
    """A figure a person typed in, with its evidence; it counts once a second person approved."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Waiting for approval"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="entries")
    day = models.DateField(help_text="a day of the period it belongs to")
    value = ExactDecimalField(null=True, blank=True)
    numerator = ExactDecimalField(null=True, blank=True)
    denominator = ExactDecimalField(null=True, blank=True)
    evidence = models.TextField()
    entered_by = models.CharField(max_length=200)
    entered_at = models.DateTimeField(db_default=Now())
    approved_by = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    ingestion = models.ForeignKey(Ingestion, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "manual entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, numerator__isnull=True, denominator__isnull=True)
                | Q(value__isnull=True, numerator__isnull=False, denominator__isnull=False),
                name="entry_value_or_numerator_and_denominator",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(approved_by=models.F("entered_by")),
                name="entry_approved_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.day}"
