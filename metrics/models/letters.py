from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models import Contract
from metrics.models.cases import BreachCase


class LetterKind(models.TextChoices):
    """What a letter is for."""

    CLAIM = "credit_claim", "Service credit claim"
    PLAN = "plan_demand", "Demand for a corrective action plan"
    ANSWER = "dispute_answer", "Answer to a dispute"
    STOP = "non_renewal", "Notice of non-renewal"


class LetterTemplate(models.Model):
    """The buyer's own wording of a kind of letter, from a day on; before it, ours.

    ``subject`` and ``body``: text with {{ fields }} and {% if field %}, checked when it is kept.
    """

    kind = models.CharField(max_length=16, choices=LetterKind.choices)
    valid_from = models.DateField()
    subject = models.CharField(max_length=300)
    body = models.TextField(max_length=10_000)
    made_by = models.CharField(max_length=200)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kind", "-valid_from"]
        verbose_name = "letter wording"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "valid_from"],
                name="letter_wording_one_per_kind_and_day",
                violation_error_message="A wording of this kind begins on that day already: "
                "let the new one begin on another.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.valid_from}"


class Letter(models.Model):
    """A letter to a vendor about a contract, a breach case or the credits of a period.

    What it says is in its copy, frozen when it was made. ``digest``: SHA-256 of that.
    ``first_day``: of the period a claim is about. ``served_on``: the day it was handed over or
    sent; ``received_on``: the day it counts as received.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Not served"
        SERVED = "served", "Served"

    class Way(models.TextChoices):
        MAIL = "mail", "Mail"
        EMAIL = "email", "E-mail"
        COURIER = "courier", "Courier"
        PORTAL = "portal", "Vendor's portal"
        REGISTERED = "registered_post", "Registered post"

    kind = models.CharField(max_length=16, choices=LetterKind.choices)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="letters")
    case = models.ForeignKey(
        BreachCase, null=True, blank=True, on_delete=models.PROTECT, related_name="letters"
    )
    first_day = models.DateField(null=True, blank=True)
    subject = models.CharField(max_length=400)
    answer_by = models.DateField(
        null=True, blank=True, help_text="the day it asks for an answer by"
    )
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    served_on = models.DateField(null=True, blank=True)
    served_by = models.CharField(
        "how it was served", max_length=16, choices=Way.choices, blank=True
    )
    served_reference = models.CharField(
        max_length=200, blank=True, help_text="tracking or message number"
    )
    received_on = models.DateField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", served_on=None, received_on=None, served_by="")
                | (
                    Q(state="served", served_on__isnull=False, received_on__isnull=False)
                    & ~Q(served_by="")
                ),
                name="letter_served_with_its_proof",
            ),
            models.CheckConstraint(
                condition=Q(received_on=None) | Q(received_on__gte=F("served_on")),
                name="letter_received_once_served",
                violation_error_message="It cannot be received before it is served.",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "-id"], name="letter_of_contract"),
            models.Index(fields=["updated_at", "id"], name="letter_incremental"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}: {self.subject}"[:200]

    @property
    def is_served(self) -> bool:
        return self.state == self.State.SERVED


class LetterCopy(models.Model):
    """What a letter says, and the files made of it; written once with the letter."""

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="copy")
    body = models.JSONField()
    text = models.TextField(help_text="the letter as plain text")
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)
    docx = models.BinaryField()
    docx_sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "letter copies"

    def __str__(self) -> str:
        return f"copy of {self.letter}"
