from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from contracts.models import ApiKey, User
from kpotracker.toolkit.fields import ExactDecimalField
from metrics.models.kpis import Kpi


class VolumeForecast(models.Model):
    """The volume that was forecast for a period of a KPI, locked: it never changes.

    ``first_day``: of the period, which may lie ahead. ``quantity``: in the natural units that the
    KPI's volume is counted in, such as items or hours.
    """

    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="volume_forecasts")
    first_day = models.DateField()
    quantity = ExactDecimalField()
    locked_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["kpi", "first_day"]
        constraints = [
            models.UniqueConstraint(
                fields=["kpi", "first_day"],
                name="volume_forecast_locked_once",
                violation_error_message="The forecast of this period is locked already.",
            ),
            models.CheckConstraint(
                condition=Q(by__isnull=True) | Q(by_key__isnull=True),
                name="volume_forecast_by_one_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"volume forecast of {self.kpi} from {self.first_day}"
