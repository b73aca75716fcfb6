from django.db import models
from django.db.models.functions import Now

from metrics.models.kpis import Kpi, KpiDefinition, ServiceLevel


class ReportingPeriod(models.Model):
    """A stretch of days that figures are told for, whatever KPIs it belongs to: a BI dimension.

    ``key``: the label and both days, which facts repeat: 2026-03:2026-03-01/2026-03-31.
    """

    key = models.CharField(max_length=40)
    label = models.CharField(max_length=12)
    first_day = models.DateField()
    last_day = models.DateField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["first_day", "last_day", "label"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="reporting_period_key_unique"),
        ]

    def __str__(self) -> str:
        return self.key


class KpiPeriod(models.Model):
    """The head of a KPI's period: which revision of its result counts, and how final it is.

    Status, value and breach repeat the current revision for look-ups; they are written with it.
    """

    class Phase(models.TextChoices):
        RUNNING = "running", "Running"
        PROVISIONAL = "provisional", "Provisional"
        FINAL = "final", "Final"
        RESTATED = "restated", "Restated"

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="periods")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    first_day = models.DateField()
    last_day = models.DateField()
    label = models.CharField(max_length=12)
    phase = models.CharField(max_length=12, choices=Phase.choices)
    status = models.CharField(max_length=20)
    is_breach = models.BooleanField(default=False)
    current = models.ForeignKey(
        "metrics.ResultRevision", null=True, on_delete=models.PROTECT, related_name="+"
    )
    published = models.ForeignKey(
        "metrics.ResultRevision",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the revision that the newest published scorecard shows",
    )
    final_due_at = models.DateTimeField(
        null=True, blank=True, help_text="when its grace ends; empty while running or once final"
    )
    final_at = models.DateTimeField(null=True, blank=True)
    has_late_rows = models.BooleanField(
        default=False, help_text="rows arrived after the figure became final"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kpi", "starts_at"]
        verbose_name = "KPI period"
        constraints = [
            models.UniqueConstraint(fields=["kpi", "starts_at"], name="period_once_per_kpi"),
        ]
        indexes = [
            models.Index(fields=["last_day", "kpi"], name="period_by_last_day"),  # scorecards
            models.Index(fields=["updated_at", "id"], name="period_incremental"),  # BI readers
            # the sweep: what becomes final now
            models.Index(
                fields=["final_due_at"],
                condition=models.Q(final_due_at__isnull=False),
                name="period_final_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} {self.label}"


class ResultRevision(models.Model):
    """A figure as it was computed once, with everything that made it. Never updated.

    ``value``, ``numerator``, ``denominator``: exact, as "p" or "p/q", the value in the KPI's unit.
    ``watermark``: last ingestion of each feed that it saw, {feed id: ingestion id}.
    """

    period = models.ForeignKey(KpiPeriod, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    definition = models.ForeignKey(KpiDefinition, on_delete=models.PROTECT)
    level = models.ForeignKey(ServiceLevel, null=True, on_delete=models.PROTECT)
    status = models.CharField(max_length=20)
    value = models.CharField(max_length=400, blank=True)
    value_float = models.FloatField(null=True)
    numerator = models.CharField(max_length=200, blank=True)
    denominator = models.CharField(max_length=200, blank=True)
    rows = models.BigIntegerField()
    volume = models.CharField(max_length=100)
    band = models.CharField(max_length=60, blank=True)
    shortfall = models.CharField(max_length=400, blank=True)
    consequence = models.CharField(max_length=10)
    attainment = models.CharField(max_length=400, blank=True)
    attainment_float = models.FloatField(null=True)
    is_breach = models.BooleanField()
    attested = models.BooleanField()
    body = models.JSONField(help_text="formula, steps, failures left, interval, published extras")
    fingerprint = models.CharField(max_length=80)
    watermark = models.JSONField()
    reason = models.CharField(max_length=400, blank=True, help_text="of a restatement")
    approved_by = models.CharField(max_length=200, blank=True)
    computed_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["period", "number"]
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="revision_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.period} revision {self.number}"
