from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Managed, User, Vendor
from contracts.models.managed import code_validator
from metrics.models.kpis import Kpi


class Feed(Managed):
    """A stream of deliveries that share one mapping."""

    class Kind(models.TextChoices):
        DATA = "data", "Observations"
        REFERENCE = "reference", "Reference series"
        MANUAL = "manual", "Manual entries"

    code = models.CharField(max_length=90, validators=[code_validator])
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DATA)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds"
    )

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="feed_code_unique")]

    def __str__(self) -> str:
        return self.code


class FeedMapping(models.Model):
    """One version of how a feed's rows become observations; the highest version is in force."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="mappings")
    version = models.PositiveIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["feed", "version"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "version"], name="mapping_version_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.feed} mapping {self.version}"


class FeedKpi(models.Model):
    """Which KPIs a feed can reach: they wait for it and are covered by its attestations."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="feed_kpis")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="feed_kpis")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "kpi"], name="feed_kpi_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.feed} → {self.kpi}"


class Ingestion(models.Model):
    """One body of bytes on its way into observations, and what became of each of its rows.

    read = accepted + corrected + stale + duplicate + conflicting + filtered + quarantined.

    One with ``undoes`` has no bytes: it takes its place among the deliveries of the feed, takes
    back what that ingestion brought, and says for whom (``asked_by``) and why (``reason``).
    ``first_at`` and ``last_at``: the earliest and latest time of its rows, UTC microseconds.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "Received"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        REJECTED = "rejected", "Rejected"
        PARKED = "parked", "Set aside after failing repeatedly"

    COUNTS = (
        "read",
        "accepted",
        "corrected",
        "stale",
        "duplicate",
        "conflicting",
        "filtered",
        "quarantined",
        "ambiguous",
    )
    UNFINISHED = (Status.RECEIVED, Status.RUNNING, Status.PARKED)

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="ingestions")
    mapping = models.ForeignKey(FeedMapping, on_delete=models.PROTECT, related_name="ingestions")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    path = models.CharField(max_length=200, help_text="below the data directory")
    filename = models.CharField(max_length=200, help_text="as the sender called it")
    attempt_of = models.PositiveSmallIntegerField(
        default=0, help_text="0 for the first try of these bytes; later ones follow a rejection"
    )
    received_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RECEIVED)
    read = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    corrected = models.BigIntegerField(default=0)
    stale = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    conflicting = models.BigIntegerField(default=0)
    filtered = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    ambiguous = models.BigIntegerField(default=0)
    error = models.JSONField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    first_at = models.BigIntegerField(null=True, blank=True)
    last_at = models.BigIntegerField(null=True, blank=True)
    layout = models.JSONField(
        null=True, blank=True, help_text="how its bytes are laid out, if not as the mapping says"
    )
    mends = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="mended_by"
    )
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undos"
    )
    asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=400, blank=True)
    undone_at = models.DateTimeField(
        null=True, blank=True, help_text="since when nothing of it counts any more"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "mapping", "sha256", "attempt_of"],
                condition=Q(undoes=None),
                name="ingestion_same_bytes_once_per_mapping",
            ),
            models.UniqueConstraint(
                fields=["undoes"],
                condition=~Q(status="rejected"),
                name="ingestion_undone_once",
            ),
            models.CheckConstraint(
                condition=Q(undoes=None) | ~Q(reason=""), name="ingestion_undone_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status="done")
                | Q(
                    read=models.F("accepted")
                    + models.F("corrected")
                    + models.F("stale")
                    + models.F("duplicate")
                    + models.F("conflicting")
                    + models.F("filtered")
                    + models.F("quarantined")
                ),
                name="ingestion_counts_every_row_once",
            ),
        ]
        indexes = [
            # the search for work: oldest unfinished ingestion of each feed
            models.Index(
                fields=["feed", "id"],
                condition=Q(status__in=["received", "running", "parked"]),
                name="ingestion_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing about it changes by itself any more."""
        return self.status not in (self.Status.RECEIVED, self.Status.RUNNING)


class IngestionChunk(models.Model):
    """A part of an ingestion that is in, whole, and is never loaded twice."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.PROTECT, related_name="chunks")
    number = models.PositiveIntegerField()
    counts = models.JSONField()
    first_at = models.BigIntegerField(null=True)
    last_at = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ingestion", "number"], name="chunk_loaded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ingestion} part {self.number}"


class Delivery(models.Model):
    """One arrival of bytes, also of bytes that were here before, and what its sender attests.

    ``complete_through``: the sender says everything up to and including this day is in,
    nothing at all included.
    """

    ingestion = models.ForeignKey(Ingestion, on_delete=models.PROTECT, related_name="deliveries")
    filename = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    delivered_by = models.CharField(max_length=200, blank=True)
    repeated = models.BooleanField(default=False)
    complete_through = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.filename} at {self.received_at:%Y-%m-%d %H:%M}"


class QuarantinedRow(models.Model):
    """A row that did not fit: where it stands, what is wrong and how to mend it."""

    ingestion = models.ForeignKey(Ingestion, on_delete=models.PROTECT, related_name="rejects")
    line = models.BigIntegerField()
    column = models.CharField(max_length=200)
    value = models.CharField(max_length=200)
    rule = models.CharField(max_length=60)
    message = models.TextField()
    hint = models.TextField(blank=True)
    mended_by = models.ForeignKey(
        Ingestion, null=True, blank=True, on_delete=models.PROTECT, related_name="mended_rows"
    )

    class Meta:
        ordering = ["ingestion", "line"]
        constraints = [
            models.UniqueConstraint(fields=["ingestion", "line"], name="quarantine_once_per_line"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"
