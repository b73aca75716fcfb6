"""The closed registry of measures: what can be promised, and how each is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import EngineError, Problem, one_of
from ..parameters import read_parameters
from .agreed import Assessed, ChangeFromBaseline
from .amounts import Count, LastLevel, Mean, Percentile, Sum
from .base import Documentation, Given, Measure, Outcome
from .forecasts import ForecastAccuracy, ForecastBias
from .rates import Quotient, RatePer, Turnover
from .shares import Availability, Ratio, ShareWithin

MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Count(),
        Sum(),
        Mean(),
        Ratio(),
        Quotient(),
        LastLevel(),
        ShareWithin(),
        Percentile(),
        RatePer(),
        Turnover(),
        Availability(),
        ForecastAccuracy(),
        ForecastBias(),
        ChangeFromBaseline(),
        Assessed(),
    )
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A measure with its parameters read and checked."""

    measure: Measure
    options: Mapping[str, Any]
    formula: str
    factor: int


def validate_parameters(
    measure: str, parameters: Mapping[str, Any], unit: str, calendar_given: bool
) -> list[Problem]:
    """Everything wrong with a KPI's measure, parameters and unit, at once; empty if nothing is."""
    unknown = one_of("measure", measure, MEASURES)
    if unknown:
        return [unknown]
    options, problems = read_parameters(MEASURES[measure].parameters, parameters)
    return problems + MEASURES[measure].problems(options, unit, calendar_given)


def compiled(
    measure: str, parameters: Mapping[str, Any], unit: str, calendar_given: bool
) -> Compiled:
    """The measure ready to compute; remembered per set of parameters.

    Raises:
        EngineError: with every problem `validate_parameters` finds.
    """
    try:
        # The type is part of the key: 1 equals True, but only one of them is a flag.
        key = tuple((name, type(value), value) for name, value in parameters.items())
        return _remembered(measure, key, unit, calendar_given)
    except TypeError:
        return _compile(measure, parameters, unit, calendar_given)


@lru_cache(maxsize=4096)
def _remembered(
    measure: str,
    parameters: tuple[tuple[str, type, Any], ...],
    unit: str,
    calendar_given: bool,
) -> Compiled:
    written = {name: value for name, _, value in parameters}
    return _compile(measure, written, unit, calendar_given)


def _compile(
    measure: str, parameters: Mapping[str, Any], unit: str, calendar_given: bool
) -> Compiled:
    problems = validate_parameters(measure, parameters, unit, calendar_given)
    if problems:
        raise EngineError(problems)
    found = MEASURES[measure]
    options, _ = read_parameters(found.parameters, parameters)
    return Compiled(found, options, found.formula(options), 100 if unit == "percent" else 1)


__all__ = [
    "MEASURES",
    "Compiled",
    "Documentation",
    "Given",
    "Measure",
    "Outcome",
    "compiled",
    "validate_parameters",
]
