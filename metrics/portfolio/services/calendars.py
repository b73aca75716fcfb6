"""What rests on working hours: figures that were computed with them, and KPIs in use."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any

import numpy as np
from django.db.models import Q

from contracts.models import Calendar
from metrics.engine import to_us
from metrics.feeds.marks import append_marks
from metrics.models import KpiDefinition, KpiPeriod, ResultRevision

Versions = Sequence[Mapping[str, Any]]


def kpi_resting_on(calendar: Calendar) -> str | None:
    """The code of a KPI that has figures and is measured by ``calendar``; None where none is."""
    lines = KpiDefinition.objects.filter(calendar=calendar, kpi__periods__isnull=False)
    return lines.order_by("kpi__code").values_list("kpi__code", flat=True).first()


def kpi_resting_on_version(calendar: Calendar, number: int) -> str | None:
    """The code of a KPI with a figure that counted by the version with this number (0, 1, ...):
    it was known, and had begun."""
    begun = _begins(date.fromisoformat(calendar.versions[number]["valid_from"]))
    resting = ResultRevision.objects.filter(
        definition__calendar=calendar, body__calendar_versions__gt=number, computed_at__gte=begun
    )
    codes = resting.order_by("period__kpi__code").values_list("period__kpi__code", flat=True)
    return codes.first()


def first_difference(old: Versions, new: Versions) -> date | None:
    """The first day on which the hours of two lists of versions may differ; None if on none."""
    days = [
        date.fromisoformat(line["valid_from"])
        for before, after in zip_longest(old, new)
        if before != after
        for line in (before, after)
        if line
    ]
    return min(days, default=None)


def periods_mark(*, calendar: Calendar, since: date) -> None:
    """Have every period computed again that has a figure by ``calendar`` and that reaches to
    ``since``, by its days or by items that were worked on then."""
    reaching = Q(last_day__gte=since) | Q(current__computed_at__gte=_begins(since))
    heads = KpiPeriod.objects.filter(reaching, current__definition__calendar=calendar)
    found = list(heads.values_list("kpi_id", "starts_at"))
    if found:
        starts = np.array([to_us(start) for _, start in found])
        append_marks(np.array([kpi for kpi, _ in found]), starts)


def _begins(day: date) -> datetime:
    """No later than the first instant of ``day``, in any zone."""
    return datetime.combine(day, time(), UTC) - timedelta(days=1)


def kpis_measured_by(calendar: Calendar) -> list[str]:
    """The codes of the KPIs in use that ``calendar`` stands in a definition of."""
    lines = KpiDefinition.objects.filter(calendar=calendar, kpi__archived_at=None)
    return list(lines.order_by("kpi__code").values_list("kpi__code", flat=True).distinct())
