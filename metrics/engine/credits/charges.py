"""What credits are computed of: a contract's charges over some days, known for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from .days import CreditCalendar, Days, twelve_months_to

BASES = ("this", "next", "previous", "annual")


class AwaitedError(LookupError):
    """Something that a credit rests on is not known yet. ``why`` in a few words; ``needs``: the
    days whose charges are missing, None where it is not charges."""

    def __init__(self, why: str, needs: Days | None = None) -> None:
        super().__init__(why)
        self.why, self.needs = why, needs


@dataclass(frozen=True, slots=True)
class Charge:
    """``amount``: minor units, net, without what passes through. ``process``: whose it is, None
    for the contract's own; all of them together are what the contract costs."""

    days: Days
    amount: int
    process: int | None = None


@dataclass(frozen=True)
class Charges:
    """A contract's charges. A charge is spread over its days that lie within the ``term``: what
    was charged for a month in which the contract began is charged for the rest of that month."""

    lines: Sequence[Charge]
    term: Days
    _sums: dict[tuple[Days, int | None], Fraction] = field(default_factory=dict, compare=False)

    def over(self, days: Days, process: int | None = None) -> Fraction:
        """Charges over ``days``, pro rata by days; of one process where one is named.

        Raises AwaitedError where a day within the term is in no charge.
        """
        found = self._sums.get((days, process))
        if found is None:
            found = self._sums[days, process] = self._over(days, process)
        return found

    def _over(self, days: Days, process: int | None) -> Fraction:
        cut = [
            (line, spread)
            for line in self.lines
            if (process is None or line.process == process)
            and (spread := line.days.within(self.term))
            and spread.within(days)
        ]
        if missing := _uncovered(days, [spread for _, spread in cut]):
            raise AwaitedError("awaiting charges", missing)
        parts = (line.amount * _share(spread, days) for line, spread in cut)
        return sum(parts, Fraction(0))


def _share(spread: Days, days: Days) -> Fraction:
    return Fraction(spread.days_within(days), spread.count)


def _uncovered(days: Days, covered: Sequence[Days]) -> Days | None:
    """From the first to the last day that nothing covers; None where there is none."""
    first, last = days.first, days.last
    for stretch in sorted(covered):
        if stretch.first > first:
            break
        first = max(first, stretch.last + timedelta(days=1))
    for stretch in sorted(covered, key=lambda each: each.last, reverse=True):
        if stretch.last < last or last < first:
            break
        last = min(last, stretch.first - timedelta(days=1))
    return Days(first, last) if first <= last else None


def base_of(
    base: str, days: Days, charges: Charges, calendar: CreditCalendar, process: int | None
) -> tuple[Fraction, str]:
    """The charges that a clause computes credits of for ``days``, and in words which these are.

    ``annual``: the twelve months to the end of the credit period; in the contract's first year
    what it cost so far is scaled up by days to twelve months. Raises AwaitedError.
    """
    return _BASES[base](days, charges, calendar, process)


def _this(
    days: Days, charges: Charges, calendar: CreditCalendar, process: int | None
) -> tuple[Fraction, str]:
    inside = _inside(days.within(charges.term), "the contract did not run in this period")
    return charges.over(inside, process), f"charges of {inside}"


def _beside(steps: int, word: str) -> Callable[..., tuple[Fraction, str]]:
    def found(
        days: Days, charges: Charges, calendar: CreditCalendar, process: int | None
    ) -> tuple[Fraction, str]:
        beside = _inside(calendar.over(days, steps), f"the contract has no period {word} this one")
        own = calendar.over(days)
        part = Fraction(days.days_within(own), own.count) if own else Fraction(1)
        said = f"charges of {beside}, the period {word}"
        return charges.over(beside, process) * part, said

    return found


def _annual(
    days: Days, charges: Charges, calendar: CreditCalendar, process: int | None
) -> tuple[Fraction, str]:
    own = _inside(calendar.over(days), "the contract did not run in this period")
    year = twelve_months_to(own.last)
    run = _inside(year.within(charges.term), "the contract did not run in this period")
    whole = charges.over(run, process) * Fraction(year.count, run.count)
    scaled = "" if run == year else f", scaled up from {run}"
    return whole, f"charges of twelve months to {year.last}{scaled}"


def _inside(days: Days | None, why: str) -> Days:
    if days is None:
        raise AwaitedError(why)
    return days


_BASES: Mapping[str, Callable[..., tuple[Fraction, str]]] = {
    "this": _this,
    "next": _beside(1, "after"),
    "previous": _beside(-1, "before"),
    "annual": _annual,
}
