"""The one door: frozen inputs in; a figure with status, consequence and explanation out."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from .attainment import FULL, NOTHING, attainment
from .display import compared_line, level_line
from .errors import refusal
from .failures import failures_of_share, wilson_95
from .judging import band_of, consequence_of, shortfall, verdict
from .levels import Level
from .measures import Compiled, Given, Outcome, compiled
from .numbers import plain, with_unit
from .results import Consequence, Failures, Inputs, Result, Status
from .rows import Totals


def evaluate(inputs: Inputs) -> Result:
    """The figure of one KPI and period.

    Raises:
        EngineError: for unusable parameters, for neither or both of totals and rows, and for
            totals where the measure needs rows. Bad data never raises: it has a status.
    """
    found = compiled(inputs.measure, inputs.parameters, inputs.unit, inputs.calendar is not None)
    given = Given(inputs, found.options, 10**inputs.scale, found.factor, _totals(inputs, found))
    outcome = _outcome(found, given)
    failures = _failures(found, given, outcome)
    status, allowed = _status(found, given, outcome, failures)
    return _result(found, given, outcome, failures, status, allowed)


def _totals(inputs: Inputs, found: Compiled) -> Totals:
    if (inputs.rows is None) == (inputs.totals is None):
        raise refusal(
            "rows/totals", inputs.measure, "exactly one is needed", "pass rows, or their totals"
        )
    if inputs.totals is None:
        return Totals.of(inputs.rows or ())
    if inputs.totals.n and found.measure.needs_rows(inputs.parameters, inputs.calendar):
        raise refusal(
            "totals", inputs.measure, "cannot be computed from sums", "pass the period's rows"
        )
    return inputs.totals


def _outcome(found: Compiled, given: Given) -> Outcome:
    inputs = given.inputs
    if given.totals.n:
        return found.measure.compute(given)
    if inputs.excused and found.measure.relief_takes_rows:
        return Outcome.of_state(Status.EXCLUDED, "approved relief covers every row")
    if not inputs.attested:
        return Outcome.of_state(Status.NO_DATA, "nothing arrived, completeness is not attested")
    return found.measure.nothing(given)


def _failures(found: Compiled, given: Given, outcome: Outcome) -> Failures | None:
    level = given.inputs.level
    if not found.measure.counts_failures or level is None or outcome.value is None:
        return None
    if outcome.numerator is None or outcome.denominator is None:
        return None
    return failures_of_share(outcome.numerator, outcome.denominator, level, given.factor)


def _status(
    found: Compiled, given: Given, outcome: Outcome, failures: Failures | None
) -> tuple[Status, bool]:
    """The first state that applies, else the verdict; and whether a failure was allowed."""
    level = given.inputs.level
    if outcome.state is not None or outcome.value is None:
        return outcome.state or Status.UNDEFINED, False
    if level is None:
        return Status.NO_TARGET, False
    coverage = given.inputs.coverage
    if level.min_coverage is not None and coverage is not None and coverage < level.min_coverage:
        return Status.INCOMPLETE, False
    if level.min_volume is not None and outcome.volume < level.min_volume:
        if level.min_volume_policy == "insufficient":
            return Status.INSUFFICIENT_VOLUME, False
        if _is_allowed(found, level, failures):
            return Status.MET, True
    return verdict(outcome.value, level), False


def _is_allowed(found: Compiled, level: Level, failures: Failures | None) -> bool:
    if level.min_volume_policy != "allow_k_failures" or not level.has_target:
        return False
    if failures is None:
        raise refusal(
            "min_volume_policy",
            "allow_k_failures",
            f"{found.measure.name} under this level counts no failures",
            "use insufficient or evaluate_anyway",
        )
    return failures.used <= level.allow_failures


def _result(
    found: Compiled,
    given: Given,
    outcome: Outcome,
    failures: Failures | None,
    status: Status,
    allowed: bool,
) -> Result:
    level, value = given.inputs.level, outcome.value
    judged = value if level is not None and status.is_verdict and not allowed else None
    band = band_of(judged, level) if judged is not None and level and level.bands else None
    short = shortfall(judged, level) if judged is not None and level else None
    return Result(
        status=status,
        value=value,
        numerator=outcome.numerator,
        denominator=outcome.denominator,
        n=given.totals.n,
        volume=outcome.volume,
        band=band.name if band else None,
        shortfall=NOTHING if allowed else short,
        consequence=consequence_of(status, judged, level),
        attainment=_attainment(status, judged, level),
        failures=failures,
        interval=_interval(found, outcome),
        details=outcome.details,
        formula=found.formula,
        inputs=given.inputs,
        explain=partial(_steps, found, given, outcome),
    )


def _attainment(status: Status, judged: Fraction | None, level: Level | None) -> Fraction | None:
    if level is None:
        return None
    if judged is not None:
        return attainment(judged, level)
    if status is Status.MET or (status is Status.NO_ACTIVITY and level.no_activity_is == "met"):
        return FULL
    silent = status is Status.NO_DATA and level.no_data_is == "breached"
    return NOTHING if silent else None


def _interval(found: Compiled, outcome: Outcome) -> tuple[float, float] | None:
    top, bottom = outcome.numerator, outcome.denominator
    if not found.measure.counts_items or outcome.value is None or top is None or bottom is None:
        return None
    if top.denominator != 1 or bottom.denominator != 1:
        return None
    interval = wilson_95(top.numerator, bottom.numerator)
    return interval and (interval[0] * found.factor, interval[1] * found.factor)


def _steps(found: Compiled, given: Given, outcome: Outcome, result: Result) -> tuple[str, ...]:
    level, unit = given.inputs.level, given.inputs.unit
    lines = [found.formula, *found.measure.filled(given, outcome)]
    shown = " ".join(lines)
    lines += [f"{k}: {v}" for k, v in outcome.details.items() if f"{k} = {v}" not in shown]
    if level is not None and level.has_target:
        lines.append(level_line(level, unit))
    if level is not None and result.status.is_verdict and result.value is not None:
        lines += [line for line in (compared_line(result.value, level, unit),) if line]
    lines.append(_status_line(result, unit))
    if result.failures is not None:
        left = result.failures
        lines.append(
            f"failures allowed = {plain(left.allowed)}, used = {plain(left.used)}, "
            f"left = {plain(left.left)}"
        )
    return tuple(lines)


def _status_line(result: Result, unit: str) -> str:
    parts = [f"status: {result.status}"]
    if result.shortfall:
        parts.append(f"short by {with_unit(result.shortfall, unit)}")
    if result.band is not None:
        parts.append(f"band {result.band}")
    if result.is_bedding_in:
        parts.append("bedding-in, without consequence")
    elif result.consequence is not Consequence.NONE:
        parts.append(f"consequence: {result.consequence}")
    return ", ".join(parts)
