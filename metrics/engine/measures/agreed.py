"""change_from_baseline and assessed: figures that rest on something people agreed or scored."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..errors import refusal
from ..numbers import plain, with_unit
from ..parameters import Parameter, choice, day, number, text, whole
from ..results import Status
from .base import Given, Measure, Outcome, Roles, quotient_outcome
from .durations import VALUE, roles_by_option

QUOTIENT: Roles = {"numerator": "a", "denominator": "b"}


class ChangeFromBaseline(Measure):
    """The relative improvement on a frozen, dated, agreed value.

    Formula: change = (B - A) / B; with better: higher, (A - B) / B; A = mean of the values, or
    sum(x) / sum(y).
    Unit: percent (times 100) or ratio; the baseline is in the unit of what is measured.
    Source: contract practice (committed savings and productivity gains); B = 0 is undefined.
    """

    name = "change_from_baseline"
    dimension = "share"
    role_sets = (VALUE, QUOTIENT)
    parameters = (
        Parameter("baseline", number("give the agreed value"), "the agreed value", required=True),
        Parameter("baseline_date", day, "the day it was agreed for"),
        Parameter("baseline_agreed_by", text, "who agreed it"),
        Parameter("better", choice("lower", "higher"), "the better direction", default="lower"),
        Parameter("of", choice("mean", "quotient"), "what A is", default="mean"),
    )

    def roles_for(self, parameters: Mapping[str, Any]) -> tuple[Roles, ...]:
        return roles_by_option(parameters, QUOTIENT)

    def compute(self, given: Given) -> Outcome:
        top, bottom = _parts(given)
        if bottom <= 0:
            return quotient_outcome(given, top, bottom, bottom)
        if given.options["baseline"] == 0:
            return Outcome.of_state(Status.UNDEFINED, "the baseline is 0", top, bottom)
        value = self.pooled(top, bottom, given)
        details = {"actual": plain(top / bottom), "baseline": plain(given.options["baseline"])}
        for key in ("baseline_date", "baseline_agreed_by"):
            if given.options[key] is not None:
                details[key.replace("_", " ")] = str(given.options[key])
        return Outcome(value, top, bottom, Fraction(given.totals.n), None, details)

    def pooled(self, numerator: Fraction, denominator: Fraction | None, given: Given) -> Fraction:
        baseline: Fraction = given.options["baseline"]
        change = (baseline - numerator / (denominator or Fraction(0))) / baseline
        return (change if given.options["better"] == "lower" else -change) * given.factor

    def formula(self, options: Mapping[str, Any]) -> str:
        return "change = (B - A) / B" if options["better"] == "lower" else "change = (A - B) / B"

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        if outcome.value is None:
            return super().filled(given, outcome)
        actual, baseline = outcome.details["actual"], outcome.details["baseline"]
        pair = (baseline, actual) if given.options["better"] == "lower" else (actual, baseline)
        value = with_unit(outcome.value, given.inputs.unit)
        return [
            f"A = {actual}, B = {baseline}",
            f"change = ({pair[0]} - {pair[1]}) / {baseline} = {value}",
        ]


class Assessed(Measure):
    """A surveyed, audited or typed-in value, published with how it came about.

    Formula: assessed = mean of the values, or sum(x) / sum(y).
    Unit: the unit of the values; a quotient in percent is multiplied by 100.
    Source: contract practice (satisfaction surveys, quality audits, second scoring).
    """

    name = "assessed"
    dimension = "amount"
    role_sets = (VALUE, QUOTIENT)
    parameters = (
        Parameter("of", choice("mean", "quotient"), "what the value is", default="mean"),
        Parameter("scored_by", text, "who scored it"),
        Parameter("second_scorer", text, "who scored it again"),
        Parameter("population", whole("give 0 or more", 0), "how many there were"),
        Parameter("sample", whole("give 0 or more", 0), "how many were looked at"),
    )

    def roles_for(self, parameters: Mapping[str, Any]) -> tuple[Roles, ...]:
        return roles_by_option(parameters, QUOTIENT)

    def compute(self, given: Given) -> Outcome:
        top, bottom = _parts(given)
        outcome = quotient_outcome(given, top, bottom, Fraction(given.totals.n))
        if outcome.value is None:
            return outcome
        details = {
            key.replace("_", " "): str(given.options[key])
            for key in ("scored_by", "second_scorer", "population", "sample")
            if given.options[key] is not None
        }
        return Outcome(self.pooled(top, bottom, given), top, bottom, outcome.volume, None, details)

    def pooled(self, numerator: Fraction, denominator: Fraction | None, given: Given) -> Fraction:
        factor = given.factor if given.options["of"] == "quotient" else 1
        return numerator / (denominator or Fraction(0)) * factor


def _parts(given: Given) -> tuple[Fraction, Fraction]:
    totals = given.totals
    if given.options["of"] == "quotient":
        return given.natural(totals.a), given.natural(totals.b)
    if totals.a or totals.b:
        raise refusal("of", "mean", "rows give a numerator and a denominator", "set of: quotient")
    return given.natural(totals.value), Fraction(totals.n)
