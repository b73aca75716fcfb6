"""What holds for a KPI in a period: its definition, its service level, its calendar."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from contracts.models import Calendar
from metrics.engine import (
    Band,
    Level,
    LevelPart,
    Period,
    Timeline,
    WorkCalendar,
    weighted_level,
)
from metrics.engine.measures.durations import has_history
from metrics.evaluation.level_shares import WRITTEN, Share, level_shares
from metrics.models import Kpi, KpiDefinition, ResultRevision, ServiceLevel
from metrics.models.timelines import definitions_for, in_force, timeline_of


@dataclass(frozen=True)
class Terms:
    """A KPI with all its dated lines, and its periods."""

    kpi: Kpi
    definitions: Sequence[KpiDefinition]
    levels: Sequence[ServiceLevel]

    @cached_property
    def timeline(self) -> Timeline:
        return timeline_of(self.kpi, self.definitions)

    @cached_property
    def has_histories(self) -> bool:
        """Whether some of its rows may say what stopped the clocks of others."""
        return any(has_history(line.parameters) for line in self.definitions)

    def definition_for(self, period: Period) -> KpiDefinition:
        return in_force(self.definitions, period.first_day) or self.definitions[0]

    def level_for(self, period: Period) -> ServiceLevel | None:
        """The service level that judges the period; None where nothing was agreed yet."""
        shares = self.shares_for(period)
        return shares[-1].level if shares else None

    def shares_for(self, period: Period) -> tuple[Share, ...]:
        """The versions of the service level that judge the period; one unless it is weighted."""
        return level_shares(self.levels, period.first_day, period.last_day)

    def calendar_for(
        self, definition: KpiDefinition, versions: int | None = None
    ) -> WorkCalendar | None:
        """The working hours of ``definition``: by all versions, or by the first ones alone."""
        line = definition.calendar
        return calendar_of(line, versions) if line else None


def terms_of(kpi_ids: Iterable[int]) -> dict[int, Terms]:
    """Terms per KPI id, in a fixed number of queries."""
    wanted = set(kpi_ids)
    definitions = definitions_for(wanted)
    levels: dict[int, list[ServiceLevel]] = {}
    lines = ServiceLevel.objects.filter(kpi_id__in=wanted)
    for line in lines.order_by("kpi_id", "valid_from"):
        levels.setdefault(line.kpi_id, []).append(line)
    return {
        kpi.pk: Terms(kpi, definitions[kpi.pk], levels.get(kpi.pk, []))
        for kpi in Kpi.objects.filter(pk__in=definitions)
    }


@lru_cache(maxsize=256)
def _parsed(pk: int, written: str) -> WorkCalendar:
    return WorkCalendar.parse(json.loads(written))


def calendar_versions(definition: KpiDefinition) -> int:
    """How many versions the calendar of ``definition`` has by now."""
    return len(definition.calendar.versions) if definition.calendar else 0


def calendar_of(line: Calendar, versions: int | None = None) -> WorkCalendar:
    """Stored working hours as the engine's, laid out once."""
    return _parsed(line.pk, json.dumps(line.written(versions), sort_keys=True))


def engine_level(level: ServiceLevel, first_day: date) -> Level:
    """The stored service level as the engine's, for a period that begins on ``first_day``."""
    return _engine_level(
        level.operator,
        *(_fraction(getattr(level, name)) for name in _NUMBERS),
        tuple(_band(band) for band in level.bands),
        level.compare_places,
        level.compare_rounding,
        level.kind,
        level.is_enforced(first_day),
        level.small_sample,
        level.attainment or None,
        level.no_data_is,
        level.no_activity_is,
        _share(level.min_coverage),
        level.late_report_is,
        level.allow_failures,
        level.interval_decides,
    )


def level_of_shares(shares: Sequence[Share], first_day: date) -> Level:
    """The level that several versions make together, each by its days.

    Raises EngineError for versions that cannot be weighted.
    """
    return weighted_level([LevelPart(engine_level(s.level, first_day), s.days) for s in shares])


def numbers_of(level: Level) -> dict[str, Fraction]:
    """The stated numbers of a level that may be weighted, by their columns."""
    stated = {
        "expected": level.expected,
        "minimum": level.minimum,
        "lower": level.lo,
        "upper": level.hi,
    }
    return {name: value for name, value in stated.items() if value is not None}


def level_judging(revision: ResultRevision, first_day: date) -> Level | None:
    """The level that a stored figure was judged by; None where nothing was agreed."""
    if revision.level is None:
        return None
    level, told = engine_level(revision.level, first_day), revision.body.get(WRITTEN, {})
    return replace(
        level,
        expected=_fraction(told.get("expected", level.expected)),
        minimum=_fraction(told.get("minimum", level.minimum)),
        lo=_fraction(told.get("lower", level.lo)),
        hi=_fraction(told.get("upper", level.hi)),
    )


_NUMBERS = (
    "expected",
    "minimum",
    "lower",
    "upper",
    "weight",
    "min_volume",
    "floor",
    "critical",
)


@lru_cache(maxsize=4096)
def _engine_level(
    operator: str,
    expected: Fraction | None,
    minimum: Fraction | None,
    lower: Fraction | None,
    upper: Fraction | None,
    weight: Fraction | None,
    min_volume: Fraction | None,
    floor: Fraction | None,
    critical: Fraction | None,
    bands: tuple[Band, ...],
    compare_places: int | None,
    compare_rounding: str,
    kind: str,
    enforced: bool,
    small_sample: str,
    attainment: str | None,
    no_data_is: str,
    no_activity_is: str,
    min_coverage: Fraction | None,
    late_report_is: str,
    allow_failures: int,
    interval_decides: bool,
) -> Level:
    return Level(
        operator=operator,
        expected=expected,
        minimum=minimum,
        lo=lower,
        hi=upper,
        bands=bands,
        compare_places=compare_places,
        compare_rounding=compare_rounding,
        weight=Fraction(1) if weight is None else weight,
        kind=kind,
        enforced=enforced,
        min_volume=min_volume,
        min_volume_policy=small_sample,
        attainment=attainment,
        floor=floor,
        critical=critical,
        no_data_is=no_data_is,
        no_activity_is=no_activity_is,
        min_coverage=min_coverage,
        late_report_is=late_report_is,
        allow_failures=allow_failures,
        interval_decides=interval_decides,
    )


def _band(written: Sequence[Any]) -> Band:
    """From [name, lower edge, upper edge, attainment?, severity?]; edges null where open."""
    name, lo, hi, *rest = written
    attainment = rest[0] if rest else None
    severity = rest[1] if len(rest) > 1 else None
    return Band(name, _fraction(lo), _fraction(hi), _fraction(attainment), severity)


def _share(percent: Any) -> Fraction | None:
    """0..1 of what is stated in percent."""
    return None if percent is None else Fraction(str(percent)) / 100


def _fraction(value: Any) -> Fraction | None:
    return None if value is None else Fraction(str(value))
