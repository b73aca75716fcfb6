"""What a contract agreed about its credits, typed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from metrics.engine.errors import Problem, one_of, raise_if_any
from metrics.engine.parameters import Parameter, choice, flag, number, read_parameters, whole

from .charges import BASES
from .money import Purse
from .rounding import ROUNDINGS

EVERY = ("month", "quarter")
SAME_CAUSE = ("all", "highest", "buyers_choice")
EXCESS = ("lost", "carried")
EARN_BACKS = ("met_for", "exceeded_for", "no_credit_for", "average")
_HUNDRED = Fraction(100)
PERCENT = number("write percent from 0 to 100", lambda found: 0 <= found <= _HUNDRED)
ANY_PERCENT = number("write percent, 0 or more", lambda found: found >= 0)
AMOUNT = number("write an amount, 0 or more", lambda found: found >= 0)


@dataclass(frozen=True, slots=True)
class Portion:
    """A percentage of charges, or an amount in minor units for each full credit period."""

    percent: Fraction | None = None
    amount: Fraction | None = None


@dataclass(frozen=True, slots=True)
class PointsValue:
    """What service points are worth: ``each`` one; or from how many points of a period on how
    much for all of them together (``table``, rising). Amounts in minor units, or percent."""

    of: str = "percent"
    each: Fraction | None = None
    table: tuple[tuple[Fraction, Fraction], ...] = ()

    def at(self, points: Fraction) -> Fraction:
        """Percent or amount for so many points of a period."""
        if self.each is not None:
            return self.each * points
        reached = [worth for least, worth in self.table if least <= points]
        return reached[-1] if reached else Fraction(0)


@dataclass(frozen=True, slots=True)
class EarnBack:
    """Which share of a credit returns, and after what. ``hold``: the credit itself is posted only
    once it is decided."""

    kind: str
    periods: int
    share: Fraction
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """Credit terms in force from ``valid_from`` on; ``number`` is their identity.

    Without a ``period_cap`` credits of a period stop at the amount at risk, where one is stated.
    """

    number: int = 0
    valid_from: date = date.min
    every: str = "month"
    base: str = "this"
    at_risk: Portion | None = None
    pool: Fraction = _HUNDRED
    same_cause: str = "all"
    critical_replaces: bool = False
    period_cap: Portion | None = None
    annual_cap: Portion | None = None
    excess: str = "lost"
    rounding: str = "half_up"
    points: PointsValue | None = None
    earn_back: EarnBack | None = None

    def __post_init__(self) -> None:
        raise_if_any(_unknown(self))

    @property
    def cap(self) -> Portion | None:
        return self.period_cap or self.at_risk


def _unknown(terms: Terms) -> Iterator[Problem]:
    named = {
        "every": EVERY,
        "base": BASES,
        "same_cause": SAME_CAUSE,
        "excess": EXCESS,
        "rounding": ROUNDINGS,
    }
    for name, known in named.items():
        if problem := one_of(name, getattr(terms, name), known):
            yield problem


_POINTS = (
    Parameter("percent", ANY_PERCENT, "percent of charges for each point"),
    Parameter("amount", AMOUNT, "an amount for each point"),
    Parameter("table", lambda written: _table(written), "[[points, worth], ...]"),
    Parameter("of", choice("percent", "amount"), "what the table states", default="percent"),
)


def read_points(written: Mapping[str, Any], purse: Purse) -> PointsValue | None:
    """What points are worth, of {"percent": "1"}, {"amount": "250"} or {"table": …, "of": …}.

    Raises:
        EngineError: with everything wrong; nothing written is None.
    """
    if not written:
        return None
    values, problems = read_parameters(_POINTS, written)
    stated = [name for name in ("percent", "amount", "table") if values[name] is not None]
    if not problems and len(stated) != 1:
        way_out = "state one of percent, amount and table"
        problems.append(Problem("points_value", stated, "is not one way to tell", way_out))
    raise_if_any(problems)
    of = values["of"] if stated == ["table"] else stated[0]
    worth = (lambda found: purse.minor(found)) if of == "amount" else (lambda found: found)
    if stated == ["table"]:
        table = tuple((least, worth(gives)) for least, gives in values["table"])
        return PointsValue(of, table=table)
    return PointsValue(of, each=worth(values[stated[0]]))


def _table(written: Any) -> tuple[tuple[Fraction, Fraction], ...]:
    pairs = written if isinstance(written, list | tuple) else []
    if not pairs or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise ValueError("is no table; write [[1, 0.5], [5, 2]]: from how many points on, how much")
    found = tuple((AMOUNT(least), AMOUNT(worth)) for least, worth in pairs)
    if [least for least, _ in found] != sorted({least for least, _ in found}):
        raise ValueError("does not rise; write the fewest points first, each number once")
    return found


_EARN_BACK = (
    Parameter("kind", choice(*EARN_BACKS), "what earns it back", required=True),
    Parameter("periods", whole("write a number of periods, 1 or more", 1), "how many periods"),
    Parameter("share", PERCENT, "percent of the credit that returns", required=True),
    Parameter("hold_until_window_ends", flag, "true or false", default=False),
)


def read_earn_back(written: Mapping[str, Any]) -> EarnBack | None:
    """An earn-back, of {"kind": "met_for", "periods": 6, "share": "50"}; nothing written is None.

    Raises:
        EngineError: with everything wrong.
    """
    if not written:
        return None
    values, problems = read_parameters(_EARN_BACK, written)
    if not problems and (values["kind"] == "average") is not (values["periods"] is None):
        problems.append(
            Problem(
                "periods",
                values["periods"],
                "has no place in an average over the contract year, and the others need it",
                "state it for met_for, exceeded_for and no_credit_for alone",
            )
        )
    raise_if_any(problems)
    return EarnBack(
        values["kind"], values["periods"] or 0, values["share"], values["hold_until_window_ends"]
    )
