"""count, sum, mean, level, percentile: amounts of one column."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..errors import Problem
from ..numbers import plain, with_unit
from ..parameters import Parameter, choice, flag, number
from ..results import Status
from .base import ZERO, Given, Measure, Outcome, Roles
from .durations import FROM_TO, VALUE, amounts, calendar_problems, total


class Count(Measure):
    """The number of rows: incidents, filings, complaints.

    Formula: count = number of rows.
    Unit: any label; attested and empty counts 0.
    Source: contract practice (event counts with nil returns).
    """

    name = "count"
    dimension = "amount"

    def nothing(self, given: Given) -> Outcome:
        return self.compute(given)

    def compute(self, given: Given) -> Outcome:
        count = Fraction(given.totals.n)
        return Outcome(count, count, None, count)


class Sum(Measure):
    """The sum of a column, or of durations.

    Formula: sum = x1 + x2 + ... + xn.
    Unit: the unit of the values; durations need seconds, minutes, hours or days.
    Source: contract practice (throughput, total downtime, money).
    """

    name = "sum"
    dimension = "amount"
    role_sets = (VALUE, FROM_TO)

    def needs_rows(self, parameters: Mapping[str, Any], calendar: object | None = None) -> bool:
        return bool(calendar)

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        return calendar_problems(unit, calendar_given)

    def nothing(self, given: Given) -> Outcome:
        return Outcome(ZERO, ZERO, None, ZERO)

    def compute(self, given: Given) -> Outcome:
        whole, divisor = _sum_of(given)[:2]
        value = Fraction(whole, divisor)
        return Outcome(value, value, None, Fraction(given.totals.n))


class Mean(Measure):
    """The arithmetic mean, of values or durations; weighted by a second column if so declared.

    Formula: mean = (x1 + ... + xn) / n; weighted: sum(w x) / sum(w).
    Unit: the unit of the values; durations need seconds, minutes, hours or days.
    Source: contract practice (handle time, satisfaction); a missing weight is an error, never 1.
    """

    name = "mean"
    dimension = "amount"
    role_sets = (VALUE, FROM_TO)
    parameters = (Parameter("weighted", flag, "true if each row carries a weight", default=False),)

    @property
    def optional_roles(self) -> Roles:
        return {"weight": "b"}

    def roles_for(self, parameters: Mapping[str, Any]) -> tuple[Roles, ...]:
        if parameters.get("weighted") is True:
            return ({"value": "value", "weight": "b"},)
        return self.role_sets

    def needs_rows(self, parameters: Mapping[str, Any], calendar: object | None = None) -> bool:
        return bool(calendar) or parameters.get("weighted") is True

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        return calendar_problems(unit, calendar_given)

    def compute(self, given: Given) -> Outcome:
        if given.options["weighted"]:
            return _weighted_mean(given)
        whole, divisor, n = _sum_of(given)
        if n == 0:
            return Outcome.of_state(Status.NO_ACTIVITY, "no row has a value")
        return Outcome(
            Fraction(whole, divisor * n), Fraction(whole, divisor), Fraction(n), Fraction(n)
        )

    def pooled(self, numerator: Fraction, denominator: Fraction | None, given: Given) -> Fraction:
        return numerator / (denominator or ZERO)

    def formula(self, options: Mapping[str, Any]) -> str:
        return "mean = sum(w x) / sum(w)" if options["weighted"] else "mean = sum(x) / n"


def _sum_of(given: Given) -> tuple[int, int, int]:
    """(sum, divisor, rows counted), from the rows where they were given."""
    if given.inputs.rows is None:
        return (*total(given), given.totals.n)
    found, divisor = amounts(given, given.inputs.unit)
    return sum(found), divisor, len(found)


def _weighted_mean(given: Given) -> Outcome:
    weights = products = 0
    for row in given.rows:
        if row.value is None:
            continue
        if row.b is None or row.b < 0:
            what = "has no weight" if row.b is None else "has a negative weight"
            return Outcome.of_state(Status.INVALID, f"a row with value {row.value} {what}")
        weights += row.b
        products += row.b * row.value
    scale = given.divisor
    top, bottom = Fraction(products, scale * scale), Fraction(weights, scale)
    if not weights:
        return Outcome.of_state(Status.UNDEFINED, "all weights are 0", top, bottom)
    return Outcome(top / bottom, top, bottom, Fraction(given.totals.n))


class LastLevel(Measure):
    """The last value of the period: a backlog, a headcount.

    Formula: level = value of the row with the latest time.
    Unit: the unit of the values.
    Source: contract practice (stock figures are read, not added).
    """

    name = "level"
    dimension = "amount"
    role_sets = (VALUE,)
    additive = False

    def compute(self, given: Given) -> Outcome:
        found = [(row.at, row.value) for row in given.rows if row.value is not None]
        if not found:
            return Outcome.of_state(Status.NO_ACTIVITY, "no row has a value")
        latest = max(found)[0]
        values = {value for at, value in found if at == latest}
        if len(values) > 1:
            shown = ", ".join(plain(given.natural(value)) for value in sorted(values))
            return Outcome.of_state(Status.INVALID, f"the latest time has several values: {shown}")
        value = given.natural(values.pop())
        return Outcome(value, None, None, Fraction(len(found)))


class Percentile(Measure):
    """The smallest value that at least a share p of the rows does not exceed.

    Formula: percentile(p) = the k-th smallest value, k = ceil(p n); interpolated: between the
    neighbours of 1 + p (n - 1).
    Unit: the unit of the values; durations need seconds, minutes, hours or days.
    Source: Hyndman and Fan 1996, type 1 (nearest rank) and, by clause, type 7.
    """

    name = "percentile"
    dimension = "amount"
    role_sets = (VALUE, FROM_TO)
    additive = False
    parameters = (
        Parameter(
            "p",
            number("p is a share: write 0.95 for the 95th", lambda p: 0 < p <= 1),
            "the share of rows, such as 0.95",
            required=True,
        ),
        Parameter(
            "method",
            choice("nearest_rank", "interpolated"),
            "how to read between ranks",
            default="nearest_rank",
        ),
    )

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        return calendar_problems(unit, calendar_given)

    def compute(self, given: Given) -> Outcome:
        found, divisor = amounts(given, given.inputs.unit)
        if not found:
            return Outcome.of_state(Status.NO_ACTIVITY, "no row has a value")
        found.sort()
        p: Fraction = given.options["p"]
        if given.options["method"] == "interpolated":
            value = _interpolated(found, p) / divisor
            return Outcome(value, None, None, Fraction(len(found)))
        rank = nearest_rank(p, len(found))
        details = {"rank": f"{rank} of {len(found)}"}
        return Outcome(
            Fraction(found[rank - 1], divisor), None, None, Fraction(len(found)), details=details
        )

    def formula(self, options: Mapping[str, Any]) -> str:
        p = plain(options["p"])
        if options["method"] == "interpolated":
            return f"percentile({p}) = between the neighbours of 1 + {p} (n - 1)"
        return f"percentile({p}) = the k-th smallest value, k = ceil({p} n)"

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        lines = [f"n = {plain(outcome.volume)}"]
        if "rank" in outcome.details:
            p = plain(given.options["p"])
            lines.append(f"k = ceil({p} x {plain(outcome.volume)}) = {outcome.details['rank']}")
        if outcome.value is not None:
            lines.append(f"value = {with_unit(outcome.value, given.inputs.unit)}")
        return lines


def nearest_rank(p: Fraction, n: int) -> int:
    """k = ceil(p n), exact, from 1 to n for 0 < p <= 1."""
    return -(-p.numerator * n // p.denominator)


def _interpolated(ordered: list[int], p: Fraction) -> Fraction:
    position = p * (len(ordered) - 1)
    below = position.numerator // position.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])
