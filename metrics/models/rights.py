"""Rights to terminate: the clauses that open them, and what became of each."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Amendment, Contract
from contracts.models.managed import code_validator
from kpotracker.toolkit.fields import ExactDecimalField
from metrics.models.kpis import Kpi
from metrics.models.results import KpiPeriod

MOST_PERIODS = 120
LONGEST_EXPIRY = 3660  # days


class TerminationRule(models.Model):
    """A clause under which chronic failure lets us terminate, from a day on.

    Lines of one ``code`` follow each other: a right is judged by the line in force on the first day
    of the last period that it rests on. ``count``, ``of``, ``threshold``: as
    ``metrics.engine.rights.Chronic`` reads them; ``threshold`` in the KPI's unit.
    ``amount_minor``: of accumulated credits, in the smallest unit of the contract's currency; there
    ``threshold`` is a percentage of the charges.
    ``expiry_days``: how many days after it opened it can be exercised; empty: it does not lapse.
    """

    class Kind(models.TextChoices):
        CONSECUTIVE = "consecutive", "Failures in a row"
        N_OF_M = "n_of_m", "Failures within a number of periods"
        ROLLING_AVERAGE = "rolling_average", "Average over periods worse than a value"
        ACCUMULATED_CREDITS = "accumulated_credits", "Service credits of several periods"
        CREDITS_AT_CAP = "credits_at_cap", "Service credits at their cap"

    class Scope(models.TextChoices):
        KPIS = "kpis", "Each of the KPIs named"
        CRITICAL = "any_critical", "Any critical service level of the contract"

    class Gap(models.TextChoices):
        BREAKS = "breaks", "ends a run"
        SKIPS = "skips", "is passed over"

    class Further(models.TextChoices):
        EACH = "each_further", "Each further failure opens another right"
        RESET = "reset", "The count begins anew"

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="termination_rules"
    )
    code = models.CharField(max_length=63, validators=[code_validator])
    valid_from = models.DateField()
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clause = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    count = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PERIODS)]
    )
    of = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MOST_PERIODS)]
    )
    threshold = ExactDecimalField(null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    scope = models.CharField(max_length=12, choices=Scope.choices, default=Scope.CRITICAL)
    kpis = models.ManyToManyField(Kpi, blank=True, related_name="termination_rules")
    gap = models.CharField(max_length=6, choices=Gap.choices, default=Gap.BREAKS)
    further = models.CharField(max_length=12, choices=Further.choices, default=Further.EACH)
    expiry_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(LONGEST_EXPIRY)]
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "code", "valid_from"],
                name="termination_rule_one_per_code_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.contract} from {self.valid_from}"

    @property
    def is_of_credits(self) -> bool:
        """Whether it is about the contract's service credits, not about failures of a KPI."""
        return self.kind in (self.Kind.ACCUMULATED_CREDITS, self.Kind.CREDITS_AT_CAP)


class TerminationRight(models.Model):
    """A right to terminate that opened: one per rule and last period of failure, for ever.

    ``period``: the KPI's last period that it rests on; or ``credit_period``, the first day of the
    last credit period.
    ``trigger``: first days of the periods it rests on, such as ["2026-01-01", "2026-02-01"].
    ``expires_on``: the last day on which it can be exercised; empty: it does not lapse.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        EXERCISED = "exercised", "Exercised"
        WAIVED = "waived", "Waived"
        LAPSED = "lapsed", "Lapsed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="termination_rights"
    )
    rule = models.ForeignKey(TerminationRule, on_delete=models.PROTECT, related_name="rights")
    period = models.ForeignKey(
        KpiPeriod,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="termination_rights",
    )
    credit_period = models.DateField(null=True, blank=True)
    trigger = models.JSONField()
    opened_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-opened_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "period"], name="termination_right_once_per_rule_and_period"
            ),
            models.UniqueConstraint(
                fields=["rule", "credit_period"], name="termination_right_once_per_credit_period"
            ),
            models.CheckConstraint(
                condition=Q(period__isnull=False, credit_period__isnull=True)
                | Q(period__isnull=True, credit_period__isnull=False),
                name="termination_right_rests_on_one_thing",
            ),
        ]
        indexes = [
            # the chore: what lapses now, and what is still open
            models.Index(
                fields=["expires_on"], condition=Q(state="open"), name="termination_right_open"
            ),
        ]

    def __str__(self) -> str:
        return f"right to terminate {self.contract} of {self.opened_on}"

    @property
    def about(self) -> str:
        """What it rests on, for lists: the KPI, or the service credits of the contract."""
        return self.period.kpi.name if self.period else "Service credits"

    @property
    def last_label(self) -> str:
        """The last period that it rests on, such as 2026-03."""
        return self.period.label if self.period else f"{self.credit_period:%Y-%m}"


class RightsFollowed(models.Model):
    """How far the rights of a contract have followed what opens them: every change stamped up to
    ``seen_until`` is in them."""

    contract = models.OneToOneField(
        Contract, primary_key=True, on_delete=models.PROTECT, related_name="rights_followed"
    )
    seen_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"rights of {self.contract}"


class RightStep(models.Model):
    """A step of a right to terminate: who, when and why. Never changed, never removed."""

    right = models.ForeignKey(TerminationRight, on_delete=models.PROTECT, related_name="steps")
    from_state = models.CharField(max_length=10, choices=TerminationRight.State.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=TerminationRight.State.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.TextField(max_length=2_000)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.right}: {self.to_state}"
