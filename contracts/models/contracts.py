from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models.managed import Managed, code_validator
from contracts.models.vendors import Vendor

LONGEST_NOTICE = 1000  # of its own unit
LONGEST_RENEWAL = 600  # months
MOST_RENEWALS = 100


class Contract(Managed):
    """What a vendor promised, for how long and in which currency and zone."""

    class Kind(models.TextChoices):
        MASTER = "master_agreement", "Master agreement"
        STATEMENT = "statement_of_work", "Statement of work"
        ORDER = "order", "Order"
        CHANGE = "change_order", "Change order"

    class Pricing(models.TextChoices):
        FIXED = "fixed_fee", "Fixed fee"
        HEADCOUNT = "per_head", "Per head"
        TIME = "time_and_materials", "Time and materials"
        ITEM = "per_item", "Per item"
        OUTCOME = "per_outcome", "Per outcome"

    class Renewal(models.TextChoices):
        NONE = "none", "Ends by itself"
        AUTO = "auto", "Renews unless stopped"
        EXPRESS = "express", "Renews by agreement"
        OPTION = "option", "Renews if we exercise the option"
        EVERGREEN = "evergreen", "Runs until notice"

    class NoticeUnit(models.TextChoices):
        DAYS = "days"
        WEEKS = "weeks"
        MONTHS = "months"

    reference = models.CharField(max_length=63, validators=[code_validator])
    title = models.CharField(max_length=200)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="contracts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    zone = models.CharField(max_length=64, help_text="IANA zone of its periods")
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    pricing = models.CharField(max_length=20, choices=Pricing.choices)
    first_day = models.DateField()
    last_day = models.DateField(null=True, blank=True)
    renewal = models.CharField(max_length=12, choices=Renewal.choices, default=Renewal.NONE)
    renewal_months = models.PositiveSmallIntegerField(default=0)
    renewal_limit = models.PositiveSmallIntegerField(null=True, blank=True)
    notice_length = models.PositiveSmallIntegerField(null=True, blank=True)
    notice_unit = models.CharField(max_length=6, choices=NoticeUnit.choices, blank=True)

    class Meta:
        ordering = ["reference"]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="contract_reference_unique"),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="contract_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="contract_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(notice_length__isnull=True, notice_unit="")
                | Q(notice_length__isnull=False, notice_unit__in=["days", "weeks", "months"]),
                name="contract_notice_has_length_and_unit",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="contract_incremental")]

    def __str__(self) -> str:
        return self.reference


class Amendment(models.Model):
    """A change both sides signed; dated terms name the amendment they come from."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    signed_on = models.DateField(null=True, blank=True)
    effective_from = models.DateField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="amendment_number_unique_in_contract"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} amendment {self.number}"


class Charge(models.Model):
    """What a contract, or one of its processes, costs in one period.

    ``amount_minor``: net amount in the smallest unit of the contract's currency.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="charges")
    process = models.ForeignKey(
        "contracts.Process", null=True, blank=True, on_delete=models.PROTECT, related_name="charges"
    )
    first_day = models.DateField()
    last_day = models.DateField()
    amount_minor = models.BigIntegerField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "first_day"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "first_day"],
                condition=Q(process__isnull=True),
                name="charge_once_per_contract_and_period",
                violation_error_message="The charge of the contract for this period is entered "
                "already: change that one.",
            ),
            models.UniqueConstraint(
                fields=["contract", "process", "first_day"],
                condition=Q(process__isnull=False),
                name="charge_once_per_process_and_period",
                violation_error_message="The charge of this process for this period is entered "
                "already: change that one.",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="charge_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.first_day}"
