"""How each kind of rule turns a failure into money or points, with the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from metrics.engine.numbers import plain
from metrics.engine.parameters import Parameter

from .charges import AwaitedError
from .money import Purse
from .outcomes import Outcome
from .terms import PointsValue
from .tiers import Tier, tier_of

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gross:
    """What a line comes to before anything is taken off: an ``amount`` in minor units, or
    ``points`` that become money together; ``steps`` say how. Where it is a ``percent`` of a
    ``base`` in minor units, those say the same as numbers."""

    amount: Fraction
    points: Fraction | None = None
    steps: tuple[str, ...] = ()
    base: Fraction | None = None
    percent: Fraction | None = None

    @property
    def figures(self) -> dict[str, str]:
        """The numbers by their names, those that are known."""
        named = {"line": self.amount, "base": self.base, "percent": self.percent}
        named |= {"points": self.points or None}
        return {name: str(value) for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule may ask for. ``base`` and ``at_risk``: minor units and the words for them; they
    raise AwaitedError where charges are not known. ``points``: what points are worth; ``repeated``: the KPI failed just before, too."""

    outcome: Outcome
    purse: Purse
    base: Callable[[], tuple[Fraction, str]]
    at_risk: Callable[[], tuple[Fraction, str]]
    points: PointsValue | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A kind of rule: its ``parameters`` and what they give for a failure."""

    name: str
    parameters: tuple[Parameter, ...]
    gross: Callable[[Values, Given], Gross]
    tiers: str = ""


def percent_of_base(percent: Fraction, given: Given, said: str = "") -> Gross:
    base, words = given.base()
    amount = base * percent / 100
    says = given.purse.says
    return Gross(
        amount,
        steps=(
            f"{words} = {says(base)}",
            f"{said}{plain(percent)} % of {says(base)} = {says(amount)}",
        ),
        base=base,
        percent=percent,
    )


def _of_at_risk(parts: Mapping[str, Fraction], given: Given) -> Gross:
    at_risk, words = given.at_risk()
    together = Fraction(100)
    for percent in parts.values():
        together = together * percent / 100
    amount = at_risk * together / 100
    factors = " × ".join(f"{name} {plain(percent)} %" for name, percent in parts.items())
    says = given.purse.says
    return Gross(
        amount,
        steps=(words, f"{factors} × at-risk amount {says(at_risk)} = {says(amount)}"),
        base=at_risk,
        percent=together,
    )


def pool(values: Values, given: Given) -> Gross:
    """Category % × allocation % × at-risk amount (Texas DIR shared services)."""
    return _of_at_risk({name: values[name] for name in ("category", "allocation")}, given)


def weight(values: Values, given: Given) -> Gross:
    """Allocation % × at-risk amount."""
    return _of_at_risk({"allocation": values["allocation"]}, given)


def weight_tier(values: Values, given: Given) -> Gross:
    """Weight % × tier % × at-risk amount."""
    tier = _tier(values["tiers"], given)
    found = _of_at_risk({"weight": values["weight"], "tier": tier.gives}, given)
    return replace(found, steps=(_in_tier(tier, given), *found.steps))


def tiers(values: Values, given: Given) -> Gross:
    """A percentage of the fee by the tier of the value (cloud service level agreements)."""
    tier = _tier(values["tiers"], given)
    found = percent_of_base(tier.gives, given)
    return replace(found, steps=(_in_tier(tier, given), *found.steps))


def full_steps(values: Values, given: Given) -> Gross:
    """Percent of the fee for each full step short of the level; what is left of a step is free."""
    short = _short(values["floor"], given)
    steps = short // values["step"]
    percent = _most(steps * values["percent"], values["cap"])
    found = percent_of_base(percent, given)
    said = (
        f"short by {plain(short)} = {steps} full steps of {plain(values['step'])}, "
        f"{plain(values['percent'])} % each{_capped(values['cap'])}"
    )
    return replace(found, steps=(said, *found.steps))


def shortfall_points(values: Values, given: Given) -> Gross:
    """Percent of the fee for each percentage point short, parts of one included (UK call-offs)."""
    short = _short(values["floor"], given)
    percent = _most(short * values["percent"], values["cap"])
    found = percent_of_base(percent, given)
    said = f"short by {plain(short)}, {plain(values['percent'])} % each{_capped(values['cap'])}"
    return replace(found, steps=(said, *found.steps))


def service_points(values: Values, given: Given) -> Gross:
    """Points by tier, twice as many right after a failure of the same KPI, never more than twice
    (UK Model Services Contract). Where a table says what they are worth, the points of a period
    are looked up in it together, later."""
    tier = _tier(values["tiers"], given)
    doubled = given.repeated and values["repeats"] == "doubled"
    points = tier.gives * (2 if doubled else 1)
    twice = ", doubled: it failed in the period before" if doubled else ""
    said = f"{_in_tier(tier, given)}: {plain(tier.gives)} service points{twice}"
    amount, worth = points_worth(points, given)
    return Gross(amount, points=points, steps=(said, *worth))


def points_worth(points: Fraction, given: Given) -> tuple[Fraction, tuple[str, ...]]:
    """What so many points of a period are worth, and how that came about."""
    value = given.points
    if value is None:
        raise AwaitedError("the contract does not say what service points are worth")
    worth, says = value.at(points), given.purse.says
    if value.of == "amount":
        return worth, (f"{plain(points)} points = {says(worth)}",)
    found = percent_of_base(worth, given, f"{plain(points)} points = ")
    return found.amount, found.steps


def fixed(values: Values, given: Given) -> Gross:
    """An amount for each incident."""
    count = _incidents(values["count"], given.outcome)
    each = given.purse.minor(values["amount"])
    says = given.purse.says
    return Gross(each * count, steps=(f"{count} incidents × {says(each)} = {says(each * count)}",))


def _incidents(count: str, outcome: Outcome) -> int:
    """Whole incidents: of a figure that counts them, or those beyond the level, or the failure."""
    if count == "failure":
        return 1
    counted = outcome.value if count == "all" else outcome.shortfall
    return 1 if counted is None else counted.numerator // counted.denominator


def _tier(tiers: tuple[Tier, ...], given: Given) -> Tier:
    outcome = given.outcome
    missed = outcome.target if outcome.strict else None
    return tier_of(outcome.value, tiers, higher_is_better=outcome.higher_is_better, missed=missed)


def _in_tier(tier: Tier, given: Given) -> str:
    value = given.outcome.value
    return f"{'no figure' if value is None else plain(value)} lies in the tier {tier}"


def _short(floor: Fraction | None, given: Given) -> Fraction:
    """How far the value misses, down to the floor; the whole way to it where there is no value."""
    outcome = given.outcome
    most = None if floor is None or outcome.target is None else abs(outcome.target - floor)
    if outcome.shortfall is not None:
        return outcome.shortfall if most is None else min(outcome.shortfall, most)
    if most is None:
        raise AwaitedError("it failed without a figure, and its rule states no floor")
    return most


def _most(percent: Fraction, cap: Fraction | None) -> Fraction:
    return percent if cap is None else min(percent, cap)


def _capped(cap: Fraction | None) -> str:
    return "" if cap is None else f", at most {plain(cap)} %"
