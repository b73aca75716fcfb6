from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Contract, User, Vendor
from metrics.models.alerts import AlertChannel
from metrics.models.cases import BreachCase, CaseTransition
from metrics.models.deliveries import Feed
from metrics.models.kpis import Kpi
from metrics.models.outbox import AlertMessage


class AlertEvent(models.Model):
    """Something that people may want to be told of, once: ``key`` names it for ever.

    ``transition`` marks the step of a case as told of. ``facts``: what its words are made of;
    nothing in it is internal unless ``is_internal`` keeps all of it from vendors. ``escalate_at``:
    when the next person is told of a case that opened, unless it is acknowledged by then.
    """

    class Kind(models.TextChoices):
        BREACH = "breach", "Breach cases"
        ESCALATION = "escalation", "Cases that nobody acknowledged"
        AT_RISK = "at_risk", "Early warnings"
        OVERDUE = "overdue", "Overdue deliveries"
        ENTRY = "entry", "Figures to be typed in"
        APPROVAL = "approval", "Approvals waiting"
        CLOSE = "close", "Steps of the month close"
        DATE = "date", "Dates to act on"
        TEST = "test", "Tests of a channel"

    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    severity = models.CharField(max_length=8, default="minor")
    at = models.DateTimeField(help_text="when it happened")
    facts = models.JSONField(default=dict)
    is_internal = models.BooleanField(default=False)
    transition = models.OneToOneField(
        CaseTransition, null=True, blank=True, on_delete=models.PROTECT, related_name="alert"
    )
    case = models.ForeignKey(
        BreachCase, null=True, blank=True, on_delete=models.PROTECT, related_name="alerts"
    )
    kpi = models.ForeignKey(Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    feed = models.ForeignKey(
        Feed, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    noted_at = models.DateTimeField(db_default=Now(), editable=False)
    fanned_out_at = models.DateTimeField(null=True, blank=True, editable=False)
    escalate_at = models.DateTimeField(null=True, blank=True, editable=False)
    escalate_after_hours = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["key"], name="alert_event_once")]
        indexes = [
            # what has not been told to anybody yet
            models.Index(
                fields=["id"], condition=Q(fanned_out_at__isnull=True), name="alert_event_untold"
            ),
            # escalation: whose time to be acknowledged has passed
            models.Index(
                fields=["escalate_at"],
                condition=Q(escalate_at__isnull=False),
                name="alert_event_escalating",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """An event on a person's own list of notices: one per event and person."""

    event = models.ForeignKey(AlertEvent, on_delete=models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "recipient"], name="notice_once_per_person"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-at", "-id"], name="notice_list"),  # a person's list
            # the number in the header of every page
            models.Index(
                fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} for {self.recipient}"


class NoticeDelivery(models.Model):
    """A line of the delivery log: an event, told or not told to somebody by some channel, and why.

    ``recipient`` empty: a channel that serves everybody. ``channel`` empty: on the pages. ``key``:
    event, recipient and channel, so that one is told once. ``due_at``: not sent before that.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Delivered"
        SUPPRESSED = "suppressed", "Not sent"
        FAILED = "failed", "Failed"

    event = models.ForeignKey(AlertEvent, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        AlertChannel, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=400, blank=True)
    due_at = models.DateTimeField()
    message = models.ForeignKey(
        AlertMessage, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "notice deliveries"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="notice_delivery_once"),
            models.CheckConstraint(
                condition=~Q(state="suppressed") | ~Q(why=""), name="notice_not_sent_says_why"
            ),
        ]
        indexes = [
            # bundling: what is due and in no message yet
            models.Index(
                fields=["due_at"],
                condition=Q(state="waiting", message__isnull=True),
                name="notice_delivery_due",
            ),
        ]

    def __str__(self) -> str:
        return self.key
