from django.db import models
from django.db.models.functions import Now

from contracts.models import Contract, User


class MonthClose(models.Model):
    """How far the closing of one contract's month has come; its steps say who and when.

    ``step`` repeats the last step, for look-ups; it is written with it.
    """

    class Step(models.TextChoices):
        OPEN = "open", "Open"
        DATA_IN = "data_in", "Data in"
        CHECKED = "checked", "Checked"
        RELIEF_DECIDED = "relief_decided", "Relief decided"
        AGREED = "agreed", "Agreed"
        PUBLISHED = "published", "Published"

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="closes")
    first_day = models.DateField()
    last_day = models.DateField()
    label = models.CharField(max_length=7, help_text="the month, as 2026-03")
    step = models.CharField(max_length=16, choices=Step.choices, default=Step.OPEN)
    answer_by = models.DateField(
        null=True, blank=True, help_text="last day for the vendor to object; then deemed accepted"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-first_day", "contract"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "first_day"], name="close_once_per_contract_and_month"
            ),
        ]
        indexes = [
            # the search for months that are deemed accepted by now
            models.Index(
                fields=["answer_by"],
                condition=models.Q(step="relief_decided"),
                name="close_waiting_for_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.label}"


class CloseStep(models.Model):
    """A step of a month's close: done, deemed done, or taken back. Never changed, never removed.

    ``gaps``: what was missing when it was done all the same: [{step, kind, text, names}].
    ``reason``: why it was done, or why it was taken back. Reasons and names stay inside.
    """

    class Kind(models.TextChoices):
        DONE = "done", "Done"
        DEEMED = "deemed", "Deemed accepted"
        REOPENED = "reopened", "Reopened"

    close = models.ForeignKey(MonthClose, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=16, choices=MonthClose.Step.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DONE)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    gaps = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.close}: {self.get_step_display()}, {self.get_kind_display().lower()}"
