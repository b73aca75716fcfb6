"""A period as it stands and as it would be, in the words of people."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from metrics.backtests.figures import Proposed
from metrics.backtests.results import Side
from metrics.engine import Level, display
from metrics.evaluation.terms import level_judging
from metrics.models import KpiDefinition, KpiPeriod, ServiceLevel, VolumeForecast

Volumes = Mapping[tuple[int, date], Fraction]
_MISSED = ("BELOW_EXPECTED", "BELOW_MINIMUM")


def volumes_of(kpi_ids: Iterable[int]) -> Volumes:
    """Locked volume forecasts by KPI and first day, in natural units."""
    rows = VolumeForecast.objects.filter(kpi_id__in=set(kpi_ids))
    told = rows.values_list("kpi_id", "first_day", "quantity")
    return {(kpi, day): Fraction(quantity) for kpi, day, quantity in told}


def then_side(head: KpiPeriod) -> Side:
    """The figure in force."""
    revision = head.current
    assert revision is not None  # the others are left out by the query
    value = Fraction(revision.value) if revision.value else None
    judged = level_judging(revision, head.first_day)
    definition, level = revision.definition, revision.level
    return _side(value, definition, judged, level, revision.status, head.default_cause)


def now_side(proposed: Proposed, cause: str, volumes: Volumes) -> Side:
    """The figure under proposed terms; ``cause``: why it would be a default."""
    task, result = proposed.figure.task, proposed.figure.result
    return _side(
        result.value,
        task.definition,
        task.judged_by,
        task.level,
        str(result.status),
        cause,
        relief_proposed=_has_relief_proposed(proposed, volumes),
    )


def _side(
    value: Fraction | None,
    definition: KpiDefinition,
    judged: Level | None,
    level: ServiceLevel | None,
    status: str,
    cause: str,
    relief_proposed: bool = False,
) -> Side:
    return Side(
        value=value,
        text="" if value is None else display(value, definition.places, judged),
        unit=definition.unit,
        status=status,
        level=_words(level),
        has_two_levels=level is not None and level.has_two_levels,
        cause=cause,
        relief_proposed=relief_proposed,
    )


def _words(level: ServiceLevel | None) -> str:
    if level is None:
        return ""
    return f"{level.phrase}, minimum {level.minimum}" if level.has_two_levels else level.phrase


def _has_relief_proposed(proposed: Proposed, volumes: Volumes) -> bool:
    """Whether a miss lies above the share of the locked forecast that its definition names."""
    task, result = proposed.figure.task, proposed.figure.result
    above = task.definition.volume_relief_above
    locked = volumes.get((task.terms.kpi.pk, task.period.first_day))
    if above is None or locked is None or str(result.status) not in _MISSED:
        return False
    return result.volume > locked * Fraction(above) / 100
