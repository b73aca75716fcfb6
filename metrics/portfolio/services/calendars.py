"""What rests on working hours: figures that were computed with them, and KPIs in use."""

from contracts.models import Calendar
from metrics.models import KpiDefinition


def kpi_resting_on(calendar: Calendar) -> str | None:
    """The code of a KPI that has figures and is measured by ``calendar``; None where none is."""
    lines = KpiDefinition.objects.filter(calendar=calendar, kpi__periods__isnull=False)
    return lines.order_by("kpi__code").values_list("kpi__code", flat=True).first()


def kpis_measured_by(calendar: Calendar) -> list[str]:
    """The codes of the KPIs in use that ``calendar`` stands in a definition of."""
    lines = KpiDefinition.objects.filter(calendar=calendar, kpi__archived_at=None)
    return list(lines.order_by("kpi__code").values_list("kpi__code", flat=True).distinct())
