"""From stored definitions to the engine's periods."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from metrics.engine import PeriodRule, Timeline
from metrics.models.kpis import Kpi, KpiDefinition


def timeline_of(kpi: Kpi, definitions: Iterable[KpiDefinition]) -> Timeline:
    """The periods of ``kpi`` from its first to its last day, through all its definitions."""
    lines = sorted(definitions, key=lambda line: line.valid_from)
    rules = tuple((d.valid_from, PeriodRule(d.period, d.zone, d.anchor)) for d in lines)
    return _timeline(rules, kpi.first_day, kpi.last_day, lines[0].stub)


@lru_cache(maxsize=4096)
def _timeline(
    versions: tuple[tuple[date, PeriodRule], ...], first: date, last: date | None, stub: str
) -> Timeline:
    return Timeline(versions=versions, first_day=first, last_day=last, stub=stub)


def timelines_for(kpi_ids: Iterable[int]) -> dict[int, Timeline]:
    """The timeline of each KPI; equal ones are the same object."""
    kpis = Kpi.objects.filter(pk__in=set(kpi_ids)).prefetch_related("definitions")
    return {kpi.pk: timeline_of(kpi, kpi.definitions.all()) for kpi in kpis}
