from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import User, Vendor
from metrics.models.cases import BreachCase
from metrics.models.incidents import Incident


class CorrectivePlan(models.Model):
    """What will be done so that a failure does not come back: for one case, or for an incident."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        RETURNED = "returned", "Sent back"
        ACCEPTED = "accepted", "Accepted"
        COMPLETED = "completed", "Completed"

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="plans")
    case = models.ForeignKey(
        BreachCase, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    incident = models.ForeignKey(
        Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="plans"
    )
    title = models.CharField(max_length=200)
    cause = models.TextField(help_text="why it failed, as far as it is known")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(
        blank=True, help_text="what was said when it was accepted or returned"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "corrective action plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, incident__isnull=True)
                | Q(case__isnull=True, incident__isnull=False),
                name="plan_for_a_case_or_an_incident",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PlanStep(models.Model):
    """One thing to be done by a day, by one side."""

    class Side(models.TextChoices):
        VENDOR = "vendor", "Vendor"
        BUYER = "buyer", "Buyer"

    plan = models.ForeignKey(CorrectivePlan, on_delete=models.PROTECT, related_name="steps")
    title = models.CharField(max_length=200)
    side = models.CharField(max_length=6, choices=Side.choices)
    owner = models.CharField(max_length=200, help_text="the person who does it")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    result = models.TextField(blank=True, help_text="what was done, and where to see it")
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = "step of a plan"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on__isnull=True, done_by__isnull=True)
                | Q(done_on__isnull=False, done_by__isnull=False),
                name="plan_step_done_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_overdue(self, today: date) -> bool:
        return self.done_on is None and self.due_on < today
