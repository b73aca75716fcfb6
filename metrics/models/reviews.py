from datetime import date

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models import Contract, User, Vendor


class Review(models.Model):
    """A meeting of both sides about one vendor's work, or an internal one about that vendor.

    ``is_internal``: the vendor is neither invited nor told.
    """

    class Kind(models.TextChoices):
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        MONTHLY = "monthly", "Monthly"
        QUARTERLY = "quarterly", "Quarterly"
        OTHER = "other", "Other"

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="reviews")
    contracts = models.ManyToManyField(Contract, blank=True, related_name="reviews")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    planned_on = models.DateField()
    held_on = models.DateField(null=True, blank=True)
    called_off_on = models.DateField(null=True, blank=True)
    chair = models.ForeignKey(User, on_delete=models.PROTECT, related_name="chaired_reviews")
    attendees = models.TextField(max_length=2000, blank=True)
    is_internal = models.BooleanField(default=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-planned_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_on__isnull=True) | Q(called_off_on__isnull=True),
                name="review_held_or_called_off",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "planned_on"], name="review_of_vendor"
            ),  # the one before
            models.Index(fields=["planned_on"], name="review_by_day"),  # the list, calendar feeds
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} review of {self.vendor}, {self.planned_on}"

    @property
    def day(self) -> date:
        """The day it was held on, or else is planned for."""
        return self.held_on or self.planned_on

    @property
    def state(self) -> str:
        """upcoming, held or called_off."""
        if self.called_off_on is not None:
            return "called_off"
        return "held" if self.held_on is not None else "upcoming"

    @property
    def is_upcoming(self) -> bool:
        """Whether it still has to be held."""
        return self.held_on is None and self.called_off_on is None


class ReviewNote(models.Model):
    """A point of a review's agenda, or a note taken there; ``is_internal`` ones stay inside."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField(max_length=4000)
    is_internal = models.BooleanField(default=True)
    by = models.CharField(max_length=200)
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"note {self.pk} of {self.review}"


class ReviewDecision(models.Model):
    """What a review decided, as written down by ``by``."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    text = models.TextField(max_length=4000)
    is_internal = models.BooleanField(default=False)
    by = models.CharField(max_length=200)
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"decision {self.pk} of {self.review}"


class ReviewAction(models.Model):
    """Something one side promised in a review; while open, every later review shows it.

    ``owner``: who signs in and answers for it; ``owner_name``: who does, without signing in.
    ``closed_on``: the day it was done or dropped.
    """

    class Side(models.TextChoices):
        BUYER = "buyer", "Ours"
        VENDOR = "vendor", "Vendor's"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="actions")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="review_actions")
    text = models.CharField(max_length=500)
    side = models.CharField(max_length=6, choices=Side.choices)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="review_actions"
    )
    owner_name = models.CharField(max_length=120, blank=True)
    agreed_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    note = models.CharField(max_length=1000, blank=True, help_text="how it was done, or why not")
    closed_on = models.DateField(null=True, blank=True)
    is_internal = models.BooleanField(default=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, owner_name="")
                | (Q(owner__isnull=True) & ~Q(owner_name="")),
                name="action_has_one_owner",
                violation_error_message="Say who owns it: a person who signs in, or a name.",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_on__isnull=True)
                | Q(state__in=["done", "dropped"], closed_on__isnull=False),
                name="action_closed_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("agreed_on")),
                name="action_due_after_it_was_agreed",
                violation_error_message="It cannot be due before it was agreed.",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "state", "due_on"], name="action_of_vendor"),  # reviews
            models.Index(fields=["owner", "state", "due_on"], name="action_of_person"),  # "mine"
        ]

    def __str__(self) -> str:
        return f"action {self.pk}: {self.text[:60]}"

    @property
    def who(self) -> str:
        """The name of whoever owns it."""
        return str(self.owner) if self.owner else self.owner_name

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_overdue(self, today: date) -> bool:
        """Whether it is open after the day it was due."""
        return self.is_open and self.due_on < today

    def age(self, today: date) -> int:
        """Days since it was agreed, until it was closed or ``today``."""
        return max(((self.closed_on or today) - self.agreed_on).days, 0)


class ReviewPack(models.Model):
    """What was put before a review, frozen when it was built; a later one is a new edition.

    Its contents are in its copies: one shared with the vendor and one that stays inside.
    """

    review = models.ForeignKey(
        Review, null=True, blank=True, on_delete=models.PROTECT, related_name="packs"
    )
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="packs")
    first_day = models.DateField()
    last_day = models.DateField()
    label = models.CharField(max_length=24, help_text="the period, as it is named")
    edition = models.PositiveSmallIntegerField()
    is_internal = models.BooleanField(default=False, help_text="of an internal review")
    built_at = models.DateTimeField()
    built_by = models.CharField(max_length=200)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-last_day", "-edition", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "label", "edition"], name="pack_edition_of_vendor"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="pack_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"review pack {self.vendor} {self.label} edition {self.edition}"


class PackCopy(models.Model):
    """A review pack for one audience: its contents, and the files made of them.

    Files are kept as they were made, so that their SHA-256 holds for whoever has one.
    """

    class Audience(models.TextChoices):
        SHARED = "shared", "Shared with the vendor"
        INTERNAL = "internal", "Internal"

    pack = models.ForeignKey(ReviewPack, on_delete=models.PROTECT, related_name="copies")
    audience = models.CharField(max_length=8, choices=Audience.choices)
    body = models.JSONField()
    body_sha256 = models.CharField(max_length=64)
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)
    xlsx = models.BinaryField()
    xlsx_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pack", "-audience"]
        verbose_name_plural = "pack copies"
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "audience"], name="pack_one_copy_for_each_audience"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience} copy of {self.pack}"


class CalendarFeed(models.Model):
    """A secret address that a person's calendar reads; only the SHA-256 of its secret is kept."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="calendar_feeds")
    name = models.CharField(max_length=60)
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["hash"], name="calendar_feed_secret_unique"),
        ]

    def __str__(self) -> str:
        return self.name
