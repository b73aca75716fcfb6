from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models.contracts import LONGEST_NOTICE, LONGEST_RENEWAL, Contract


class ContractOption(models.Model):
    """A right of ours to extend a contract: by ``extends_months``, or to ``extends_to``.

    ``exercise_by``: the last day to exercise it, as it is stated; else ``notice_length`` and
    ``notice_unit`` count back from the end of the term, and where they are not stated either, the
    contract's own notice does. An option that was exercised extends the term from ``exercised_on``
    on, and is never changed again.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="options")
    number = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=200)
    extends_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RENEWAL)],
    )
    extends_to = models.DateField(null=True, blank=True)
    exercise_by = models.DateField(null=True, blank=True)
    notice_length = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(LONGEST_NOTICE)]
    )
    notice_unit = models.CharField(max_length=6, choices=Contract.NoticeUnit.choices, blank=True)
    exercised_on = models.DateField(null=True, blank=True)
    declined_on = models.DateField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True, editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["contract", "number"]
        verbose_name = "option"
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"],
                name="option_number_unique_in_contract",
                violation_error_message="The contract has an option of this number: take the next.",
            ),
            models.CheckConstraint(
                condition=Q(extends_months__isnull=True, extends_to__isnull=False)
                | Q(extends_months__isnull=False, extends_to__isnull=True),
                name="option_extends_by_months_or_to_a_day",
                violation_error_message="Say by how many months it extends the contract, or to "
                "which day: one of the two.",
            ),
            models.CheckConstraint(
                condition=Q(exercised_on__isnull=True) | Q(declined_on__isnull=True),
                name="option_exercised_or_declined",
                violation_error_message="An option is exercised or declined, not both.",
            ),
            models.CheckConstraint(
                condition=Q(notice_length__isnull=True, notice_unit="")
                | Q(notice_length__isnull=False) & ~Q(notice_unit=""),
                name="option_notice_has_length_and_unit",
                violation_error_message="Say both how long before the end of the term, and of what.",
            ),
        ]

    def __str__(self) -> str:
        return f"option {self.number} of {self.contract}"

    @property
    def is_open(self) -> bool:
        """Whether nobody decided on it yet."""
        return self.exercised_on is None and self.declined_on is None
