from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import User
from metrics.models.alerts import AlertChannel


class AlertMessage(models.Model):
    """A message on its way out: of notices by a channel, or a mail that another room wrote.

    ``key`` goes with every try, so that a receiver can tell a second one of the same message.
    ``lease_until`` and ``fence``: who holds it; a sender that slept past its lease finds another
    fence. ``attempts``: how many tries failed. ``error``: of the last one, without any secret.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Given up"
        DROPPED = "dropped", "Nothing left to send"

    UNFINISHED = (State.WAITING, State.CLAIMED)

    key = models.CharField(max_length=120)
    recipient = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        AlertChannel, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    address = models.EmailField(blank=True, help_text="of a mail that another room wrote")
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True, help_text="encrypted; emptied once the mail is sent")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="alert_message_key_unique"),
            models.CheckConstraint(
                condition=Q(channel__isnull=False, address="")
                | Q(channel__isnull=True) & ~Q(address=""),
                name="alert_message_by_channel_or_to_address",
            ),
        ]
        indexes = [
            # the search for work, oldest first
            models.Index(
                fields=["next_try_at"],
                condition=Q(state__in=["waiting", "claimed"]),
                name="alert_message_unsent",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class MessageFile(models.Model):
    """A file that goes out with a mail."""

    message = models.ForeignKey(AlertMessage, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class MessageAttempt(models.Model):
    """One try to send a message; without an end, the sender died, and it may have arrived."""

    class Outcome(models.TextChoices):
        SENT = "sent", "Taken by the receiver"
        FAILED = "failed", "Failed"

    message = models.ForeignKey(AlertMessage, on_delete=models.PROTECT, related_name="tries")
    number = models.PositiveIntegerField(help_text="the fence under which it was made")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["message", "number"]
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_once_per_fence"),
        ]

    def __str__(self) -> str:
        return f"{self.message} try {self.number}"
