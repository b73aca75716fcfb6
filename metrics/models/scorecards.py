from django.db import models
from django.db.models import Q

from contracts.models import Contract, Vendor


class Scorecard(models.Model):
    """A published scorecard: frozen as it was shown. Unpublished ones are assembled when read."""

    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="scorecards"
    )
    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="scorecards"
    )
    first_day = models.DateField()
    last_day = models.DateField()
    label = models.CharField(max_length=12)
    edition = models.PositiveSmallIntegerField()
    body = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-last_day", "-edition"]
        constraints = [
            models.CheckConstraint(
                condition=Q(vendor__isnull=False, contract__isnull=True)
                | Q(vendor__isnull=True, contract__isnull=False),
                name="scorecard_of_vendor_or_contract",
            ),
            models.UniqueConstraint(
                fields=["vendor", "label", "edition"], name="scorecard_edition_of_vendor"
            ),
            models.UniqueConstraint(
                fields=["contract", "label", "edition"], name="scorecard_edition_of_contract"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor or self.contract} {self.label} edition {self.edition}"
