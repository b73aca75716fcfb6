from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import User
from metrics.models.results import KpiPeriod


class Commentary(models.Model):
    """What one side says about a figure. A later version stands beside the earlier ones.

    ``is_internal``: the buyer's own note, which the vendor never reads. The two sides, and what
    the buyer keeps to itself, are three texts that do not replace each other.
    """

    class Side(models.TextChoices):
        BUYER = "buyer", "Buyer"
        VENDOR = "vendor", "Vendor"

    period = models.ForeignKey(KpiPeriod, on_delete=models.PROTECT, related_name="commentary")
    side = models.CharField(max_length=6, choices=Side.choices)
    is_internal = models.BooleanField(default=False)
    version = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=4000)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="commentary")
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["period", "side", "is_internal", "version"]
        verbose_name_plural = "commentary"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "side", "is_internal", "version"],
                name="commentary_version_once",
            ),
            models.CheckConstraint(
                condition=Q(side="buyer") | Q(is_internal=False),
                name="commentary_internal_is_the_buyers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period}: {self.get_side_display().lower()} commentary {self.version}"
