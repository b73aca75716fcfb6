from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Amendment, Contract, User
from metrics.models.cases import BreachCase
from metrics.models.results import KpiPeriod

DISPUTE_DAYS = RELIEF_DAYS = 14  # where a contract states nothing


class ClaimTerms(models.Model):
    """How long after a breach case opened its vendor may dispute it or claim relief, from a day
    on: calendar days, the last one included. Looked up at the start of the case's period."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="claim_terms")
    valid_from = models.DateField()
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    dispute_days = models.PositiveSmallIntegerField(default=DISPUTE_DAYS)
    relief_days = models.PositiveSmallIntegerField(default=RELIEF_DAYS)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "valid_from"]
        verbose_name_plural = "claim terms"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "valid_from"], name="claim_terms_one_per_contract_and_day"
            ),
            models.CheckConstraint(
                condition=Q(dispute_days__lte=366, relief_days__lte=366),
                name="claim_terms_end_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"claim terms of {self.contract} from {self.valid_from}"


class ReliefRequest(models.Model):
    """An event that is to excuse a failure, in whole or in part: asked for, then decided on.

    ``intervals``: [["2026-03-04T10:00:00+00:00", "2026-03-04T12:30:00+00:00"], …], each [start,
    end) in UTC; ``rows``: which rows it concerns instead, in words.
    ``claim_by``: the last day on which the vendor could ask; empty before a case opened.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "Requested"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"

    class Treatment(models.TextChoices):
        REMOVE = "remove_both", "Leave the time or rows out of both sides"
        GOOD = "count_as_good", "Count them as good"

    period = models.ForeignKey(KpiPeriod, on_delete=models.PROTECT, related_name="relief")
    case = models.ForeignKey(
        BreachCase, null=True, blank=True, on_delete=models.PROTECT, related_name="relief"
    )
    reason = models.TextField(max_length=10_000)
    intervals = models.JSONField(default=list, blank=True)
    rows = models.TextField(blank=True, max_length=2_000)
    treatment = models.CharField(max_length=16, choices=Treatment.choices, default=Treatment.REMOVE)
    claim_by = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="requested", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="requested") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="relief_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"relief for {self.period}"
