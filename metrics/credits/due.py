"""Which ledgers have something to follow: by the stamps of what they depend on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Max, Model, Q

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

# Every table that a ledger depends on, and the ways from a row to its contract. Terms and rules
# are told of by the contract and the KPI that they belong to.
_SOURCES: Final[tuple[tuple[type[Model], tuple[str, ...]], ...]] = (
    (Contract, ("pk",)),
    (Charge, ("contract_id",)),
    (Process, ("contract_id",)),
    (Kpi, ("contract_id", "process__contract_id")),
    (KpiPeriod, ("kpi__contract_id", "kpi__process__contract_id")),
    (BreachCase, ("period__kpi__contract_id", "period__kpi__process__contract_id")),
    (CreditChoice, ("contract_id",)),
)


@dataclass(frozen=True, slots=True)
class Due:
    """``contracts`` have something to follow, ``idle`` ones have not; ``until``: the newest stamp
    of anything, up to which every change is visible."""

    contracts: tuple[int, ...]
    idle: tuple[int, ...]
    until: datetime | None


def ledgers_due(as_of: datetime) -> Due:
    """The contracts with credits in which anything changed since their ledger followed."""
    until = _newest()
    ledgers = {ledger.pk: ledger for ledger in CreditLedger.objects.select_related("contract")}
    holders = sorted(_holders())
    changed = _changed(ledgers.values(), holders)
    due = [
        pk for pk in holders if pk not in ledgers or pk in changed or _is_due(ledgers[pk], as_of)
    ]
    return Due(tuple(due), tuple(pk for pk in holders if pk not in due), until)


def ledgers_idle(due: Due) -> None:
    """Have the ledgers without a change ask only for later ones next time."""
    idle = CreditLedger.objects.filter(pk__in=due.idle)
    idle.exclude(seen_until=due.until).update(seen_until=due.until)


def _newest() -> datetime | None:
    """Stamps come in the order of their commits: what is not visible yet will be later ones."""
    newest = (
        model._default_manager.aggregate(newest=Max("updated_at"))["newest"]
        for model, _ in _SOURCES
    )
    return max(filter(None, newest), default=None)


def _holders() -> set[int]:
    """Contracts that have credit terms, or had."""
    of_terms = CreditTerms.objects.values_list("contract_id", flat=True)
    return {
        *of_terms.distinct(),
        *CreditEntry.objects.values_list("contract_id", flat=True).distinct(),
    }


def _changed(ledgers: Iterable[CreditLedger], holders: Iterable[int]) -> set[int]:
    seen = {ledger.pk: ledger.seen_until for ledger in ledgers}
    stamps = [at for pk in holders if (at := seen.get(pk))]
    if not stamps:
        return set()
    found = _stamps_after(min(stamps))
    return {pk for pk, at in found if pk in seen and _is_later(at, seen[pk])}


def _is_later(at: datetime, seen: datetime | None) -> bool:
    return seen is None or at > seen


def _stamps_after(moment: datetime) -> Iterator[tuple[int, datetime]]:
    """(contract, newest stamp) of each contract that anything was stamped for after ``moment``."""
    for model, paths in _SOURCES:
        rows: Any = model._default_manager.filter(updated_at__gt=moment).order_by()
        for path in paths:
            known = rows.filter(~Q(**{path: None})) if path != "pk" else rows
            yield from known.values_list(path).annotate(newest=Max("updated_at"))


def _is_due(ledger: CreditLedger, as_of: datetime) -> bool:
    if ledger.seen_until is None:
        return True
    today = as_of.astimezone(ZoneInfo(ledger.contract.zone)).date()
    return ledger.due_on is not None and ledger.due_on <= today
