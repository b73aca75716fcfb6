"""What provisional failures would be credited: an estimate, of which nothing is posted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from contracts.models import Contract
from metrics.credits.facts import facts_of
from metrics.engine.credits import required
from metrics.models import KpiPeriod


@dataclass(frozen=True, slots=True)
class Expected:
    """A credit that a provisional figure would give, beside all that is final already.

    ``amount_minor``: smallest unit of ``currency``; None while it cannot be computed, which
    ``why`` says. ``steps``: how it came about, as sentences. An earn-back is below 0.
    """

    period: KpiPeriod
    kind: str
    counted_in: date
    currency: str
    amount_minor: int | None
    why: str
    steps: tuple[str, ...]


def credits_expected(*, contract_id: int, as_of: datetime) -> list[Expected]:
    """Estimates for the provisional failures of a contract; whoever shows them calls them that."""
    contract = Contract.objects.get(pk=contract_id)
    return list(_expected(contract, as_of))


def _expected(contract: Contract, as_of: datetime) -> Iterator[Expected]:
    facts = facts_of(contract, as_of=as_of, provisional=True)
    found, currency = required(facts.inputs), contract.currency
    provisional = {
        pk: head for pk, head in facts.heads.items() if head.phase == KpiPeriod.Phase.PROVISIONAL
    }
    for line in found.lines:
        head = provisional.get(line.outcome.number) if line.outcome else None
        if head is not None:
            begin = line.counted_in.first
            yield Expected(head, line.kind, begin, currency, line.amount, "", line.steps)
    for each in found.waiting:
        head = provisional.get(each.outcome.number) if each.outcome else None
        if head is not None:
            begin = each.counted_in.first
            yield Expected(head, "credit", begin, currency, None, each.why, (each.why,))
