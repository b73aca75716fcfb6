from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import User
from kpotracker.toolkit.fields import ExactDecimalField, plain_decimal
from metrics.models.deliveries import Ingestion
from metrics.models.kpis import Kpi


class ManualEntry(models.Model):
    """A figure a person typed in, with its evidence; it counts once a second person approved.

    Names are kept as they were, and the people where they sign in. ``answer``: why it was refused.
    """

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
    entered_by_user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    approved_by = models.CharField(max_length=200, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="decided_entries"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=400, blank=True)
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
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=models.F("entered_by_user")),
                name="entry_approved_by_a_second_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.day}"

    @property
    def figure(self) -> str:
        """What was typed in: 4.3, or 95/100."""
        if self.value is not None:
            return plain_decimal(self.value)
        assert self.numerator is not None
        assert self.denominator is not None
        return f"{plain_decimal(self.numerator)}/{plain_decimal(self.denominator)}"

    @property
    def is_undone(self) -> bool:
        """Whether the figure was taken back after it was approved."""
        return self.ingestion is not None and self.ingestion.undone_at is not None
