"""What holds for a KPI in a period: its definition, its service level, its calendar."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from metrics.engine import Band, Level, Period, Timeline, WorkCalendar
from metrics.models import Kpi, KpiDefinition, ServiceLevel
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

    def definition_for(self, period: Period) -> KpiDefinition:
        return in_force(self.definitions, period.first_day) or self.definitions[0]

    def level_for(self, period: Period) -> ServiceLevel | None:
        """The service level at the period's start; None where nothing was agreed yet."""
        return in_force(self.levels, period.first_day)

    def calendar_for(self, definition: KpiDefinition) -> WorkCalendar | None:
        line = definition.calendar
        return _calendar(line.pk, line.zone, line) if line else None


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


def _calendar(pk: int, zone: str, line: Any) -> WorkCalendar:
    written = {"zone": zone, "weekdays": line.weekdays, "holidays": line.holidays}
    return _parsed(pk, json.dumps(written, sort_keys=True))


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
    )


def _band(written: Sequence[Any]) -> Band:
    """From [name, lower edge, upper edge, attainment?, severity?]; edges null where open."""
    name, lo, hi, *rest = written
    attainment = rest[0] if rest else None
    severity = rest[1] if len(rest) > 1 else None
    return Band(name, _fraction(lo), _fraction(hi), _fraction(attainment), severity)


def _fraction(value: Any) -> Fraction | None:
    return None if value is None else Fraction(str(value))
