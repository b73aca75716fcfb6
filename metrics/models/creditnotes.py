"""Credit notes, which say what a contract's ledger gives for a period, and checks of invoices."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import Contract
from metrics.models.credits import CreditEntry, LedgerRow


class CreditNote(LedgerRow):
    """What a contract's credits of one credit period come to, as it was issued. Never changed.

    ``number`` counts a contract's notes from 1, without holes. ``body``: its lines and totals;
    ``digest``: SHA-256 of that. ``corrects``: the first note of the period, of every later one.
    ``total_minor``: smallest unit of ``currency``; a note may take back what an earlier one gave.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.PositiveIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    total_minor = models.BigIntegerField()
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    issued_by = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="credit_note_number_unique"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="credit_note_counts_from_one"),
        ]
        indexes = [
            models.Index(fields=["contract", "first_day"], name="credit_note_of_period"),
            models.Index(fields=["updated_at", "id"], name="credit_note_incremental"),
        ]

    def __str__(self) -> str:
        return f"credit note {self.reference}"

    @property
    def reference(self) -> str:
        """What it is called on paper, such as AC-1-CN-0003."""
        return f"{self.contract.reference}-CN-{self.number:04d}"


class CreditNoteLine(LedgerRow):
    """Which posting a note gives: each is given once."""

    note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    entry = models.OneToOneField(CreditEntry, on_delete=models.PROTECT, related_name="note_line")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.note}: {self.entry}"


class InvoiceCheck(models.Model):
    """What a vendor's invoice credits, held against the ledger; kept as it was found.

    ``given``: the invoice's lines as they were read; ``found``: what each came to, and what the
    invoice leaves out. Confirmed, the matched postings stand on that invoice.
    """

    class State(models.TextChoices):
        CHECKED = "checked", "Checked"
        CONFIRMED = "confirmed", "Confirmed"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="invoice_checks")
    invoice = models.CharField(max_length=100, help_text="number of the invoice")
    invoice_day = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.CHECKED)
    given = models.JSONField()
    found = models.JSONField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="checked", confirmed_at=None)
                | Q(state="confirmed", confirmed_at__isnull=False),
                name="invoice_check_confirmed_at",
            ),
            models.UniqueConstraint(
                fields=["contract", "invoice"],
                condition=Q(state="confirmed"),
                name="invoice_confirmed_once",
                violation_error_message="A check of this invoice is confirmed already.",
            ),
        ]
        indexes = [models.Index(fields=["contract", "-id"], name="invoice_check_of_contract")]

    def __str__(self) -> str:
        return f"check of invoice {self.invoice}, {self.contract}"
