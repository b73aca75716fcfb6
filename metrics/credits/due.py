"""Which ledgers have something to follow: by the stamps of what they depend on."""

from datetime import datetime
from typing import Final

from contracts.models import Charge, Contract, Process
from metrics.models import (
    BreachCase,
    CreditChoice,
    CreditEntry,
    CreditLedger,
    CreditTerms,
    Kpi,
    KpiPeriod,
)
from metrics.selectors.changes import Due, Source, contracts_changed, newest_stamp

# Every table that a ledger depends on, and the ways from a row to its contract. Terms and rules
# are told of by the contract and the KPI that they belong to.
SOURCES: Final[tuple[Source, ...]] = (
    (Contract, ("pk",)),
    (Charge, ("contract_id",)),
    (Process, ("contract_id",)),
    (Kpi, ("contract_id", "process__contract_id")),
    (KpiPeriod, ("kpi__contract_id", "kpi__process__contract_id")),
    (BreachCase, ("period__kpi__contract_id", "period__kpi__process__contract_id")),
    (CreditChoice, ("contract_id",)),
)


def ledgers_due(as_of: datetime) -> Due:
    """The contracts with credits in which anything changed since their ledger followed."""
    until = newest_stamp(SOURCES)
    ledgers = {ledger.pk: ledger for ledger in CreditLedger.objects.select_related("contract")}
    holders = sorted(_holders())
    seen = {pk: ledgers[pk].seen_until if pk in ledgers else None for pk in holders}
    changed = contracts_changed(SOURCES, seen)
    due = [pk for pk in holders if pk in changed or _is_due(ledgers[pk], as_of)]
    return Due(tuple(due), tuple(pk for pk in holders if pk not in due), until)


def ledgers_idle(due: Due) -> None:
    """Have the ledgers without a change ask only for later ones next time."""
    idle = CreditLedger.objects.filter(pk__in=due.idle)
    idle.exclude(seen_until=due.until).update(seen_until=due.until)


def _holders() -> set[int]:
    """Contracts that have credit terms, or had."""
    of_terms = CreditTerms.objects.values_list("contract_id", flat=True)
    return {
        *of_terms.distinct(),
        *CreditEntry.objects.values_list("contract_id", flat=True).distinct(),
    }


def _is_due(ledger: CreditLedger, as_of: datetime) -> bool:
    today = ledger.contract.day_of(as_of)
    return ledger.due_on is not None and ledger.due_on <= today
