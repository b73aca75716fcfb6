"""What the ledger of a contract requires: line → same cause → sum → period cap → annual cap.

Every credit period is settled in turn, oldest first: what is cut from one may be carried into the
next, and what was credited in a contract year counts against its cap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from .charges import AwaitedError, Charges
from .days import CreditCalendar, Days
from .earnbacks import earn_backs
from .inputs import Inputs, Line, Required, Waiting
from .outcomes import Outcome, repeats_marked
from .settling import CreditPeriod, Settled, carried_key, settle
from .terms import Terms

_DAY = timedelta(days=1)


def required(inputs: Inputs) -> Required:
    """The lines that the ledger has to come to now, and what is awaited. A function of its inputs
    alone: the order in which facts became known does not matter."""
    run = _Run(inputs, Charges(inputs.charges, inputs.term))
    run.settle()
    back = earn_backs(inputs, run.lines)
    kept = [line for line in run.lines if line.key not in back.held]
    held = [_held(line) for line in run.lines if line.key in back.held]
    return Required((*kept, *back.lines), (*run.waiting, *held), tuple(run.at_cap))


def _held(line: Line) -> Waiting:
    why = "held until its earn-back window ends"
    return Waiting(line.key, why, line.days, line.counted_in, line.outcome)


@dataclass(frozen=True, slots=True)
class _Carried:
    """``amount``: minor units that were cut from one credit period, for the one ``into``."""

    amount: int
    into: Days


@dataclass
class _Run:
    """One pass over the credit periods of a contract, oldest first."""

    inputs: Inputs
    charges: Charges
    lines: list[Line] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    used: dict[Days, int] = field(default_factory=dict)
    at_cap: list[Days] = field(default_factory=list)

    def settle(self) -> None:
        """Every credit period with a failure, and those that a cut was carried into."""
        groups = self._groups()
        carried: _Carried | None = None
        while groups or carried:
            period = min([*groups, *([carried.into] if carried else [])])
            carried = self._settle(period, groups.pop(period, []), carried)

    def _groups(self) -> dict[Days, list[Outcome]]:
        """Failures that carry a credit, by the credit period that holds their last day."""
        found: dict[Days, list[Outcome]] = {}
        for outcome in repeats_marked(self.inputs.outcomes):
            period = self._credit_period(outcome.days.last) if outcome.carries_credit else None
            if period is not None and self._terms(period):
                found.setdefault(period, []).append(outcome)
        return found

    def _credit_period(self, day: date) -> Days | None:
        terms = self.inputs.terms_at(day)
        return CreditCalendar(terms.every, self.inputs.term).holding(day) if terms else None

    def _terms(self, period: Days) -> Terms | None:
        return self.inputs.terms_at(period.first)

    def _settle(
        self, days: Days, outcomes: Sequence[Outcome], carried: _Carried | None
    ) -> _Carried | None:
        """Settle one credit period; what is cut from it and carried on."""
        terms = self._terms(days)
        assert terms is not None  # periods without terms are in no group
        period = CreditPeriod(self.inputs, self.charges, terms, days, self.used)
        if carried and days.last >= self.inputs.today:
            self._await_carried(period, "carried from the period before, and this one goes on")
            carried = None
        try:
            settled = settle(period, outcomes, carried.amount if carried else 0)
        except AwaitedError as error:
            self._await_all(period, outcomes, error)
            if carried:
                self._await_carried(period, error.why)
            return None
        self._take(settled, period)
        into = self._credit_period(days.last + _DAY)
        if settled.cut and terms.excess == "carried" and into:
            return _Carried(settled.cut, into)
        return None

    def _take(self, settled: Settled, period: CreditPeriod) -> None:
        self.lines += settled.lines
        self.waiting += settled.waiting
        self.at_cap += [period.days] if settled.at_cap else []
        year = period.contract_year
        self.used[year] = self.used.get(year, 0) + sum(line.amount for line in settled.lines)

    def _await_carried(self, period: CreditPeriod, why: str) -> None:
        self.waiting.append(Waiting(carried_key(period), why, period.days, period.days))

    def _await_all(
        self, period: CreditPeriod, outcomes: Sequence[Outcome], error: AwaitedError
    ) -> None:
        self.waiting += [
            Waiting(each.line, error.why, each.days, period.days, each, error.needs)
            for each in outcomes
        ]
