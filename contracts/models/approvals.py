from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models.access import ApiKey, User
from contracts.models.vendors import Vendor


class Approval(models.Model):
    """A request that counts once a second person said yes (four eyes).

    ``kind`` names the rule that asks for it, and so the service that carries it out;
    ``subject``: "metrics.breachcase:7"; ``payload``: what will be done, as the service reads it.
    A person asks (``requested_by``) or a program (``requested_key``); only a person answers.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "Waiting for approval"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=100)
    label = models.CharField(max_length=300)
    payload = models.JSONField(default=dict, blank=True)
    reason = models.TextField()
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="requests"
    )
    requested_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField(db_default=Now(), editable=False)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="what the second person said")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_by=F("requested_by")),
                name="approval_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False, requested_key__isnull=True)
                | Q(requested_by__isnull=True, requested_key__isnull=False),
                name="approval_asked_by_a_person_or_a_program",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(state="requested"),
                name="approval_asked_once_at_a_time",
            ),
        ]
        indexes = [
            # the list of what waits for an answer
            models.Index(fields=["id"], condition=Q(state="requested"), name="approval_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.label}"

    @property
    def asked_by(self) -> str:
        """Who asked, in words."""
        return self.requested_key.told_as if self.requested_key else str(self.requested_by)
