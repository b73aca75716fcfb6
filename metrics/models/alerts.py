from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Contract, User, Vendor
from metrics.models.kpis import Kpi

SEVERITIES = ("minor", "major", "critical")


class AlertChannel(models.Model):
    """A way by which notices leave the pages: a person's own, or one that serves everybody.

    ``secret``: its address and keys, encrypted; ``hint`` is what of it may be shown. ``to_each``:
    mail that serves everybody, and goes to each subscriber's own address. A channel that is no
    longer used is switched off, never removed: the delivery log names it.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        SLACK = "slack", "Slack"
        TEAMS = "teams", "Microsoft Teams"
        WEBHOOK = "webhook", "Signed webhook"
        OTHER = "other", "Another service"

    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="alert_channels"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60)
    secret = models.TextField()
    hint = models.CharField(max_length=120)
    to_each = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_each=False) | Q(kind="email", owner__isnull=True),
                name="channel_to_each_is_common_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AlertSubscription(models.Model):
    """What a person, or everybody with a role, is told of, by which channel and when.

    ``channel`` empty: on the pages. ``kinds``: of events, ``states``: of cases, empty for all.
    ``zone``: of ``hour``, 0 to 23, at which digests go out, and of the quiet hours, which may
    span midnight. ``escalate_after_hours``: a case that opened and that nobody acknowledged by
    then is told of to the next person.
    """

    class Timing(models.TextChoices):
        CRITICAL_NOW = "critical_now", "Critical at once, the rest once a day"
        NOW = "now", "Everything at once"
        DAILY = "daily", "Once a day"
        WEEKLY = "weekly", "Once a week"

    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="alert_subscriptions"
    )
    role = models.CharField(max_length=16, choices=User.Role.choices, blank=True)
    channel = models.ForeignKey(
        AlertChannel,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="subscriptions",
    )
    kinds = models.JSONField(default=list)
    states = models.JSONField(default=list, blank=True)
    least_severity = models.CharField(
        max_length=8, choices=[(each, each.capitalize()) for each in SEVERITIES], default="minor"
    )
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    timing = models.CharField(max_length=12, choices=Timing.choices, default=Timing.CRITICAL_NOW)
    hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    weekday = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(6)])
    zone = models.CharField(max_length=64, default="UTC")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    critical_breaks_quiet = models.BooleanField(default=True)
    escalate_after_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, role="") | Q(owner__isnull=True) & ~Q(role=""),
                name="subscription_of_a_person_or_a_role",
            ),
            models.CheckConstraint(
                condition=Q(hour__lte=23, weekday__lte=6), name="subscription_hour_and_weekday"
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="subscription_quiet_hours_have_both_ends",
            ),
        ]

    def __str__(self) -> str:
        whom = self.owner or f"everybody in {self.get_role_display().lower()}"
        return f"{whom} by {self.channel or 'the pages'}"


class AlertMute(models.Model):
    """Nothing is told of one KPI, contract or vendor until a day; why is kept and shown.

    ``owner``: whose notices it holds back, empty for everybody's. ``until``: the first instant
    at which notices go out again.
    """

    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="alert_mutes"
    )
    kpi = models.ForeignKey(
        Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="mutes"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="mutes"
    )
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="mutes"
    )
    until = models.DateTimeField()
    reason = models.CharField(max_length=300)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["until", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kpi__isnull=False, contract__isnull=True, vendor__isnull=True)
                | Q(kpi__isnull=True, contract__isnull=False, vendor__isnull=True)
                | Q(kpi__isnull=True, contract__isnull=True, vendor__isnull=False),
                name="mute_of_one_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["until"], name="mute_in_force"),  # routing: what is muted now
        ]

    def __str__(self) -> str:
        return f"{self.kpi or self.contract or self.vendor} until {self.until:%Y-%m-%d}"
