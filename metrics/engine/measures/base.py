"""What every measure is: declared roles and parameters, one calculation, one explanation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

from ..errors import Problem, one_of, refusal
from ..numbers import plain, with_unit
from ..parameters import Parameter
from ..results import Inputs, Status
from ..rows import Row, Totals
from ..zones import DAY_US, SECOND_US

TIME_UNITS: Mapping[str, int] = {
    "seconds": SECOND_US,
    "minutes": 60 * SECOND_US,
    "hours": 3600 * SECOND_US,
    "days": DAY_US,
}
SHARE_UNITS = ("percent", "ratio")
ZERO = Fraction(0)

Roles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """Inputs read once: typed options, the stored scale as a divisor, and the rows' sums.

    `factor` is 100 for percent, else 1. `totals` always holds at least n.
    """

    inputs: Inputs
    options: Mapping[str, Any]
    divisor: int
    factor: int
    totals: Totals

    @property
    def rows(self) -> Sequence[Row]:
        """The period's rows.

        Raises:
            EngineError: if only totals were given.
        """
        if self.inputs.rows is None:
            raise refusal(
                "totals", self.inputs.measure, "cannot be computed from sums", "pass the rows"
            )
        return self.inputs.rows

    def natural(self, stored: int) -> Fraction:
        """A stored integer in natural units."""
        return Fraction(stored, self.divisor)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a measure found. `state` is set where there is no figure to judge."""

    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    volume: Fraction = ZERO
    state: Status | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_state(
        cls,
        state: Status,
        reason: str = "",
        numerator: Fraction | None = None,
        denominator: Fraction | None = None,
    ) -> Outcome:
        """No figure, and why; parts are kept where a longer period can use them."""
        details = {"reason": reason} if reason else {}
        return cls(None, numerator, denominator, ZERO, state, details)


@dataclass(frozen=True, slots=True)
class Documentation:
    """The parts of a measure's docstring that people are shown."""

    formula: str
    unit: str
    source: str


class Measure:
    """Base of all measures; one subclass is one entry of the registry."""

    name: ClassVar[str]
    dimension: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    role_sets: ClassVar[tuple[Roles, ...]] = ({},)
    additive: ClassVar[bool] = True
    counts_failures: ClassVar[bool] = False
    counts_items: ClassVar[bool] = False
    spanning: ClassVar[bool] = False  # its rows are intervals that may reach into later periods
    relief_takes_rows: ClassVar[bool] = True

    @cached_property
    def documentation(self) -> Documentation:
        """Formula, unit and source as the docstring states them."""
        text = " ".join((type(self).__doc__ or "").split())
        parts = dict(re.findall(r"(Formula|Unit|Source): (.*?)(?= (?:Unit|Source): |$)", text))
        return Documentation(*(parts.get(key, "") for key in ("Formula", "Unit", "Source")))

    @property
    def roles(self) -> Roles:
        """The usual roles of a row and the column each is stored in."""
        return self.role_sets[0]

    @property
    def optional_roles(self) -> Roles:
        """Roles that a row may leave out."""
        return {}

    def roles_for(self, parameters: Mapping[str, Any]) -> tuple[Roles, ...]:
        """The alternative sets of roles under these parameters; a feed target gives one of them."""
        return self.role_sets

    def needs_rows(self, parameters: Mapping[str, Any], calendar: object | None = None) -> bool:
        """Whether sums are not enough: the rows themselves are read."""
        return not self.additive

    def problems(
        self, options: Mapping[str, Any], unit: str, calendar_given: bool
    ) -> list[Problem]:
        """What is wrong with the unit and with parameters taken together."""
        if self.dimension == "share":
            problem = one_of("unit", unit, SHARE_UNITS)
            return [problem] if problem else []
        return []

    def nothing(self, given: Given) -> Outcome:
        """The outcome of an attested period without rows."""
        return Outcome.of_state(Status.NO_ACTIVITY, "completeness attested, nothing happened")

    def compute(self, given: Given) -> Outcome:
        """The figure of a period with rows."""
        raise NotImplementedError

    def formula(self, options: Mapping[str, Any]) -> str:
        """The formula in one line."""
        return self.documentation.formula.rstrip(".")

    def pooled(self, numerator: Fraction, denominator: Fraction | None, given: Given) -> Fraction:
        """The figure of merged parts.

        Raises:
            ZeroDivisionError: if the parts hold no activity.
        """
        if denominator is None:
            return numerator
        return numerator / denominator * given.factor

    def filled(self, given: Given, outcome: Outcome) -> list[str]:
        """The formula with its numbers, one line each."""
        lines = [f"rows = {given.totals.n}"]
        if outcome.numerator is not None and outcome.denominator is not None:
            lines.append(
                f"numerator = {plain(outcome.numerator)}, "
                f"denominator = {plain(outcome.denominator)}"
            )
        if outcome.value is not None:
            lines.append(f"value = {with_unit(outcome.value, given.inputs.unit)}")
        return lines


def quotient_outcome(
    given: Given, numerator: Fraction, denominator: Fraction, volume: Fraction
) -> Outcome:
    """numerator / denominator in the KPI's unit, with the states of an empty denominator."""
    if denominator < 0:
        return Outcome.of_state(Status.INVALID, f"denominator {plain(denominator)} is negative")
    if denominator == 0:
        state = Status.UNDEFINED if numerator else Status.NO_ACTIVITY
        return Outcome.of_state(state, "the denominator is 0", numerator, denominator)
    value = Fraction(
        numerator.numerator * denominator.denominator * given.factor,
        numerator.denominator * denominator.numerator,
    )
    return Outcome(value, numerator, denominator, volume)
