"""One figure over several periods, by the rule of the clause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .choices import check_choice
from .errors import refusal
from .judging import verdict
from .levels import Level
from .measures import Given, compiled
from .numbers import plain
from .results import Result, Status
from .rows import Totals

_SILENT = (Status.NO_ACTIVITY, Status.EXCLUDED)
_UNSURE = (Status.INVALID, Status.NO_DATA, Status.UNDEFINED, Status.PENDING, Status.INCOMPLETE)
_WORST_FIRST = (Status.BELOW_MINIMUM, Status.BELOW_EXPECTED, Status.MET)


@dataclass(frozen=True, slots=True)
class RollUp:
    """A figure over several results: value in the KPI's unit, parts in natural units.

    `missing` names the periods that should have added something and could not.
    """

    how: str
    status: Status
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    n: int
    missing: tuple[str, ...]
    steps: tuple[str, ...]


Parts = tuple[Fraction | None, Fraction | None, Fraction | None]


def roll_up(results: Sequence[Result], how: str = "pooled", level: Level | None = None) -> RollUp:
    """Roll up consecutive results of one KPI.

    `pooled` merges numerators and denominators; `mean_of_periods`, `worst`, `last` and `sum` use
    the periods' values; `all_must_pass` has no value of its own. `level` judges the outcome; for
    `worst` it tells which side is worse.

    Raises:
        EngineError: for an unknown rule, no results, a measure that cannot be pooled, or `worst`
            without a level.
    """
    check_choice("roll_up", how)
    if not results:
        raise refusal("results", 0, "nothing to roll up", "give at least one period")
    _check_same_measure(results)
    used = [result for result in results if result.status not in _SILENT]
    value, top, bottom = _RULES[how](used, level)
    missing = tuple(r.inputs.period.label for r in used if r.status in _UNSURE)
    status = _status(results, used, how, value, missing, level)
    lines = (
        f"{how} over {len(results)} periods",
        *(f"{r.inputs.period.label}: {_shown(r)}" for r in results),
        f"{how} = {plain(value) if value is not None else status}",
    )
    n = sum(result.n for result in results)
    return RollUp(how, status, value, top, bottom, n, missing, lines)


def _shown(result: Result) -> str:
    if result.numerator is not None and result.denominator is not None:
        return f"{plain(result.numerator)} / {plain(result.denominator)}"
    return plain(result.value) if result.value is not None else str(result.status)


def _check_same_measure(results: Sequence[Result]) -> None:
    kinds = {(r.inputs.measure, r.inputs.unit) for r in results}
    if len(kinds) > 1:
        raise refusal("results", sorted(kinds), "differ in measure or unit", "roll up one KPI")


def _pooled(used: Sequence[Result], level: Level | None) -> Parts:
    able = [result for result in used if result.numerator is not None]
    if not able:
        _refuse_unpoolable(used)
        return None, None, None
    top = sum((r.numerator for r in able if r.numerator is not None), Fraction(0))
    parts = [r.denominator for r in able]
    bottom = None if None in parts else sum((p for p in parts if p is not None), Fraction(0))
    inputs = able[-1].inputs
    found = compiled(inputs.measure, inputs.parameters, inputs.unit, inputs.calendar is not None)
    given = Given(inputs, found.options, 10**inputs.scale, found.factor, Totals())
    try:
        return found.measure.pooled(top, bottom, given), top, bottom
    except ZeroDivisionError:
        return None, top, bottom


def _refuse_unpoolable(used: Sequence[Result]) -> None:
    if any(result.value is not None for result in used):
        raise refusal(
            "pooled",
            used[0].inputs.measure,
            "has no parts to merge",
            "evaluate the rows of the whole stretch, or use another rule",
        )


def _values(used: Sequence[Result]) -> list[Fraction]:
    return [result.value for result in used if result.value is not None]


def _mean(used: Sequence[Result], level: Level | None) -> Parts:
    values = _values(used)
    return (sum(values, Fraction(0)) / len(values) if values else None), None, None


def _sum(used: Sequence[Result], level: Level | None) -> Parts:
    values = _values(used)
    return (sum(values, Fraction(0)) if values else None), None, None


def _last(used: Sequence[Result], level: Level | None) -> Parts:
    return (used[-1].value if used else None), None, None


def _worst(used: Sequence[Result], level: Level | None) -> Parts:
    values = _values(used)
    if level is None:
        raise refusal("worst", None, "needs to know the worse side", "pass the level")
    if level.lo is not None and level.hi is not None:
        middle = (level.lo + level.hi) / 2
        return max(values, key=lambda value: abs(value - middle), default=None), None, None
    pick: Callable[..., Fraction | None] = min if level.higher_is_better else max
    return pick(values, default=None), None, None


def _no_value(used: Sequence[Result], level: Level | None) -> Parts:
    return None, None, None


_RULES: dict[str, Callable[[Sequence[Result], Level | None], Parts]] = {
    "pooled": _pooled,
    "mean_of_periods": _mean,
    "worst": _worst,
    "all_must_pass": _no_value,
    "last": _last,
    "sum": _sum,
}


def _status(
    results: Sequence[Result],
    used: Sequence[Result],
    how: str,
    value: Fraction | None,
    missing: tuple[str, ...],
    level: Level | None,
) -> Status:
    if not used:
        return results[-1].status
    if all(result.status is Status.NO_DATA for result in used):
        return Status.NO_DATA
    if how == "all_must_pass":
        return _all_pass(used, missing)
    if missing:
        return Status.INCOMPLETE
    if value is None:
        return Status.UNDEFINED
    return Status.NO_TARGET if level is None else verdict(value, level)


def _all_pass(used: Sequence[Result], missing: tuple[str, ...]) -> Status:
    verdicts = {result.status for result in used}
    if Status.BELOW_MINIMUM in verdicts or missing:
        return Status.BELOW_MINIMUM if Status.BELOW_MINIMUM in verdicts else Status.INCOMPLETE
    return next((status for status in _WORST_FIRST if status in verdicts), Status.NO_TARGET)
