"""Earn-backs: what a vendor regains of a credit by what it does afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from metrics.engine.numbers import plain

from .days import CreditCalendar, Days, contract_year
from .inputs import Inputs, Line
from .outcomes import Outcome
from .rounding import rounded
from .terms import EarnBack, Terms

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EarnBacks:
    """``held``: keys of the lines that are posted only once their window ended."""

    lines: tuple[Line, ...]
    held: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Window:
    """Whether a credit was earned back: yes, no, or None while that is open. ``days``: the period
    in which it was; ``said``: how."""

    earned: bool | None
    days: Days | None = None
    said: str = ""


_OPEN, _MISSED = _Window(None), _Window(False)


def earn_backs(inputs: Inputs, lines: Sequence[Line]) -> EarnBacks:
    """The earn-backs of credit lines, by the terms that each line was computed under. What was
    carried into a period is not earned back."""
    terms = {each.number: each for each in inputs.terms}
    history = _History.of(inputs, lines)
    found: list[Line] = []
    held: set[str] = set()
    for line in lines:
        back = terms[line.terms].earn_back
        if back is None or line.outcome is None:
            continue
        window = _WINDOWS[back.kind](line, line.outcome, back, history)
        if window.earned is None and back.hold:
            held.add(line.key)
        elif window.earned and (earned := _line(inputs, line, terms[line.terms], window)):
            found.append(earned)
    return EarnBacks(tuple(found), frozenset(held))


def _line(inputs: Inputs, line: Line, terms: Terms, window: _Window) -> Line | None:
    back = terms.earn_back
    assert back is not None  # only lines with one come here
    assert line.outcome is not None
    assert window.days is not None
    amount = -rounded(line.amount * back.share / 100, terms.rounding)
    says = inputs.purse.says
    share = f"{plain(back.share)} % of {says(line.amount)} = {says(-amount)} returns"
    only = "; to be offset, not paid" if back.kind == "no_credit_for" else ""
    if not amount:
        return None
    return Line(
        key=f"earn_back:{line.outcome.number}",
        kind="earn_back",
        amount=amount,
        days=window.days,
        counted_in=_counted_in(inputs, terms, window.days),
        terms=terms.number,
        steps=(f"{line.outcome.label}: {window.said}", share + only),
        outcome=line.outcome,
        figures={
            "credit": str(line.amount),
            "share": str(back.share),
            "offset_only": back.kind == "no_credit_for",
        },
    )


def _counted_in(inputs: Inputs, terms: Terms, days: Days) -> Days:
    return CreditCalendar(terms.every, inputs.term).holding(days.last) or days


@dataclass(frozen=True)
class _History:
    """``by_kpi``: each KPI's periods, oldest first; ``credited``: credit periods with a credit."""

    inputs: Inputs
    by_kpi: Mapping[int, Sequence[Outcome]]
    credited: frozenset[Days]

    @classmethod
    def of(cls, inputs: Inputs, lines: Sequence[Line]) -> _History:
        by_kpi: dict[int, list[Outcome]] = {}
        for outcome in sorted(inputs.outcomes, key=lambda each: each.days):
            by_kpi.setdefault(outcome.kpi, []).append(outcome)
        return cls(inputs, by_kpi, frozenset(line.counted_in for line in lines))

    def after(self, outcome: Outcome, count: int) -> list[Outcome]:
        """Up to ``count`` periods of the same KPI that follow without a gap."""
        found: list[Outcome] = []
        last = outcome.days.last
        for each in self.by_kpi[outcome.kpi]:
            if len(found) < count and each.days.first == last + _DAY:
                found.append(each)
                last = each.days.last
        return found

    def is_settled(self, days: Days) -> bool:
        """Whether a credit period is over and every figure in it final."""
        inside = (
            each
            for group in self.by_kpi.values()
            for each in group
            if each.days.days_within(days) and each.days.last <= days.last
        )
        return days.last < self.inputs.today and all(each.final for each in inside)


def _run_of(
    outcome: Outcome, back: EarnBack, history: _History, good: Callable[[Outcome], bool], word: str
) -> _Window:
    """The ``periods`` right after the failure, each of them good; one that is not ends it."""
    following = history.after(outcome, back.periods)
    if any(each.final and not good(each) for each in following):
        return _MISSED
    if len(following) < back.periods or not all(each.final for each in following):
        return _OPEN
    last = following[-1].days
    return _Window(
        True, last, f"{word} in each of the {back.periods} periods after, to {last.last}"
    )


def _met_for(line: Line, outcome: Outcome, back: EarnBack, history: _History) -> _Window:
    return _run_of(outcome, back, history, lambda each: each.met, "met")


def _exceeded_for(line: Line, outcome: Outcome, back: EarnBack, history: _History) -> _Window:
    return _run_of(outcome, back, history, lambda each: each.exceeded, "exceeded")


def _no_credit_for(line: Line, outcome: Outcome, back: EarnBack, history: _History) -> _Window:
    """No credit of any kind of the contract in the credit periods after."""
    terms = next(each for each in history.inputs.terms if each.number == line.terms)
    calendar = CreditCalendar(terms.every, history.inputs.term)
    periods = [calendar.holding(line.counted_in.first, step + 1) for step in range(back.periods)]
    if any(period in history.credited for period in periods):
        return _MISSED
    if not all(period and history.is_settled(period) for period in periods):
        return _OPEN
    last = periods[-1]
    assert last is not None  # a period outside the term is not settled
    return _Window(True, last, f"no credit of any kind in {back.periods} periods, to {last.last}")


def _average(line: Line, outcome: Outcome, back: EarnBack, history: _History) -> _Window:
    """The mean of the KPI's figures over the contract year reaches the level that was missed."""
    year = contract_year(history.inputs.term, outcome.days.last)
    inside = [
        each for each in history.by_kpi[outcome.kpi] if year.first <= each.days.last <= year.last
    ]
    end = min(year.last, history.inputs.term.last)
    if end >= history.inputs.today or not all(each.final for each in inside):
        return _OPEN
    values = [each.value for each in inside if each.value is not None]
    if not values or outcome.target is None:
        return _MISSED
    mean = sum(values, Fraction(0)) / len(values)
    if not _reaches(mean, outcome):
        return _MISSED
    said = f"the mean over the contract year, {plain(mean)}, reaches {plain(outcome.target)}"
    return _Window(True, inside[-1].days, said)


def _reaches(value: Fraction, outcome: Outcome) -> bool:
    target = outcome.target
    if target is None or value == target:
        return not outcome.strict
    return (value > target) is outcome.higher_is_better


_WINDOWS: Mapping[str, Callable[[Line, Outcome, EarnBack, _History], _Window]] = {
    "met_for": _met_for,
    "exceeded_for": _exceeded_for,
    "no_credit_for": _no_credit_for,
    "average": _average,
}
