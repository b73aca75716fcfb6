"""Everything that the credits of one contract follow from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from .charges import Charge
from .days import Days
from .money import Purse
from .outcomes import Outcome
from .rules import Rule
from .terms import Terms


@dataclass(frozen=True)
class Inputs:
    """``terms``: dated, oldest first; ``rules`` by identity, which outcomes name.

    ``contract``: its identity; ``term``: its first and last day. ``choices``: {incident: KPI periods that the buyer
    chose}, the newest choice first. ``today``: a day of the contract's zone; what time alone
    brings about has happened where it lies before.
    """

    contract: int
    purse: Purse
    term: Days
    terms: Sequence[Terms]
    rules: Mapping[int, Rule]
    outcomes: Sequence[Outcome]
    charges: Sequence[Charge]
    today: date
    choices: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def terms_at(self, day: date) -> Terms | None:
        """The terms in force on a day; None before the first."""
        begun = [each for each in self.terms if each.valid_from <= day]
        return max(begun, key=lambda each: each.valid_from, default=None)


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the ledger requires now.

    ``key``: its identity; ``kind``: credit, carried or earn_back; ``amount``: minor units, never 0.
    ``outcome``: the KPI period it is for, None of a carried one. ``terms``: their identity.
    ``counted_in``: the credit period whose caps it counts against.
    """

    key: str
    kind: str
    amount: int
    days: Days
    counted_in: Days
    terms: int
    steps: tuple[str, ...]
    outcome: Outcome | None = None
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that cannot be computed yet, or is held back. ``needs``: days without charges."""

    key: str
    why: str
    days: Days
    counted_in: Days
    outcome: Outcome | None = None
    needs: Days | None = None


@dataclass(frozen=True, slots=True)
class Required:
    """Everything that the ledger of a contract has to come to, and what is awaited.

    ``at_cap``: the credit periods whose credits came up to the period's cap, oldest first.
    """

    lines: tuple[Line, ...]
    waiting: tuple[Waiting, ...]
    at_cap: tuple[Days, ...] = ()
