from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import ApiKey, User
from kpotracker.toolkit.fields import ExactDecimalField
from metrics.models.kpis import Kpi


class VendorFigure(models.Model):
    """What a vendor says its figure for a period is, in the KPI's unit. Never changed: of several
    for one period the one that was reported last counts, and the others stay on record.

    ``first_day``: of the period. ``reported_at``: when the vendor said it, which may lie before
    it was entered here. ``by``: who entered it, as it was then; ``person`` or ``key``: the same
    where it was a person or a program.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="vendor_figures")
    first_day = models.DateField()
    value = ExactDecimalField()
    numerator = ExactDecimalField(null=True, blank=True)
    denominator = ExactDecimalField(null=True, blank=True)
    note = models.TextField(max_length=2_000, blank=True, help_text="where it comes from")
    reported_at = models.DateTimeField()
    entered_at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.CharField(max_length=200)
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kpi", "first_day", "reported_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(numerator__isnull=True, denominator__isnull=True)
                | Q(numerator__isnull=False, denominator__isnull=False),
                name="vendor_figure_has_both_parts_or_none",
            ),
        ]
        indexes = [
            # the one that counts for a period
            models.Index(
                fields=["kpi", "first_day", "-reported_at", "-id"], name="vendor_figure_that_counts"
            ),
            models.Index(fields=["updated_at", "id"], name="vendor_figure_incremental"),
        ]

    def __str__(self) -> str:
        return f"{self.kpi} from {self.first_day}, as its vendor reports it"
