from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Amendment, ApiKey, Contract, User
from metrics.models.cases import BreachCase
from metrics.models.results import KpiPeriod

DISPUTE_DAYS = RELIEF_DAYS = 14  # where a contract states nothing


class ClaimTerms(models.Model):
    """How long a vendor may dispute a failure or claim relief for it, and the buyer claim its
    credit, from a day on: calendar days, the last one included. Looked up at the start of the
    case's period.

    Each time begins at its own event. ``credit_days`` empty: without a limit.
    """

    class Start(models.TextChoices):
        FINAL = "final", "the final result"
        PERIOD_END = "period_end", "the end of the period"
        REPORT = "report", "the published scorecard"
        OCCURRENCE = "occurrence", "the event itself"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="claim_terms")
    valid_from = models.DateField()
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    dispute_days = models.PositiveSmallIntegerField(default=DISPUTE_DAYS)
    dispute_from = models.CharField(max_length=12, choices=Start.choices, default=Start.FINAL)
    relief_days = models.PositiveSmallIntegerField(default=RELIEF_DAYS)
    relief_from = models.CharField(max_length=12, choices=Start.choices, default=Start.FINAL)
    credit_days = models.PositiveSmallIntegerField(null=True, blank=True)
    credit_from = models.CharField(max_length=12, choices=Start.choices, default=Start.FINAL)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "valid_from"]
        verbose_name_plural = "claim terms"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "valid_from"], name="claim_terms_one_per_contract_and_day"
            ),
            models.CheckConstraint(
                condition=Q(dispute_days__lte=366, relief_days__lte=366)
                & (Q(credit_days__isnull=True) | Q(credit_days__lte=366)),
                name="claim_terms_end_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"claim terms of {self.contract} from {self.valid_from}"


class ReliefRequest(models.Model):
    """An event that is to excuse a failure, in whole or in part: asked for, then decided on.

    It covers the time of ``intervals`` ([["2026-03-04T10:00:00+00:00",
    "2026-03-04T12:30:00+00:00"], …], each [start, end) in UTC), the rows of which ``predicate`` is
    true, or the ``whole_period``. ``rows``: which rows are meant, in words, which by themselves
    move no figure.
    ``granted``: what counts of it, {"intervals", "predicate", "whole_period", "treatment"}; empty
    unless approved, and for decisions of a time when none moved a figure.
    ``origin``: "volume" where the volume of the period itself made it be proposed; then nobody
    asked. ``claim_by``: the last day on which the vendor could ask; empty before a case opened.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "Requested"
        APPROVED = "approved", "Approved"
        PARTLY = "partly", "Partly approved"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Treatment(models.TextChoices):
        REMOVE = "remove_both", "Leave the time or rows out of both sides"
        GOOD = "count_as_good", "Count them as good"

    class Origin(models.TextChoices):
        PEOPLE = "", "Asked for"
        VOLUME = "volume", "Proposed for its volume"

    period = models.ForeignKey(KpiPeriod, on_delete=models.PROTECT, related_name="relief")
    case = models.ForeignKey(
        BreachCase, null=True, blank=True, on_delete=models.PROTECT, related_name="relief"
    )
    origin = models.CharField(max_length=8, choices=Origin.choices, blank=True)
    reason = models.TextField(max_length=10_000)
    intervals = models.JSONField(default=list, blank=True)
    rows = models.TextField(blank=True, max_length=2_000)
    predicate = models.CharField(max_length=2_000, blank=True)
    whole_period = models.BooleanField(default=False)
    treatment = models.CharField(max_length=16, choices=Treatment.choices, default=Treatment.REMOVE)
    granted = models.JSONField(default=dict, blank=True)
    claim_by = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
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
                | Q(state="withdrawn", decided_at__isnull=False)
                | ~Q(state__in=["requested", "withdrawn"])
                & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="relief_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(origin="", requested_by__isnull=False, requested_key__isnull=True)
                | Q(origin="", requested_by__isnull=True, requested_key__isnull=False)
                | ~Q(origin="") & Q(requested_by__isnull=True, requested_key__isnull=True),
                name="relief_asked_by_one_or_proposed",
            ),
            models.UniqueConstraint(
                fields=["period"],
                condition=Q(origin="volume"),
                name="relief_for_volume_once_a_period",
            ),
        ]
        indexes = [
            # what moves figures, looked up for a batch of periods
            models.Index(
                fields=["period"],
                condition=Q(state__in=["approved", "partly"]),
                name="relief_that_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"relief for {self.period}"

    @property
    def asked(self) -> dict[str, object]:
        """What was asked for, as ``granted`` says what was given."""
        return {
            "intervals": self.intervals,
            "predicate": self.predicate,
            "whole_period": self.whole_period,
            "treatment": self.treatment,
        }

    @property
    def asked_by(self) -> str:
        """Who asked, in words."""
        if self.requested_key:
            return self.requested_key.told_as
        return str(self.requested_by) if self.requested_by else "kpotracker"

    @property
    def is_of_buyer(self) -> bool:
        """Whether it was asked for on the buyer's side."""
        if self.requested_key:
            return self.requested_key.vendor_id is None
        return self.requested_by is not None and self.requested_by.role != User.Role.VENDOR
