"""One credit period: from its failures to lines under its caps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from metrics.engine.numbers import plain

from .caps import Cap, capped
from .charges import AwaitedError, Charges, base_of
from .days import CreditCalendar, Days, contract_year
from .drafts import Draft, critical_first, points_together, rounded_once, same_cause
from .gross import Given, points_worth
from .inputs import Inputs, Line, Waiting
from .outcomes import Outcome
from .rules import Rule
from .terms import Portion, Terms

Amount = tuple[Fraction, str]


@dataclass(frozen=True, slots=True)
class CreditPeriod:
    """A credit period and what holds in it. ``used``: credits of each contract year so far."""

    inputs: Inputs
    charges: Charges
    terms: Terms
    days: Days
    used: Mapping[Days, int]

    @property
    def calendar(self) -> CreditCalendar:
        return CreditCalendar(self.terms.every, self.inputs.term)

    @property
    def contract_year(self) -> Days:
        return contract_year(self.inputs.term, self.days.last)

    def base(self, days: Days, base: str | None = None, process: int | None = None) -> Amount:
        """The charges that credits of ``days`` are computed of. Raises AwaitedError."""
        found = base_of(base or self.terms.base, days, self.charges, self.calendar, process)
        return (found[0], found[1] if process is None else f"{found[1]}, the affected process only")

    def of(
        self, portion: Portion, days: Days, base: str | None = None, who: int | None = None
    ) -> Amount:
        """A percentage of the base, or an amount spread over ``days``. Raises AwaitedError."""
        says = self.inputs.purse.says
        if portion.percent is not None:
            found, words = self.base(days, base, who)
            part = found * portion.percent / 100
            return part, f"{plain(portion.percent)} % of {words}, {says(found)} = {says(part)}"
        spread = (portion.amount or Fraction(0)) * self._periods_in(days)
        return spread, f"{says(spread)} agreed for {days}"

    def _periods_in(self, days: Days) -> Fraction:
        """How many full credit periods the days come to, parts of one pro rata."""
        count, at = Fraction(0), days.first
        while at <= days.last:
            whole = self.calendar.whole(at)
            count += Fraction(whole.days_within(days), whole.count)
            at = self.calendar.whole(at, 1).first
        return count

    def points_given(self) -> Given:
        """What points of the whole period are worth by a table: of the terms' own base."""
        first = _no_outcome(self.days)
        return Given(
            first, self.inputs.purse, lambda: self.base(self.days), _nothing, self.terms.points
        )


def _no_outcome(days: Days) -> Outcome:
    return Outcome(0, 0, "", days)


def _nothing() -> Amount:
    return Fraction(0), ""


@dataclass(frozen=True, slots=True)
class Settled:
    """``cut``: minor units that the caps took off; ``at_cap``: credits came up to the period's."""

    lines: tuple[Line, ...]
    waiting: tuple[Waiting, ...]
    cut: int
    at_cap: bool


def settle(period: CreditPeriod, outcomes: Sequence[Outcome], carried: int) -> Settled:
    """The lines of a credit period. Raises AwaitedError where its caps rest on unknown charges."""
    drafts, waiting = _drafts(period, outcomes)
    terms, purse = period.terms, period.inputs.purse
    drafts = critical_first(
        drafts, terms.critical_replaces and any(each.critical for each in outcomes)
    )
    drafts = same_cause(drafts, terms.same_cause, period.inputs.choices)
    drafts = rounded_once(_points(period, drafts), terms.rounding, purse)
    if carried:
        drafts.append(_carried(period, carried))
    own = _period_cap(period) if drafts else None
    at_cap = own is not None and 0 < own.limit <= sum(draft.amount for draft in drafts)
    drafts, cut = capped(drafts, own, purse)
    drafts, more = capped(drafts, _annual_cap(period) if drafts else None, purse)
    lines = tuple(_line(period, draft) for draft in drafts if draft.amount)
    return Settled(lines, tuple(waiting), cut + more, at_cap)


def _drafts(period: CreditPeriod, outcomes: Sequence[Outcome]) -> tuple[list[Draft], list[Waiting]]:
    drafts, waiting = [], []
    for outcome in outcomes:
        try:
            drafts.append(_draft(period, outcome))
        except AwaitedError as error:
            waiting.append(
                Waiting(outcome.line, error.why, outcome.days, period.days, outcome, error.needs)
            )
    return drafts, waiting


def _draft(period: CreditPeriod, outcome: Outcome) -> Draft:
    rule = period.inputs.rules[outcome.rule or 0]
    gross = rule.gross(_given(period, outcome, rule))
    return Draft(
        outcome.line,
        outcome,
        gross.amount,
        gross.points,
        (outcome.sentence, *gross.steps),
        gross.figures,
    )


def _given(period: CreditPeriod, outcome: Outcome, rule: Rule) -> Given:
    process = outcome.process if rule.of_process else None

    def base() -> Amount:
        return period.base(outcome.days, rule.base, process)

    def at_risk() -> Amount:
        if period.terms.at_risk is None:
            raise AwaitedError("the contract states no amount at risk")
        found, words = period.of(period.terms.at_risk, outcome.days, rule.base, process)
        return found, f"at-risk amount: {words}"

    return Given(outcome, period.inputs.purse, base, at_risk, period.terms.points, outcome.repeated)


def _points(period: CreditPeriod, drafts: list[Draft]) -> list[Draft]:
    """Where a table says what the points of a period are worth, they are looked up together."""
    value = period.terms.points
    together = sum((draft.points for draft in drafts if draft.points), Fraction(0))
    if value is None or not value.table or not together:
        return drafts
    worth, said = points_worth(together, period.points_given())
    return points_together(drafts, worth, said, period.terms.rounding)


def carried_key(period: CreditPeriod) -> str:
    """The identity of what a contract carried into a credit period."""
    return f"carried:{period.inputs.contract}:{period.days.first}"


def _carried(period: CreditPeriod, amount: int) -> Draft:
    said = f"{period.inputs.purse.says(amount)} carried from the period before"
    return Draft(carried_key(period), None, Fraction(amount), steps=(said,)).to(amount, "carried")


def _period_cap(period: CreditPeriod) -> Cap | None:
    portion = period.terms.cap
    if portion is None:
        return None
    limit, words = period.of(portion, period.days)
    kind = "the period cap" if period.terms.period_cap else "the at-risk amount"
    return Cap.at("period_cap", f"{kind} ({words})", limit)


def _annual_cap(period: CreditPeriod) -> Cap | None:
    """What is left of the contract year's cap; a percentage is of twelve months' charges."""
    portion, year = period.terms.annual_cap, period.contract_year
    if portion is None:
        return None
    if portion.percent is not None:
        limit, words = period.of(portion, period.days, "annual")
    else:
        limit, words = portion.amount or Fraction(0), "as agreed"
    used = period.used.get(year, 0)
    says = period.inputs.purse.says
    left = f"what is left of the annual cap ({words}) after {says(used)} since {year.first}"
    return Cap.at("annual_cap", left, limit - used)


def _line(period: CreditPeriod, draft: Draft) -> Line:
    outcome = draft.outcome
    return Line(
        key=draft.key,
        kind="credit" if outcome else "carried",
        amount=int(draft.amount),
        days=outcome.days if outcome else period.days,
        counted_in=period.days,
        terms=period.terms.number,
        steps=draft.steps,
        outcome=outcome,
        figures=draft.figures,
    )
