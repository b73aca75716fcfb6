"""Recomputing the ledger: every line comes to what it requires, and nobody touched a posting."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import F

from contracts.models import Contract
from metrics.credits.due import ledgers_due
from metrics.credits.facts import facts_of
from metrics.credits.following import posted_before
from metrics.engine.credits import postings, required
from metrics.evaluation.integrity import Difference
from metrics.models import CreditEntry, CreditEvent


def ledgers_verify(*, as_of: datetime) -> Iterator[Difference]:
    """Every difference between the ledger and what it follows from. Ledgers with something left to
    follow are about to change and are not judged."""
    due = ledgers_due(as_of)
    contracts = Contract.objects.filter(pk__in=due.idle).order_by("reference")
    for contract in contracts.exclude(pk__in=_in_two_currencies()):
        yield from _against_required(contract, as_of)
    yield from _postings_apart()


def _in_two_currencies() -> list[int]:
    """Contracts with a posting in another currency than theirs, which nothing adds up."""
    apart = CreditEntry.objects.exclude(currency=F("contract__currency"))
    return list(apart.values_list("contract_id", flat=True))


def _against_required(contract: Contract, as_of: datetime) -> Iterator[Difference]:
    facts = facts_of(contract, as_of=as_of)
    before = {key: each.amount for key, each in posted_before(contract).items()}
    says = facts.inputs.purse.says
    for posting in postings(required(facts.inputs), before):
        posted = before.get(posting.key, 0)
        label = posting.line.outcome.label if posting.line and posting.line.outcome else posting.key
        yield Difference(
            f"credit ledger of {contract} {label}",
            posting.key,
            says(posted),
            says(posted + posting.amount),
        )


def _postings_apart() -> Iterator[Difference]:
    """Postings that are not as they were written: out of order, without their first step, or of
    another amount than their own inputs say."""
    begun = set(
        CreditEvent.objects.filter(state=CreditEntry.State.COMPUTED).values_list(
            "entry_id", flat=True
        )
    )
    numbers: dict[tuple[int, str], int] = {}
    firsts: dict[tuple[int, str], int] = {}
    entries = CreditEntry.objects.select_related("contract").order_by("line", "number")
    for entry in entries.iterator(chunk_size=1000):
        where = f"credit entry {entry.pk} of {entry.contract}"
        line = entry.contract_id, entry.line
        number = numbers[line] = numbers.get(line, 0) + 1
        first = firsts.setdefault(line, entry.pk)
        if entry.number != number:
            yield Difference(where, "number", str(entry.number), str(number))
        if entry.corrects_id not in (None, first):
            yield Difference(where, "corrects", str(entry.corrects_id), str(first))
        if entry.pk not in begun:
            yield Difference(where, "state", "none", CreditEntry.State.COMPUTED)
        if entry.currency != entry.contract.currency:
            yield Difference(where, "currency", entry.currency, entry.contract.currency)
        told = _told(entry)
        if told is not None and told != entry.amount_minor:
            yield Difference(where, "amount", str(entry.amount_minor), str(told))


def _told(entry: CreditEntry) -> int | None:
    """The amount by its own inputs: what was required less what was posted before."""
    if not {"required", "posted"} <= entry.inputs.keys():
        return None
    return int(entry.inputs["required"]) - int(entry.inputs["posted"])
