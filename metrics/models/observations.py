"""The row-level tables. They carry no foreign keys and no surrogate ids: foreign-key checks
made bulk loading four times slower, and `verify` checks their integrity instead.

Times are UTC microseconds since 1970; a, b and value are integers scaled by the KPI's decimals.
"""

from django.db import models

from metrics.models.deliveries import Feed, Ingestion


class _Measured(models.Model):
    kpi_id = models.IntegerField()
    key = models.BinaryField(max_length=16)
    at = models.BigIntegerField()
    ends_at = models.BigIntegerField(null=True)
    a = models.BigIntegerField(null=True)
    b = models.BigIntegerField(null=True)
    value = models.BigIntegerField(null=True)
    series = models.CharField(max_length=100, null=True)  # noqa: DJ001  NULL: not a series
    revision = models.BigIntegerField()
    digest = models.BinaryField(max_length=16)
    ref = models.CharField(max_length=200)

    class Meta:
        abstract = True


class Observation(_Measured):
    """The version in force of what one item says about one KPI."""

    pk = models.CompositePrimaryKey("kpi_id", "key")
    load_id = models.BigIntegerField()

    class Meta:
        indexes = [
            # the rows of a period
            models.Index(fields=["kpi_id", "at"], name="observation_of_period"),
        ]

    def __str__(self) -> str:
        return self.ref


class ObservationHistory(_Measured):
    """A superseded version: kept for explaining and for recomputing older figures."""

    loaded_by = models.BigIntegerField()
    superseded_by = models.BigIntegerField()

    class Meta:
        indexes = [
            # the rows of a period as they were
            models.Index(fields=["kpi_id", "at"], name="history_of_period"),
        ]

    def __str__(self) -> str:
        return self.ref


class FeedItem(models.Model):
    """The newest revision seen of an item whose KPIs may change between revisions.

    ``targets``: ids of the KPIs it now counts for, packed as little-endian int32.
    """

    pk = models.CompositePrimaryKey("feed_id", "key")
    feed_id = models.IntegerField()
    key = models.BinaryField(max_length=16)
    revision = models.BigIntegerField()
    digest = models.BinaryField(max_length=16)
    targets = models.BinaryField()

    def __str__(self) -> str:
        return bytes(self.key).hex()


class DirtyPeriod(models.Model):
    """Append-only note that a period of a KPI may have changed. Drained, never updated.

    ``at``: an instant inside the period, UTC microseconds.
    """

    kpi_id = models.IntegerField()
    at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.kpi_id} at {self.at}"


class ReferenceSet(models.Model):
    """Frozen reference data, such as training series, known by the bytes it came from."""

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="reference_sets")
    ingestion = models.OneToOneField(
        Ingestion, on_delete=models.PROTECT, related_name="reference_set"
    )
    sha256 = models.CharField(max_length=64)
    decimals = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.feed} {self.sha256[:12]}"


class ReferenceSeries(models.Model):
    """One series of a reference set; ``values`` are scaled little-endian int64 in order."""

    reference_set = models.ForeignKey(ReferenceSet, on_delete=models.PROTECT, related_name="series")
    name = models.CharField(max_length=100)
    values = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference_set", "name"], name="reference_series_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name
