from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Contract, User, Vendor

_ONE_SUBJECT = Q(vendor__isnull=False, contract__isnull=True) | Q(
    vendor__isnull=True, contract__isnull=False
)


class Scorecard(models.Model):
    """A published scorecard: frozen as it was shown. Unpublished ones are assembled when read.

    ``reason``: why it was published although data was missing or could still change.
    """

    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="scorecards"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="scorecards"
    )
    first_day = models.DateField()
    last_day = models.DateField()
    label = models.CharField(max_length=24, help_text="the period, as it is named")
    edition = models.PositiveSmallIntegerField()
    body = models.JSONField()
    reason = models.CharField(max_length=400, blank=True)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-last_day", "-edition"]
        constraints = [
            models.CheckConstraint(condition=_ONE_SUBJECT, name="scorecard_of_vendor_or_contract"),
            models.UniqueConstraint(
                fields=["vendor", "label", "edition"], name="scorecard_edition_of_vendor"
            ),
            models.UniqueConstraint(
                fields=["contract", "label", "edition"], name="scorecard_edition_of_contract"
            ),
        ]
        indexes = [
            # what mailings have to send: editions since a mailing was set up
            models.Index(fields=["published_at"], name="scorecard_by_publication"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor or self.contract} {self.label} edition {self.edition}"


class ScorecardMailing(models.Model):
    """Who gets the scorecards of a vendor or a contract by mail, without signing in.

    ``days_after``: how many days after an edition is published its mail goes out; 0 is at once.
    """

    class Rhythm(models.TextChoices):
        MONTHLY = "monthly", "Every month"
        QUARTERLY = "quarterly", "Every quarter"

    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="mailings"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="mailings"
    )
    rhythm = models.CharField(max_length=9, choices=Rhythm.choices, default=Rhythm.MONTHLY)
    days_after = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mailings")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=_ONE_SUBJECT, name="mailing_of_vendor_or_contract"),
            models.CheckConstraint(condition=Q(days_after__lte=60), name="mailing_within_60_days"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor or self.contract} {self.get_rhythm_display().lower()}"


class MailingRecipient(models.Model):
    """An address on a mailing, which gets what is published from ``added_at`` on. Whoever
    unsubscribed stays listed, and is not written to again."""

    mailing = models.ForeignKey(
        ScorecardMailing, on_delete=models.PROTECT, related_name="recipients"
    )
    email = models.EmailField()
    added_at = models.DateTimeField(db_default=Now(), editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "email"], name="mailing_address_once_per_mailing"
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ScorecardLink(models.Model):
    """A way to read one published edition without signing in; only the SHA-256 of its secret is
    kept. ``made_for`` says for whom, ``recipient`` is set where it went out by mail.
    """

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="links")
    hash = models.CharField(max_length=64)
    made_for = models.CharField(max_length=200)
    recipient = models.ForeignKey(
        MailingRecipient, null=True, blank=True, on_delete=models.PROTECT, related_name="links"
    )
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="scorecard_links"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["hash"], name="scorecard_link_secret_unique"),
            # one mail per recipient and edition, whoever scans for what is due
            models.UniqueConstraint(
                fields=["recipient", "scorecard"],
                condition=Q(recipient__isnull=False),
                name="scorecard_mailed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"link to {self.scorecard} for {self.made_for}"
