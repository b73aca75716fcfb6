"""Stretches of whole days, and the credit periods and contract years of a contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from metrics.engine.periods import PeriodRule, add_months

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def within(self, other: Days) -> Days | None:
        """What both share; None where that is nothing."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Days(first, last) if first <= last else None

    def days_within(self, other: Days) -> int:
        shared = self.within(other)
        return shared.count if shared else 0

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        if (self.first.day, (self.last + _DAY).day) == (1, 1) and self.count < 32:
            return f"{self.first:%B} {self.first.year}"
        return f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class CreditCalendar:
    """The credit periods of a contract: calendar months or quarters (``every``), cut to its term.

    ``term``: the first and the last day of the contract, which may lie far ahead.
    """

    every: str
    term: Days

    def whole(self, day: date, steps: int = 0) -> Days:
        """The full month or quarter of a day, or the one so many ``steps`` later."""
        rule = PeriodRule(self.every, "UTC")
        index = rule.index_of(day) + steps
        return Days(rule.first_day(index), rule.first_day(index + 1) - _DAY)

    def holding(self, day: date, steps: int = 0) -> Days | None:
        """The same, cut to the contract's term; None outside of it."""
        return self.whole(day, steps).within(self.term)

    def over(self, days: Days, steps: int = 0) -> Days | None:
        """The credit periods that hold ``days``, or as many just before (-1) or after them (1)."""
        count = 1
        while self.whole(days.first, count - 1).last < days.last:
            count += 1
        first = self.whole(days.first, steps * count).first
        last = self.whole(days.first, steps * count + count - 1).last
        return Days(first, last).within(self.term)


def contract_year(term: Days, day: date) -> Days:
    """The contract year of a day: twelve months from the contract's first day on."""
    index = PeriodRule("contract_year", "UTC", term.first).index_of(day)
    first = add_months(term.first, 12 * index)
    return Days(first, add_months(term.first, 12 * (index + 1)) - _DAY)


def twelve_months_to(last: date) -> Days:
    """The twelve months that end with a day."""
    return Days(add_months(last + _DAY, -12), last)
