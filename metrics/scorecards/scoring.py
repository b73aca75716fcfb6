"""From attainments to scores: within a contract's family, then over a vendor's contracts.

A KPI weighs what its service level says. Where a card's period holds several periods of a KPI
(the months of a quarter), they share its weight equally: each promise was judged by itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from metrics.engine import Scored, family_score
from metrics.scorecards.heads import Head
from metrics.selectors.spans import Span


@dataclass(frozen=True, slots=True)
class Score:
    """``score`` 0..100 or None when not rated; ``coverage`` 0..1, None when nothing weighs."""

    score: Fraction | None
    coverage: Fraction | None


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A contract's net charge over some days, in the smallest unit of its currency."""

    contract_id: int
    currency: str
    first_day: date
    last_day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What each contract weighs on its vendor's card (they add up to 1), and why."""

    shares: Mapping[int, Fraction]
    note: str


def contract_score(heads: Sequence[Head], missing: Mapping[str, Fraction]) -> Score:
    """The score of one contract's family; ``missing``: {KPI: weight} of those without a figure."""
    periods = Counter(head.kpi_id for head in heads)
    measured = [
        Scored(head.label, head.weight / periods[head.kpi_id], head.attainment, head.family)
        for head in heads
        if head.is_scored
    ]
    absent = [Scored(name, weight, None) for name, weight in missing.items()]
    return _score(measured + absent)


def vendor_score(scores: Mapping[int, Score], weights: Weights) -> Score:
    """The contracts' scores of one family, weighted; unrated contracts lower the coverage.

    A contract that demands nothing in this family takes no part.
    """
    parts = [
        (weights.shares.get(pk, Fraction(0)), score)
        for pk, score in scores.items()
        if score.coverage is not None
    ]
    whole = sum((share for share, _ in parts), Fraction(0))
    if not whole:
        return Score(None, None)
    covered = sum((share * (score.coverage or 0) for share, score in parts), Fraction(0))
    return Score(_score([Scored("", w, s.score) for w, s in parts]).score, covered / whole)


def weigh(contracts: Mapping[int, str], charges: Iterable[ChargeLine], span: Span) -> Weights:
    """Shares by the charges of ``span``; equal ones where charges cannot be compared.

    ``contracts``: {id: reference}. Charges count by the days they share with the span. Amounts
    of different currencies are never added, and an unknown charge is not zero.
    """
    lines = [line for line in charges if line.contract_id in contracts]
    amounts = _amounts(lines, span)
    unknown = [name for pk, name in contracts.items() if pk not in amounts]
    currencies = sorted({line.currency for line in lines})
    if len(contracts) <= 1:
        return _equal(contracts, "")
    if len(currencies) > 1:
        mixed = " and ".join(currencies)
        return _equal(contracts, f"Contracts weigh equally: charges are in {mixed}.")
    if unknown:
        named = ", ".join(sorted(unknown))
        return _equal(contracts, f"Contracts weigh equally: no charges known for {named}.")
    whole = sum(amounts.values(), Fraction(0))
    if whole <= 0:
        return _equal(contracts, "Contracts weigh equally: their charges are zero.")
    shares = {pk: amount / whole for pk, amount in amounts.items()}
    return Weights(shares, f"Contracts weigh by their charges in {currencies[0]}.")


def _score(parts: Sequence[Scored]) -> Score:
    if not sum((part.weight for part in parts), Fraction(0)):
        return Score(None, None)
    scored = family_score(parts)
    return Score(scored.score, scored.coverage)


def _equal(contracts: Mapping[int, str], note: str) -> Weights:
    return Weights({pk: Fraction(1, len(contracts)) for pk in contracts}, note)


def _amounts(lines: Iterable[ChargeLine], span: Span) -> dict[int, Fraction]:
    amounts: dict[int, Fraction] = {}
    for line in lines:
        first, last = max(line.first_day, span.first_day), min(line.last_day, span.last_day)
        shared = (last - first).days + 1
        if shared > 0:
            part = Fraction(line.amount * shared, (line.last_day - line.first_day).days + 1)
            amounts[line.contract_id] = amounts.get(line.contract_id, Fraction(0)) + part
    return amounts
