"""What was computed of a KPI: its periods, and the lines that figures name."""

from datetime import date, timedelta
from functools import cached_property

from metrics.models import Kpi, KpiPeriod, ResultRevision


class Computed:
    """What was computed of a KPI, looked up once somebody asks."""

    def __init__(self, kpi: Kpi | None) -> None:
        self._kpi = kpi

    @cached_property
    def _days(self) -> list[tuple[date, date]]:
        days = KpiPeriod.objects.filter(kpi=self._kpi).order_by("first_day")
        return list(days.values_list("first_day", "last_day")) if self._kpi else []

    @cached_property
    def named(self) -> frozenset[tuple[str, int]]:
        """The lines that results name, as (kind, id)."""
        rows = ResultRevision.objects.filter(period__kpi=self._kpi) if self._kpi else None
        pairs = set(rows.values_list("definition", "level")) if rows is not None else set()
        named = {("definitions", definition) for definition, _ in pairs}
        return frozenset(named | {("levels", level) for _, level in pairs if level is not None})

    @property
    def first_days(self) -> list[date]:
        return [first for first, _ in self._days]

    @property
    def any(self) -> bool:
        return bool(self._days)

    def since(self, day: date, until: date | None = None) -> bool:
        """Whether a period beginning in [day, until) was computed."""
        return any(day <= d and (until is None or d < until) for d in self.first_days)

    def holds(self, day: date) -> bool:
        """Whether a period was computed that ``day`` lies in."""
        return any(first <= day <= last for first, last in self._days)

    @property
    def day_after(self) -> date:
        """The first day after everything computed."""
        return max(last for _, last in self._days) + timedelta(days=1)
