"""What one failure gives: a closed registry of rules, each with its parameters.

Percents are percent: 40 is 40 %. ``amount`` is in the contract's currency, as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from metrics.engine.errors import one_of, raise_if_any
from metrics.engine.parameters import Parameter, choice, number, read_parameters

from . import gross
from .charges import BASES
from .gross import Given, Gross, RuleKind, Values, percent_of_base
from .terms import AMOUNT, ANY_PERCENT, PERCENT
from .tiers import read_tiers


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its values. ``base``: instead of the terms' own; ``of_process``: charges of the
    affected process only; ``any_miss``: the expected level counts as well as a default does;
    ``critical``: what a critical failure gives instead, percent of charges or an amount."""

    kind: RuleKind
    values: Values
    base: str | None
    of_process: bool
    any_miss: bool
    critical: Values | None

    def gross(self, given: Given) -> Gross:
        if given.outcome.critical and self.critical is not None:
            return _critical(self.critical, given)
        return self.kind.gross(self.values, given)


def _critical(stated: Values, given: Given) -> Gross:
    if stated["amount"] is not None:
        amount = given.purse.minor(stated["amount"])
        return Gross(amount, steps=(f"critical failure: {given.purse.says(amount)}",))
    return percent_of_base(stated["percent"], given, "critical failure: ")


_STEP = number("write a number above 0", lambda found: found > 0)
_LEVEL = number("write a number in the KPI's unit")
_ALLOCATION = Parameter("allocation", PERCENT, "percent", required=True)
_EACH = Parameter("percent", ANY_PERCENT, "percent of the fee for each", required=True)
_FLOOR = Parameter("floor", _LEVEL, "the value beneath which no more is counted")
_CAP = Parameter("cap", ANY_PERCENT, "the most, in percent of the fee")
_PERCENT_TIERS = Parameter("tiers", read_tiers("percent"), "tiers", required=True)

KINDS: Mapping[str, RuleKind] = {
    kind.name: kind
    for kind in (
        RuleKind(
            "pool_allocation",
            (Parameter("category", ANY_PERCENT, "percent of the pool", required=True), _ALLOCATION),
            gross.pool,
        ),
        RuleKind("weight", (_ALLOCATION,), gross.weight),
        RuleKind(
            "weight_tier",
            (Parameter("weight", PERCENT, "percent", required=True), _PERCENT_TIERS),
            gross.weight_tier,
            tiers="percent",
        ),
        RuleKind("tiers", (_PERCENT_TIERS,), gross.tiers, tiers="percent"),
        RuleKind(
            "full_steps",
            (Parameter("step", _STEP, "how long a step is", required=True), _EACH, _FLOOR, _CAP),
            gross.full_steps,
        ),
        RuleKind(
            "shortfall_points",
            (Parameter("percent", ANY_PERCENT, "percent each", default=Fraction(1)), _FLOOR, _CAP),
            gross.shortfall_points,
        ),
        RuleKind(
            "service_points",
            (
                Parameter("tiers", read_tiers("points"), "tiers", required=True),
                Parameter("repeats", choice("doubled", "same"), "", default="doubled"),
            ),
            gross.service_points,
            tiers="points",
        ),
        RuleKind(
            "fixed_per_incident",
            (
                Parameter("amount", AMOUNT, "an amount of the contract's currency", required=True),
                Parameter(
                    "count", choice("beyond_level", "all", "failure"), "", default="beyond_level"
                ),
            ),
            gross.fixed,
        ),
    )
}


def _read_critical(written: Any) -> Values:
    stated = (
        Parameter("percent", ANY_PERCENT, "percent of charges"),
        Parameter("amount", AMOUNT, "an amount"),
    )
    if not isinstance(written, Mapping) or len(written) != 1:
        raise ValueError("is not one remedy; write {percent: 10} or {amount: 5000}")
    values, problems = read_parameters(stated, written)
    if problems:
        raise ValueError(f"{problems[0].rule}; {problems[0].way_out}")
    return values


_COMMON = (
    Parameter("base", choice(*BASES), "which charges it is computed of"),
    Parameter("charges_of", choice("contract", "process"), "whose charges", default="contract"),
    Parameter("when", choice("default", "any_miss"), "what carries it", default="default"),
    Parameter("critical", _read_critical, "what a critical failure gives instead"),
)
_COMMON_NAMES = frozenset(parameter.name for parameter in _COMMON)


def read_rule(kind: str, written: Mapping[str, Any]) -> Rule:
    """The rule of a kind and its parameters.

    Raises:
        EngineError: for an unknown kind, and with everything wrong with its parameters.
    """
    problem = one_of("rule", kind, KINDS)
    raise_if_any([problem] if problem else [])
    found = KINDS[kind]
    values, problems = read_parameters((*found.parameters, *_COMMON), written)
    raise_if_any(problems)
    own: dict[str, Any] = {name: v for name, v in values.items() if name not in _COMMON_NAMES}
    return Rule(
        kind=found,
        values=own,
        base=values["base"],
        of_process=values["charges_of"] == "process",
        any_miss=values["when"] == "any_miss",
        critical=values["critical"],
    )


def share_of_pool(rule: Rule) -> Fraction:
    """Percent of the pool that a rule may take: category × allocation; 0 for other kinds."""
    if rule.kind.name != "pool_allocation":
        return Fraction(0)
    return Fraction(rule.values["category"] * rule.values["allocation"], 100)
