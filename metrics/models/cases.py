from django.db import models
from django.db.models.functions import Now

from metrics.models.results import KpiPeriod, ResultRevision


class BreachCase(models.Model):
    """A service level failure to be worked through: one per KPI and period, for ever."""

    class State(models.TextChoices):
        PROVISIONAL = "provisional", "Provisional"
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        DISPUTED = "disputed", "Disputed"
        CONFIRMED = "confirmed", "Confirmed"
        WAIVED = "waived", "Waived"
        RESOLVED = "resolved", "Resolved"
        WITHDRAWN = "withdrawn", "Withdrawn"

    period = models.OneToOneField(KpiPeriod, on_delete=models.PROTECT, related_name="case")
    state = models.CharField(max_length=12, choices=State.choices)
    severity = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["state", "opened_at"], name="case_inbox"),
            models.Index(fields=["updated_at", "id"], name="case_incremental"),
        ]

    def __str__(self) -> str:
        return f"breach case {self.period}"


class CaseTransition(models.Model):
    """A step in a case's life; the only thing that moves it. ``from_state`` "" is its birth."""

    case = models.ForeignKey(BreachCase, on_delete=models.PROTECT, related_name="transitions")
    revision = models.ForeignKey(ResultRevision, on_delete=models.PROTECT)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=BreachCase.State.choices)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "revision", "from_state", "to_state"],
                name="transition_once_per_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.from_state or 'new'} → {self.to_state}"
