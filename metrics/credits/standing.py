"""How the credits of a contract stood in each of its credit periods, for clauses that go by them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Max, Sum

from contracts.models import Contract
from metrics.credits.facts import Facts, facts_of
from metrics.engine.credits import AwaitedError, Days, required
from metrics.engine.credits.charges import Charges
from metrics.engine.credits.days import CreditCalendar
from metrics.models import CreditEntry

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """A credit period of a contract.

    ``credited``: what was posted in it and not taken back, in minor units; earn-backs, which pay for
    what was good later, take nothing from it. ``posted_at``: when it came to that, None without a
    posting. ``charges``: minor units, None where they are not known. ``at_cap``: its credits came up
    to the cap of the period.
    """

    days: Days
    credited: int
    posted_at: datetime | None
    charges: Fraction | None
    at_cap: bool


def credit_standings(contract: Contract, *, as_of: datetime) -> list[CreditStanding]:
    """Every credit period from the first credit terms to the last one with a posting, in order;
    eight queries."""
    posted = _posted(contract)
    if not posted:
        return []
    facts = facts_of(contract, as_of=as_of)
    at_cap = frozenset(required(facts.inputs).at_cap)
    charges = Charges(facts.inputs.charges, facts.inputs.term)
    found = []
    for days in _periods(facts, max(posted)):
        credited, posted_at = posted.get(days.first, (0, None))
        known = _charges(charges, days)
        found.append(CreditStanding(days, credited, posted_at, known, days in at_cap))
    return found


def _posted(contract: Contract) -> Mapping[date, tuple[int, datetime]]:
    """{first day of a credit period: (minor units, when the last of it was posted)}."""
    entries = CreditEntry.objects.filter(contract=contract).exclude(line__startswith="earn_back:")
    sums = entries.order_by().values_list("counted_in")
    found = sums.annotate(total=Sum("amount_minor"), last=Max("posted_at"))
    return {first: (total, last) for first, total, last in found}


def _periods(facts: Facts, last: date) -> Iterator[Days]:
    """The credit periods of a contract up to the one that begins on ``last``."""
    inputs = facts.inputs
    day = max(inputs.term.first, min((line.valid_from for line in inputs.terms), default=last))
    while day <= last:
        terms = inputs.terms_at(day)
        found = CreditCalendar(terms.every, inputs.term).holding(day) if terms else None
        if found is None:
            return
        yield found
        day = found.last + _A_DAY


def _charges(charges: Charges, days: Days) -> Fraction | None:
    try:
        return charges.over(days)
    except AwaitedError:
        return None
