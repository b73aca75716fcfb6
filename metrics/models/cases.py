from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import ApiKey, User
from metrics.models.incidents import Incident
from metrics.models.results import KpiPeriod, ResultRevision


class BreachCase(models.Model):
    """A service level failure to be worked through: one per KPI and period, for ever.

    ``snoozed_until``: the first day on which it asks for attention again. With
    ``snoozed_until_worse`` it wakes earlier, once the shortfall passes ``snoozed_shortfall``.
    ``waiver_scope``: what a waiver covers; empty unless waived.
    """

    class State(models.TextChoices):
        PROVISIONAL = "provisional", "Provisional"
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        DISPUTED = "disputed", "Disputed"
        CONFIRMED = "confirmed", "Confirmed"
        WAIVED = "waived", "Waived"
        RESOLVED = "resolved", "Resolved"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class WaiverScope(models.TextChoices):
        CREDIT = "credit", "The service credit of this failure"
        REPETITION = "credit_and_repetition", "The credit, and its place in the count of repeats"

    period = models.OneToOneField(KpiPeriod, on_delete=models.PROTECT, related_name="case")
    state = models.CharField(max_length=12, choices=State.choices)
    severity = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    snoozed_until = models.DateField(null=True, blank=True)
    snoozed_until_worse = models.BooleanField(default=False)
    snoozed_shortfall = models.CharField(max_length=400, blank=True)
    waiver_scope = models.CharField(max_length=24, choices=WaiverScope.choices, blank=True)
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waived") & ~Q(waiver_scope="")
                | ~Q(state="waived") & Q(waiver_scope=""),
                name="case_waiver_names_its_scope",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until_worse=False) | Q(snoozed_until__isnull=False),
                name="case_snooze_has_an_end",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "opened_at"], name="case_inbox"),
            models.Index(fields=["updated_at", "id"], name="case_incremental"),
        ]

    def __str__(self) -> str:
        return f"breach case {self.period}"

    def is_snoozed(self, today: date) -> bool:
        """Whether it asks nobody for attention on ``today``."""
        return self.snoozed_until is not None and today < self.snoozed_until

    def snooze_end(self) -> None:
        """Have it ask for attention again; the caller saves it."""
        self.snoozed_until, self.snoozed_until_worse, self.snoozed_shortfall = None, False, ""


class CaseTransition(models.Model):
    """A step in a case's life; the only thing that moves it. ``from_state`` "" is its birth.

    ``by``: who, as it was then; ``person`` or ``key``: the same where it was a person or a
    program, and not we ourselves.
    ``is_internal``: the vendor sees that and when the step was taken, but not its reason.
    """

    case = models.ForeignKey(BreachCase, on_delete=models.PROTECT, related_name="transitions")
    revision = models.ForeignKey(ResultRevision, on_delete=models.PROTECT)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, choices=BreachCase.State.choices)
    at = models.DateTimeField(db_default=Now())
    by = models.CharField(max_length=200)
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True)
    is_internal = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "revision", "from_state", "to_state"],
                name="transition_once_per_revision",
                violation_error_message="this step was taken on this figure already",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.from_state or 'new'} → {self.to_state}"


class CaseComment(models.Model):
    """What a person (``author``) or a program (``key``) wrote on a case; internal ones never
    reach the vendor."""

    case = models.ForeignKey(BreachCase, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    body = models.TextField(max_length=10_000)
    is_internal = models.BooleanField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=False, key__isnull=True)
                | Q(author__isnull=True, key__isnull=False),
                name="comment_by_a_person_or_a_program",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.by} on {self.case}"

    @property
    def by(self) -> str:
        """Who wrote it, in words."""
        return self.key.told_as if self.key else str(self.author)

    @property
    def is_of_buyer(self) -> bool:
        """Whether it was written on the buyer's side."""
        if self.key:
            return self.key.vendor_id is None
        return self.author is not None and self.author.role != User.Role.VENDOR
