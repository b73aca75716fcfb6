from datetime import date

from django.db import models
from django.db.models import Q

from contracts.models import Amendment, Calendar, Contract, Managed, Process
from contracts.models.managed import code_validator
from kpotracker.toolkit.fields import ExactDecimalField


class Kpi(Managed):
    """One promise that is measured: an identity; what it means and demands is dated.

    ``decimals``: how many decimals its stored numbers keep (scaled integers), fixed for good.
    ``time_field``: which of a row's times puts it into a period, fixed for good.
    """

    class Family(models.TextChoices):
        OUTCOME = "outcome", "Outcome"
        THROUGHPUT = "throughput", "Throughput"
        TRANSPARENCY = "transparency", "Transparency"
        COMPLIANCE = "compliance", "Compliance"

    class TimeField(models.TextChoices):
        FINISHED = "finished"
        OCCURRED = "occurred"
        STARTED = "started"
        DUE = "due"

    class Direction(models.TextChoices):
        HIGHER = "higher", "Higher is better"
        LOWER = "lower", "Lower is better"
        WITHIN = "within", "Within a range"

    code = models.CharField(max_length=63, validators=[code_validator])
    name = models.CharField(max_length=200)
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="kpis"
    )
    process = models.ForeignKey(
        Process, null=True, blank=True, on_delete=models.PROTECT, related_name="kpis"
    )
    family = models.CharField(max_length=12, choices=Family.choices)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    clause = models.CharField(max_length=60, blank=True)
    wording = models.TextField(blank=True, help_text="the clause as signed")
    time_field = models.CharField(max_length=8, choices=TimeField.choices)
    decimals = models.PositiveSmallIntegerField(default=0)
    first_day = models.DateField(help_text="first day that is measured")
    last_day = models.DateField(null=True, blank=True)
    next_tick_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when its next period begins or ends"
    )
    visited_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="all its periods up to here have a figure"
    )

    class Meta:
        ordering = ["code"]
        verbose_name = "KPI"
        constraints = [
            models.UniqueConstraint(fields=["code"], name="kpi_code_unique"),
            models.CheckConstraint(condition=Q(decimals__lte=10), name="kpi_decimals_at_most_10"),
            models.CheckConstraint(
                condition=Q(contract__isnull=False) | Q(process__isnull=False),
                name="kpi_belongs_to_contract_or_process",
            ),
        ]
        indexes = [
            models.Index(fields=["next_tick_at"], name="kpi_due_ticks"),  # the sweep's look-up
            models.Index(fields=["updated_at", "id"], name="kpi_incremental"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def governing_contract(self) -> Contract | None:
        """The contract it is judged under: its own, or else its process's; None in house."""
        if self.contract:
            return self.contract
        return self.process.contract if self.process else None


class KpiDefinition(models.Model):
    """How a KPI is measured from a day on. A later line starts with its KPI's next period."""

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="definitions")
    valid_from = models.DateField()
    amendment = models.ForeignKey(Amendment, null=True, blank=True, on_delete=models.PROTECT)
    measure = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict, blank=True)
    unit = models.CharField(max_length=40)
    places = models.PositiveSmallIntegerField(default=2, help_text="decimals people see")
    period = models.CharField(max_length=16)
    anchor = models.DateField(null=True, blank=True)
    zone = models.CharField(max_length=64)
    calendar = models.ForeignKey(Calendar, null=True, blank=True, on_delete=models.PROTECT)
    stub = models.CharField(max_length=8, default="evaluate")
    grace_days = models.PositiveSmallIntegerField(default=5)

    class Meta:
        ordering = ["kpi", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "valid_from"], name="definition_one_per_kpi_and_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} measured from {self.valid_from}"


class ServiceLevel(models.Model):
    """What a KPI has to reach from a day on (semantics: a service level version).

    Numbers are in the KPI's unit: percent KPIs state 95, not 0.95.
    ``bands``: [["good", "99", null], ["minor", "98", "99"], ...] from best to worst.
    """

    class Operator(models.TextChoices):
        AT_LEAST = ">=", "at least"
        ABOVE = ">", "above"
        AT_MOST = "<=", "at most"
        BELOW = "<", "below"
        WITHIN = "within", "within"

    class Kind(models.TextChoices):
        CRITICAL = "critical", "Critical service level"
        KEY = "key", "Key measurement"
        REPORTING = "reporting", "Reporting only"

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="levels")
    valid_from = models.DateField()
    amendment = models.ForeignKey(Amendment, null=True, blank=True, on_delete=models.PROTECT)
    clause = models.CharField(max_length=60, blank=True)
    wording = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.KEY)
    operator = models.CharField(max_length=6, choices=Operator.choices)
    expected = ExactDecimalField(null=True, blank=True)
    lower = ExactDecimalField(null=True, blank=True)
    upper = ExactDecimalField(null=True, blank=True)
    minimum = ExactDecimalField(null=True, blank=True)
    critical = ExactDecimalField(null=True, blank=True)
    bands = models.JSONField(default=list, blank=True)
    compare_places = models.PositiveSmallIntegerField(null=True, blank=True)
    compare_rounding = models.CharField(max_length=8, default="half_up")
    weight = ExactDecimalField(default="1")
    min_volume = ExactDecimalField(null=True, blank=True)
    small_sample = models.CharField(max_length=24, default="insufficient")
    attainment = models.CharField(max_length=12, blank=True)
    floor = ExactDecimalField(null=True, blank=True)
    enforced_from = models.DateField(null=True, blank=True)
    no_data_is = models.CharField(max_length=8, default="none")
    no_activity_is = models.CharField(max_length=8, default="none")

    class Meta:
        ordering = ["kpi", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["kpi", "valid_from"], name="level_one_per_kpi_and_day"),
            models.CheckConstraint(
                condition=Q(operator="within", lower__isnull=False, upper__isnull=False)
                | (~Q(operator="within") & Q(expected__isnull=False)),
                name="level_states_what_it_expects",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} from {self.valid_from}: {self.phrase}"

    @property
    def phrase(self) -> str:
        """The level in words, such as ``≥ 95`` or ``within -5 to 5``."""
        if self.operator == self.Operator.WITHIN:
            return f"within {self.lower} to {self.upper}"
        sign = {">=": "≥", "<=": "≤"}.get(self.operator, self.operator)
        return f"{sign} {self.expected}"

    @property
    def has_two_levels(self) -> bool:
        """Whether a minimum stands apart from what is expected."""
        return self.expected is not None and self.minimum is not None

    def is_enforced(self, first_day: date) -> bool:
        """Whether a period beginning on ``first_day`` is past bedding-in."""
        return self.enforced_from is None or self.enforced_from <= first_day
