"""From stored definitions to the engine's periods."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import TypeVar

from metrics.engine import PeriodRule, Timeline
from metrics.models.kpis import Kpi, KpiDefinition, ServiceLevel

_Dated = TypeVar("_Dated", KpiDefinition, ServiceLevel)


def in_force(lines: Iterable[_Dated], day: date) -> _Dated | None:
    """The dated line that holds on ``day``; None before the first one."""
    begun = (line for line in lines if line.valid_from <= day)
    return max(begun, key=lambda line: line.valid_from, default=None)


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


def definitions_for(kpi_ids: Iterable[int]) -> dict[int, list[KpiDefinition]]:
    """The dated definitions of each KPI, oldest first; one query, without prefetch managers,
    which cost more than the rows where thousands of KPIs have a line or two each."""
    found: dict[int, list[KpiDefinition]] = {}
    lines = KpiDefinition.objects.filter(kpi_id__in=set(kpi_ids)).select_related("calendar")
    for line in lines.order_by("kpi_id", "valid_from"):
        found.setdefault(line.kpi_id, []).append(line)
    return found


def timelines_for(kpi_ids: Iterable[int]) -> dict[int, Timeline]:
    """The timeline of each KPI; equal ones are the same object."""
    definitions = definitions_for(kpi_ids)
    kpis = Kpi.objects.filter(pk__in=definitions)
    return {kpi.pk: timeline_of(kpi, definitions[kpi.pk]) for kpi in kpis}
