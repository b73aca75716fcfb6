"""The one door: frozen inputs in; a figure with status, consequence and explanation out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from .attainment import FULL, NOTHING, attainment
from .display import compared_line, level_line, parts_lines
from .errors import EngineError, refusal
from .excusing import covers_all, excused_given
from .failures import failures_of_share, wilson_95
from .histories import paused_told, work_told
from .judging import Sample, band_of, consequence_of, shortfall, verdict
from .levels import Level
from .measures import Compiled, Given, Outcome, compiled
from .numbers import plain, with_unit
from .record import is_reported, of_record, record_line
from .results import Consequence, Failures, Inputs, Result, Status, late_is_miss
from .rows import Row, Totals
from .small_samples import allowed_line, interval_line, is_allowed, sample_of


def evaluate(inputs: Inputs) -> Result:
    """The figure of one KPI and period.

    Raises:
        EngineError: for unusable parameters, for neither or both of totals and rows, and for
            totals where the measure needs rows. Bad data never raises: it has a status.
    """
    found = compiled(inputs.measure, inputs.parameters, inputs.unit, inputs.calendar is not None)
    given = Given(inputs, found.options, 10**inputs.scale, found.factor, _totals(inputs, found))
    given, told = excused_given(found.measure, given)
    own = _told(_outcome(found, given), told)
    outcome = of_record(own, inputs)
    failures = _failures(found, given, own)
    sample = sample_of(found, outcome, given.inputs.level)
    status, allowed = _status(found, given, outcome, failures, sample)
    if status.is_verdict and late_is_miss(status, inputs.late, inputs.level):
        status, allowed = Status.BELOW_MINIMUM, False
    return _result(found, given, own, outcome, failures, status, allowed, sample)


def essence_of(inputs: Inputs) -> Sequence[Row]:
    """The rows as far as they decide the figure. Two figures of equal essence say the same."""
    try:
        found = compiled(
            inputs.measure, inputs.parameters, inputs.unit, inputs.calendar is not None
        )
    except EngineError:
        return inputs.rows or ()
    rows = found.measure.essence(found.options, inputs)
    return (inputs.rows or ()) if rows is None else rows


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


def _told(outcome: Outcome, told: Mapping[str, str]) -> Outcome:
    return replace(outcome, details={**told, **outcome.details}) if told else outcome


def _outcome(found: Compiled, given: Given) -> Outcome:
    inputs = given.inputs
    if covers_all(inputs.excuses):
        return Outcome.of_state(Status.EXCLUDED, "approved relief covers the whole period")
    if given.totals.n:
        return paused_told(given, found.measure.compute(given))
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
    found: Compiled,
    given: Given,
    outcome: Outcome,
    failures: Failures | None,
    sample: Sample | None,
) -> tuple[Status, bool]:
    """The first state that applies, else the verdict; and whether it is met only because few
    failures are allowed, or because the interval reaches the level."""
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
        if is_allowed(found, level, failures):
            return Status.MET, True
    status = verdict(outcome.value, level, sample)
    spared = sample is not None and status is not verdict(outcome.value, level)
    return status, spared and status is Status.MET


def _result(
    found: Compiled,
    given: Given,
    own: Outcome,
    outcome: Outcome,
    failures: Failures | None,
    status: Status,
    allowed: bool,
    sample: Sample | None,
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
        consequence=consequence_of(status, judged, level, given.inputs.late, sample),
        attainment=_attainment(status, judged, level, given.inputs.late),
        failures=failures,
        interval=_interval(found, outcome),
        details=outcome.details,
        formula=found.formula,
        inputs=given.inputs,
        explain=partial(_steps, found, given, own),
        open_work=work_told(found.measure, given),
        ours=own.value if is_reported(own, given.inputs) else None,
    )


def _attainment(
    status: Status, judged: Fraction | None, level: Level | None, late: bool
) -> Fraction | None:
    if level is None:
        return None
    if late_is_miss(status, late, level):
        return NOTHING
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


def _steps(found: Compiled, given: Given, own: Outcome, result: Result) -> tuple[str, ...]:
    level, unit = given.inputs.level, given.inputs.unit
    lines = [found.formula, *found.measure.filled(given, own)]
    shown = " ".join(lines)
    lines += [f"{k}: {v}" for k, v in own.details.items() if f"{k} = {v}" not in shown]
    lines += [line for line in (record_line(own, given.inputs),) if line]
    lines += _completeness_lines(given)
    if level is not None and level.has_target:
        lines += [*parts_lines(level, unit), level_line(level, unit)]
    if level is not None and result.status.is_verdict and result.value is not None:
        said = (
            compared_line(result.value, level, unit),
            allowed_line(result.volume, level, result.failures),
            interval_line(level, result.interval, unit),
        )
        lines += [line for line in said if line]
    if result.open_work is not None:
        lines.append(f"open and overdue: {result.open_work.words}")
    lines.append(_status_line(result, unit))
    if result.failures is not None:
        left = result.failures
        lines.append(
            f"failures allowed = {plain(left.allowed)}, used = {plain(left.used)}, "
            f"left = {plain(left.left)}"
        )
    return tuple(lines)


def _completeness_lines(given: Given) -> list[str]:
    """What the clause asks of what arrived, where it asks for anything."""
    inputs, level = given.inputs, given.inputs.level
    lines = []
    if level is not None and level.min_coverage is not None and inputs.coverage is not None:
        share, least = plain(inputs.coverage * 100), plain(level.min_coverage * 100)
        lines.append(f"arrived of what its feeds owe: {share} %, at least {least} % are needed")
    if inputs.late and level is not None and level.late_report_is == "breached":
        lines.append("something its feeds owe came late or not at all, which the clause judges")
    return lines


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
