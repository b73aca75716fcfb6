"""Service credits: what a contract agreed about them, and the ledger of what follows from it."""

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Amendment, ApiKey, Contract, User
from kpotracker.toolkit.fields import ExactDecimalField
from metrics.models.incidents import Incident
from metrics.models.kpis import Kpi
from metrics.models.results import KpiPeriod, ResultRevision


class LedgerError(RuntimeError):
    """Somebody tried to change or remove what the ledger says."""

    def __init__(self) -> None:
        super().__init__("The credit ledger is append-only: post a correction instead.")


class Ledger(models.QuerySet[Any]):
    """Rows can be added and read; the database refuses the rest as well."""

    def update(self, **kwargs: Any) -> int:
        """Only the stamp of incremental readers may follow."""
        if kwargs.keys() != {"updated_at"}:
            raise LedgerError
        return super().update(**kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerError

    def delete(self) -> NoReturn:
        raise LedgerError


class LedgerRow(models.Model):
    """What the ledger says once, it says for ever."""

    objects = Ledger.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append the row. Raises LedgerError for one that is stored already."""
        if not self._state.adding:
            raise LedgerError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise LedgerError


class CreditTerms(models.Model):
    """What a contract agreed about service credits, from a day on: looked up at the first day of
    a credit period.

    ``every``: how long a credit period is; a KPI's own period counts in the one that holds its
    last day. Percents are percent, amounts the smallest unit of the contract's currency.
    ``at_risk_…``: of the base's charges, or an amount for each full credit period.
    ``pool_percent``: the most that categories x allocations may add up to.
    ``period_cap_…``: where neither is stated, credits stop at the at-risk amount.
    ``annual_cap_…``: of twelve months' charges, or an amount, for each contract year.
    ``points_value``: what service points are worth: {"percent": "1"} or {"amount": "250.00"} each,
    or {"table": [["1", "0.5"], …], "of": "percent"}, from how many points of a period on.
    ``earn_back``: {"kind": "met_for", "periods": 6, "share": "50", "hold_until_window_ends":
    false}; empty for none.
    """

    class Every(models.TextChoices):
        MONTH = "month", "Month"
        QUARTER = "quarter", "Quarter"

    class Base(models.TextChoices):
        THIS = "this", "Charges of the period itself"
        NEXT = "next", "Charges of the period after"
        PREVIOUS = "previous", "Charges of the period before"
        ANNUAL = "annual", "Charges of twelve months"

    class SameCause(models.TextChoices):
        ALL = "all", "Every failure counts"
        HIGHEST = "highest", "Only the highest credit of one cause counts"
        CHOICE = "buyers_choice", "One credit of each cause counts, which the buyer chooses"

    class Excess(models.TextChoices):
        LOST = "lost", "Lost"
        CARRIED = "carried", "Carried into the next period"

    class Rounding(models.TextChoices):
        HALF_UP = "half_up", "Halves up"
        HALF_EVEN = "half_even", "Halves to the even digit"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="credit_terms")
    valid_from = models.DateField()
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clause = models.CharField(max_length=60, blank=True)
    every = models.CharField(max_length=8, choices=Every.choices, default=Every.MONTH)
    base = models.CharField(max_length=8, choices=Base.choices, default=Base.THIS)
    at_risk_percent = ExactDecimalField(null=True, blank=True)
    at_risk_minor = models.BigIntegerField(null=True, blank=True)
    pool_percent = ExactDecimalField(default="100")
    same_cause = models.CharField(max_length=14, choices=SameCause.choices, default=SameCause.ALL)
    critical_replaces = models.BooleanField(
        default=False, help_text="a critical failure replaces the other credits of its period"
    )
    period_cap_percent = ExactDecimalField(null=True, blank=True)
    period_cap_minor = models.BigIntegerField(null=True, blank=True)
    annual_cap_percent = ExactDecimalField(null=True, blank=True)
    annual_cap_minor = models.BigIntegerField(null=True, blank=True)
    excess = models.CharField(max_length=8, choices=Excess.choices, default=Excess.LOST)
    rounding = models.CharField(max_length=10, choices=Rounding.choices, default=Rounding.HALF_UP)
    points_value = models.JSONField(default=dict, blank=True)
    earn_back = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "valid_from"]
        verbose_name_plural = "credit terms"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "valid_from"], name="credit_terms_one_per_contract_and_day"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{name}_percent__isnull": True})
                    | Q(**{f"{name}_minor__isnull": True}),
                    name=f"credit_terms_{name}_in_one_way",
                )
                for name in ("at_risk", "period_cap", "annual_cap")
            ),
        ]

    def __str__(self) -> str:
        return f"credit terms of {self.contract} from {self.valid_from}"


class CreditRule(models.Model):
    """What a KPI's failure gives, from a day on: looked up at the first day of its period.

    ``parameters``: as ``metrics.engine.credits.rules`` states them for each kind, numbers as text;
    empty with the kind ``none``, which ends what was agreed before.
    """

    class Kind(models.TextChoices):
        POOL = "pool_allocation", "Share of a category of the pool"
        WEIGHT = "weight", "Share of the at-risk amount"
        WEIGHT_TIER = "weight_tier", "Share of the at-risk amount, by tier"
        TIERS = "tiers", "Percent of the fee, by tier"
        STEPS = "full_steps", "Percent of the fee for each full step short"
        SHORTFALL = "shortfall_points", "Percent of the fee for each point short"
        POINTS = "service_points", "Service points"
        FIXED = "fixed_per_incident", "Amount for each incident"
        NONE = "none", "No credit"

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="credit_rules")
    valid_from = models.DateField()
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clause = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parameters = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kpi", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "valid_from"], name="credit_rule_one_per_kpi_and_day"
            ),
        ]

    def __str__(self) -> str:
        return f"credit rule of {self.kpi} from {self.valid_from}"


class CreditChoice(LedgerRow):
    """Which failure of one cause the buyer takes the credit of; the newest choice counts."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    kpi_period = models.ForeignKey(KpiPeriod, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.TextField(max_length=4000, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.incident}: {self.kpi_period}"


class CreditLedger(models.Model):
    """How far the ledger of a contract has followed what it depends on.

    ``seen_until``: every change stamped up to here is in it; ``due_on``: the first day on which it
    changes by time alone. ``waiting``: lines that cannot be computed yet, each
    {"line", "kpi_period", "first_day", "last_day", "counted_in", "why", "needs": [first, last]}.
    """

    contract = models.OneToOneField(
        Contract, primary_key=True, on_delete=models.PROTECT, related_name="credit_ledger"
    )
    seen_until = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    waiting = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"credit ledger of {self.contract}"


class CreditEntry(LedgerRow):
    """One posting: what its line requires now, less what was posted for it before.

    ``line``: what it is a posting of: "credit:<KPI period id>", "earn_back:<KPI period id>", or
    "carried:<contract id>:<first day of the credit period>"; ``number`` counts its postings from 1.
    ``first_day``, ``last_day``: the period of service, the same for a line and its corrections.
    ``counted_in``: first day of the credit period whose caps it counts against.
    ``amount_minor``: smallest unit of ``currency``; positive is the buyer's, negative gives back.
    ``corrects``: the first posting of the line, of every later one.
    ``inputs``: everything that made it; ``steps``: the same as sentences.
    """

    class Kind(models.TextChoices):
        CREDIT = "credit", "Service credit"
        CORRECTION = "correction", "Correction"
        EARN_BACK = "earn_back", "Earn-back"
        CARRIED = "carried", "Carried from the period before"

    class State(models.TextChoices):
        COMPUTED = "computed", "Computed"
        NOTIFIED = "notified", "Notified"
        AGREED = "agreed", "Agreed"
        DISPUTED = "disputed", "Disputed"
        ON_INVOICE = "on_invoice", "On invoice"
        CLOSED = "closed", "Closed"
        LAPSED = "lapsed", "Lapsed"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="credit_entries")
    line = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    kpi_period = models.ForeignKey(
        KpiPeriod, null=True, blank=True, on_delete=models.PROTECT, related_name="credit_entries"
    )
    revision = models.ForeignKey(
        ResultRevision, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    terms = models.ForeignKey(
        CreditTerms, null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    rule = models.ForeignKey(
        CreditRule, null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    first_day = models.DateField()
    last_day = models.DateField()
    counted_in = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    inputs = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    posted_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "credit entries"
        constraints = [
            models.UniqueConstraint(  # a KPI's period may move to another contract
                fields=["contract", "line", "number"], name="credit_line_number_unique"
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="credit_entry_not_zero"),
            models.CheckConstraint(
                condition=Q(kind="correction", corrects__isnull=False, number__gt=1)
                | ~Q(kind="correction") & Q(corrects__isnull=True, number=1),
                name="credit_correction_names_its_line",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")),
                name="credit_entry_ends_after_it_begins",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "counted_in"], name="credit_of_contract"),
            models.Index(fields=["updated_at", "id"], name="credit_incremental"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.contract} {self.first_day}"


class CreditEvent(LedgerRow):
    """A step in the life of a posting; where it stands is its newest one."""

    entry = models.ForeignKey(CreditEntry, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=12, choices=CreditEntry.State.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(max_length=4000, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.entry}: {self.state}"


class CurrencyRate(models.Model):
    """What one unit of ``base`` cost in ``quote`` on a day: for portfolio figures only, which show
    it beside them. Never used in a contract's own money."""

    base = models.CharField(max_length=3, help_text="ISO 4217")
    quote = models.CharField(max_length=3, help_text="ISO 4217")
    day = models.DateField()
    rate = ExactDecimalField()
    source = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["base", "quote", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["base", "quote", "day"], name="currency_rate_one_per_pair_and_day"
            ),
            models.CheckConstraint(
                condition=~Q(base=models.F("quote")), name="currency_rate_of_two_currencies"
            ),
        ]

    def __str__(self) -> str:
        return f"1 {self.base} = {self.rate} {self.quote} on {self.day}"
