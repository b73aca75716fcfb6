from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contracts.models import ApiKey, Contract, Process, User
from metrics.models.kpis import Kpi


class MaintenanceWindow(models.Model):
    """Planned maintenance that was announced, [starts_at, ends_at), of one contract, process or
    KPI. It excuses as much as the definition of each of their KPIs allows.

    ``announced_at``: when the other side was told, which decides whether that was early enough.
    ``cancelled_at``: when it was called off; it then excuses nothing.
    """

    contract = models.ForeignKey(
        Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="maintenance"
    )
    process = models.ForeignKey(
        Process, null=True, blank=True, on_delete=models.PROTECT, related_name="maintenance"
    )
    kpi = models.ForeignKey(
        Kpi, null=True, blank=True, on_delete=models.PROTECT, related_name="maintenance"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    announced_at = models.DateTimeField()
    note = models.CharField(max_length=400)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(contract__isnull=False, process__isnull=True, kpi__isnull=True)
                | Q(contract__isnull=True, process__isnull=False, kpi__isnull=True)
                | Q(contract__isnull=True, process__isnull=True, kpi__isnull=False),
                name="maintenance_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="maintenance_ends_after_it_starts",
                violation_error_message="It has to end after it starts.",
            ),
        ]
        indexes = [
            # the windows that reach into a period
            models.Index(fields=["ends_at", "starts_at"], name="maintenance_by_time"),
        ]

    def __str__(self) -> str:
        return f"maintenance {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"

    @property
    def of(self) -> str:
        """What it is the maintenance of, in words."""
        return str(self.kpi or self.process or self.contract)
