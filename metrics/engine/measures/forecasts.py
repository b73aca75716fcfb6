"""forecast_accuracy and forecast_bias: promised against actual values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..numbers import plain
from ..parameters import Parameter, choice, frozen_set, whole
from ..results import Status
from .base import Given, Measure, Outcome, Roles
from .forecast_errors import (
    METHODS,
    Method,
    Pair,
    Part,
    UndefinedError,
    add_tops,
    mean_error,
    mean_of,
)

FORECAST: Roles = {"forecast": "a", "actual": "b"}
_AVERAGING = Parameter(
    "averaging",
    choice("pooled", "per_series"),
    "over all rows, or the mean of each series' figure",
    default="pooled",
)
_ONE = Fraction(1)


class _Forecast(Measure):
    dimension = "forecast"
    role_sets = (FORECAST,)
    additive = False

    @property
    def optional_roles(self) -> Roles:
        return {"series": "series"}

    def method(self, options: Mapping[str, Any]) -> Method:
        return METHODS["bias"]

    def compute(self, given: Given) -> Outcome:
        by_series, details, pending = _pairs(given)
        state = Status.PENDING if pending else None
        if not by_series:
            if not pending:
                return Outcome.of_state(Status.NO_ACTIVITY, "no row has a forecast and an actual")
            return Outcome(None, state=state, details=details)
        outcome = self._figure(given, by_series)
        volume = Fraction(sum(map(len, by_series.values())))
        return Outcome(
            outcome.value,
            outcome.numerator,
            outcome.denominator,
            volume,
            outcome.state or state,
            {**outcome.details, **details},
        )

    def _figure(self, given: Given, by_series: Mapping[str, Sequence[Pair]]) -> Outcome:
        method = self.method(given.options)
        try:
            parts = [
                method.part(pairs, _scale(method, given, name)) for name, pairs in by_series.items()
            ]
        except UndefinedError as reason:
            return Outcome.of_state(Status.UNDEFINED, str(reason))
        if given.options["averaging"] == "per_series":
            return self._per_series(given, method, parts)
        return self._pooled(given, method, parts)

    def _pooled(self, given: Given, method: Method, parts: Sequence[Part]) -> Outcome:
        scale = given.divisor if method.whole_units else 1
        top = add_tops(parts) / scale
        bottom = Fraction(sum(part.bottom for part in parts), scale)
        try:
            value = self.report(mean_error(method, parts), given)
        except UndefinedError as reason:
            return Outcome.of_state(Status.UNDEFINED, str(reason), top, bottom)
        return Outcome(value, top, bottom, details=_excluded(parts))

    def _per_series(self, given: Given, method: Method, parts: Sequence[Part]) -> Outcome:
        with_terms = [part for part in parts if part.bottom or not part.excluded]
        details = {**_excluded(parts), "series": str(len(with_terms))}
        try:
            figures = [mean_error(method, [part]) for part in with_terms]
        except UndefinedError as reason:
            return Outcome.of_state(Status.UNDEFINED, f"{reason} in a series")
        if not figures:
            return Outcome.of_state(Status.UNDEFINED, "all actuals are 0")
        return Outcome(self.report(mean_of(figures), given), details=details)

    def report(self, error: Fraction, given: Given) -> Fraction:
        """The figure people see, from the error."""
        return error * given.factor

    def pooled(self, numerator: Fraction, denominator: Fraction | None, given: Given) -> Fraction:
        mean = numerator / (denominator or Fraction(0))
        return self.report(self.method(given.options).finish(mean), given)

    def formula(self, options: Mapping[str, Any]) -> str:
        return self.method(options).formula

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        lines = super().filled(given, outcome)
        if outcome.numerator is not None and outcome.denominator:
            mean = plain(outcome.numerator / outcome.denominator)
            lines.insert(-1, f"numerator / denominator = {mean}")
        return lines


class ForecastAccuracy(_Forecast):
    """How near forecasts came, or how far off they were, by a named error figure.

    Formula: accuracy = max(0, 1 - sum|F-A| / sum|A|); wape, mape, smape, mase and rmsse report
    the error itself.
    Unit: percent (times 100) or ratio; smape runs from 0 to 2, or 200 %.
    Source: Kolassa and Schuetz 2007 (WAPE), Makridakis 1993 (sMAPE), Hyndman and Koehler 2006
    (MASE), M5 competition (RMSSE).
    """

    name = "forecast_accuracy"
    parameters = (
        Parameter(
            "method",
            choice("accuracy", "wape", "mape", "smape", "mase", "rmsse"),
            "the figure reported",
            default="accuracy",
        ),
        _AVERAGING,
        Parameter(
            "season", whole("give the lag of one season, at least 1", 1), "the lag", default=1
        ),
        Parameter("training", frozen_set, "the frozen series that mase and rmsse are scaled by"),
    )

    def method(self, options: Mapping[str, Any]) -> Method:
        return METHODS[options["method"]]

    def report(self, error: Fraction, given: Given) -> Fraction:
        if given.options["method"] != "accuracy":
            return error * given.factor
        return max(Fraction(0), 1 - error) * given.factor


class ForecastBias(_Forecast):
    """Whether forecasts lie above or below: positive is over-forecast.

    Formula: bias = sum(F-A) / sum|A|.
    Unit: percent (times 100) or ratio.
    Source: Kolassa and Schuetz 2007; mean error over mean size of the actuals.
    """

    name = "forecast_bias"
    parameters = (_AVERAGING,)


def _pairs(given: Given) -> tuple[dict[str, list[Pair]], dict[str, str], int]:
    """Pairs by series, what was left out in words, and how many actuals are missing."""
    by_series: defaultdict[str, list[Pair]] = defaultdict(list)
    pending = unforecast = 0
    for row in given.rows:
        if row.a is None:
            unforecast += 1
        elif row.b is None:
            pending += 1
        else:
            by_series[row.series or ""].append((row.a, row.b))
    counted = {"pending actuals": pending, "rows without a forecast": unforecast}
    return dict(by_series), {key: str(n) for key, n in counted.items() if n}, pending


def _scale(method: Method, given: Given, series: str) -> Fraction:
    if method.scaled_by is None:
        return _ONE
    training = (given.inputs.training or {}).get(series)
    if not training:
        raise UndefinedError(f"series {series!r} has no training values")
    scale = method.scaled_by(training, given.options["season"])
    if not scale:
        raise UndefinedError(f"the training of series {series!r} is flat or shorter than a season")
    return scale


def _excluded(parts: Sequence[Part]) -> dict[str, str]:
    excluded = sum(part.excluded for part in parts)
    return {"excluded terms": str(excluded)} if excluded else {}
