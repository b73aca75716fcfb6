from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models.contracts import LONGEST_LEAD, Contract
from contracts.models.documents import Document
from contracts.models.managed import Managed, code_validator
from contracts.models.processes import Process
from contracts.models.vendors import Vendor

FURTHEST_OFFSET = 1000  # of its own unit


class Obligation(Managed):
    """Something that a contract, a vendor or a process has somebody do, once or again and again.

    Due first on ``first_due``, or ``offset`` of ``offset_unit`` (negative: before) from ``event``
    of the contract's term; then every ``every`` of ``every_unit``, counted from that first day, up
    to ``last_due``. What was due before ``followed_from`` is not asked for.
    """

    class Kind(models.TextChoices):
        OBLIGATION = "obligation", "Obligation"
        CERTIFICATION = "certification", "Certification to renew"
        REPORT = "report", "Report"
        AUDIT = "audit", "Audit"
        PAYMENT = "payment", "Payment"
        INSURANCE = "insurance", "Proof of insurance"
        OTHER = "other", "Other"

    class Owes(models.TextChoices):
        US = "us", "We"
        VENDOR = "vendor", "The vendor"

    class Event(models.TextChoices):
        TERM_START = "term_start", "First day of a term"
        TERM_END = "term_end", "Last day of a term"
        NOTICE = "last_day_to_serve", "Last day to serve notice"

    class Unit(models.TextChoices):
        DAYS = "days", "days"
        WEEKS = "weeks", "weeks"
        MONTHS = "months", "months"
        YEARS = "years", "years"

    code = models.CharField(max_length=63, validators=[code_validator])
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OBLIGATION)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations"
    )
    process = models.ForeignKey(
        Process, null=True, blank=True, on_delete=models.PROTECT, related_name="obligations"
    )
    clause = models.CharField(max_length=60, blank=True)
    owed_by = models.CharField(max_length=8, choices=Owes.choices, default=Owes.VENDOR)
    owner = models.CharField(max_length=200, blank=True, help_text="who sees to it")
    first_due = models.DateField(null=True, blank=True)
    event = models.CharField(max_length=20, choices=Event.choices, blank=True)
    offset = models.SmallIntegerField(
        default=0,
        validators=[MinValueValidator(-FURTHEST_OFFSET), MaxValueValidator(FURTHEST_OFFSET)],
    )
    offset_unit = models.CharField(max_length=6, choices=Unit.choices, default=Unit.DAYS)
    every = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(FURTHEST_OFFSET)]
    )
    every_unit = models.CharField(max_length=6, choices=Unit.choices, blank=True)
    last_due = models.DateField(null=True, blank=True)
    followed_from = models.DateField(null=True, blank=True)
    lead_days = models.PositiveSmallIntegerField(
        default=14, validators=[MaxValueValidator(LONGEST_LEAD)]
    )
    needs_evidence = models.BooleanField(default=False)
    is_internal = models.BooleanField(default=False, help_text="kept from the vendor")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="obligation_code_unique"),
            models.CheckConstraint(
                condition=Q(first_due__isnull=False, event="")
                | Q(first_due__isnull=True, contract__isnull=False) & ~Q(event=""),
                name="obligation_due_on_a_day_or_by_an_event",
                violation_error_message="Say the first day it is due, or an event of the "
                "contract's term: one of the two.",
            ),
            models.CheckConstraint(
                condition=Q(every=0, every_unit="") | Q(every__gt=0) & ~Q(every_unit=""),
                name="obligation_recurs_by_number_and_unit",
                violation_error_message="Say both how often it is due again, and of what: every "
                "3 months.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ObligationOutcome(models.Model):
    """What became of one due day of an obligation: fulfilled, or waived with a reason.

    Days on which nothing happened yet are computed, not stored. Never changed afterwards.
    """

    class Kind(models.TextChoices):
        FULFILLED = "fulfilled", "Fulfilled"
        WAIVED = "waived", "Waived"

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="outcomes")
    due_on = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    done_on = models.DateField()
    by = models.CharField(max_length=200)
    evidence = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True, max_length=2_000)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-due_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "due_on"],
                name="obligation_outcome_once_per_due_day",
                violation_error_message="This due day is dealt with already.",
            ),
            models.CheckConstraint(
                condition=Q(kind="fulfilled") | ~Q(note=""),
                name="obligation_waived_with_a_reason",
                violation_error_message="Say why it is waived.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation} of {self.due_on}"
