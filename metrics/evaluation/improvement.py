"""Continuous improvement: the level that a year beyond the target would justify. Never set by us."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from metrics.engine import EngineError, propose_ratchet
from metrics.evaluation.terms import engine_level
from metrics.models import Kpi, KpiPeriod, ServiceLevel

_FINAL = (KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED)
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A level worth proposing, in the KPI's unit: half the way from ``target`` to ``mean``."""

    level: ServiceLevel
    unit: str
    places: int
    target: Fraction
    mean: Fraction
    proposed: Fraction


def improvement_of(kpi: Kpi) -> Suggestion | None:
    """What to propose after twelve final months on end beyond the newest level; None where that
    is not so, or the level has no better side."""
    newest = KpiPeriod.objects.filter(kpi=kpi, phase__in=_FINAL).order_by("-starts_at")[:_MONTHS]
    heads = list(newest.select_related("current__definition"))[::-1]
    if len(heads) < _MONTHS or not _is_a_year(heads):
        return None
    line = kpi.levels.filter(valid_from__lte=heads[-1].first_day).order_by("valid_from").last()
    return _suggested(heads, line) if line else None


def _is_a_year(heads: Sequence[KpiPeriod]) -> bool:
    """Whether they are months one after the other, each with a value."""
    on_end = all(one.ends_at == other.starts_at for one, other in pairwise(heads))
    currents = [head.current for head in heads]
    monthly = all(each and each.value and each.definition.period == "month" for each in currents)
    return on_end and monthly


def _suggested(heads: Sequence[KpiPeriod], line: ServiceLevel) -> Suggestion | None:
    currents = [head.current for head in heads if head.current]
    values = [Fraction(each.value) for each in currents]
    level = engine_level(line, heads[-1].first_day)
    if level.target is None:
        return None
    try:
        proposed = propose_ratchet(level.target, values, level.operator)
    except EngineError:  # a range has no better side
        return None
    if proposed is None:
        return None
    mean, definition = sum(values, Fraction(0)) / len(values), currents[-1].definition
    return Suggestion(line, definition.unit, definition.places, level.target, mean, proposed)
