"""The ledger follows what it depends on: what is required now, less what was posted, is posted."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.models import Contract
from contracts.services.acting import Actor
from contracts.services.auditing import event_of, events_save
from contracts.services.writing import touch, writing
from metrics.credits.due import ledgers_due, ledgers_idle
from metrics.credits.facts import Facts, facts_of
from metrics.engine.credits import Line, Money, Posting, Required, Waiting, postings, required
from metrics.models import CreditEntry, CreditEvent, CreditLedger, CreditTerms
from metrics.selectors.changes import Due

logger = logging.getLogger(__name__)

_BY_TIME = ("no_credit_for", "average")


def credits_follow(as_of: datetime) -> int:
    """Bring the ledger of every contract with credit terms to what it requires now; returns how
    many entries were posted. Contracts where nothing changed are not looked at; one that fails is
    logged and tried again next time, and the others go on."""
    due = ledgers_due(as_of)
    posted = sum(_followed(contract_id, as_of, due) for contract_id in due.contracts)
    ledgers_idle(due)
    return posted


def _followed(contract_id: int, as_of: datetime, due: Due) -> int:
    try:
        return len(ledger_follow(contract_id=contract_id, as_of=as_of, seen_until=due.until))
    except Exception:
        logger.exception("The credit ledger of contract %s could not be followed.", contract_id)
        return 0


def ledger_follow(
    *, contract_id: int, as_of: datetime, seen_until: datetime | None = None
) -> list[CreditEntry]:
    """Bring the ledger of one contract to what it requires now: the entries that were posted.

    Two at once take turns, and the second finds nothing left to post. ``seen_until``: every
    change stamped up to here is visible by now.
    """
    with writing():
        rows = Contract.objects.select_for_update(no_key=True)
        contract = rows.get(pk=contract_id)
        facts = facts_of(contract, as_of=as_of)
        needed = required(facts.inputs)
        before = posted_before(contract)
        found = postings(needed, {key: each.amount for key, each in before.items()})
        entries = [_entry(facts, posting, before, needed, as_of) for posting in found]
        _append(entries, as_of)
        _keep(facts, needed, seen_until)
    return entries


@dataclass(frozen=True, slots=True)
class Posted:
    """What a line has come to: its ``first`` posting, how many there are, and their sum."""

    first: CreditEntry
    count: int
    money: Money

    @property
    def amount(self) -> int:
        return self.money.minor


def posted_before(contract: Contract) -> dict[str, Posted]:
    """Everything posted for a contract so far, by line. Raises CurrencyMismatchError where its
    currency became another one since."""
    found: dict[str, Posted] = {}
    for entry in CreditEntry.objects.filter(contract=contract).order_by("id"):
        known = found.get(entry.line)
        first, count = (known.first, known.count) if known else (entry, 0)
        before = known.money if known else Money(0, contract.currency)
        money = before + Money(entry.amount_minor, entry.currency)
        found[entry.line] = Posted(first, count + 1, money)
    return found


def _entry(
    facts: Facts,
    posting: Posting,
    before: Mapping[str, Posted],
    needed: Required,
    as_of: datetime,
) -> CreditEntry:
    known = before.get(posting.key)
    if known is None:
        assert posting.line is not None  # what was never posted is posted because it is required
        return _first(facts, posting.line, as_of)
    return _correction(facts, posting, known, needed, as_of)


def _first(facts: Facts, line: Line, as_of: datetime) -> CreditEntry:
    return CreditEntry(
        contract=facts.contract,
        line=line.key,
        number=1,
        kind=line.kind,
        first_day=line.days.first,
        last_day=line.days.last,
        counted_in=line.counted_in.first,
        terms_id=line.terms,
        amount_minor=line.amount,
        currency=facts.contract.currency,
        inputs=_inputs(line, posted=0),
        steps=list(line.steps),
        posted_at=as_of,
        **_of_outcome(facts, line),
    )


def _correction(
    facts: Facts, posting: Posting, known: Posted, needed: Required, as_of: datetime
) -> CreditEntry:
    """A later posting keeps the period of service of the line that it corrects."""
    line, first = posting.line, known.first
    steps = list(line.steps) if line else [_why_nothing(facts, first)]
    amount = line.amount if line else 0
    says = facts.inputs.purse.says
    steps.append(
        f"required now {says(amount)}, posted before {says(known.amount)}: "
        f"{says(posting.amount)} is posted"
    )
    return CreditEntry(
        contract=facts.contract,
        line=posting.key,
        number=known.count + 1,
        kind=CreditEntry.Kind.CORRECTION,
        corrects=first,
        first_day=first.first_day,
        last_day=first.last_day,
        counted_in=line.counted_in.first if line else first.counted_in,
        terms_id=line.terms if line else first.terms_id,
        amount_minor=posting.amount,
        currency=facts.contract.currency,
        inputs=_inputs(line, posted=known.amount),
        steps=steps,
        posted_at=as_of,
        **(_of_outcome(facts, line) if line else _as_before(facts, first)),
    )


def _of_outcome(facts: Facts, line: Line) -> dict[str, Any]:
    if line.outcome is None:
        return {}
    head = facts.heads[line.outcome.number]
    return {"kpi_period": head, "revision": head.current, "rule_id": line.outcome.rule}


def _as_before(facts: Facts, first: CreditEntry) -> dict[str, Any]:
    head = facts.heads.get(first.kpi_period_id or 0)
    return {
        "kpi_period_id": first.kpi_period_id,
        "revision": head.current if head else first.revision,
        "rule_id": first.rule_id,
    }


def _inputs(line: Line | None, *, posted: int) -> dict[str, Any]:
    """Everything that made a posting, exact numbers as text."""
    if line is None:
        return {"required": 0, "posted": posted}
    outcome = line.outcome
    told = {"required": line.amount, "posted": posted, "figures": dict(line.figures)}
    if outcome is None:
        return told
    exact = {"value": outcome.value, "target": outcome.target, "shortfall": outcome.shortfall}
    facts = {name: None if value is None else str(value) for name, value in exact.items()}
    return told | facts | {"repeated": outcome.repeated, "cause": outcome.cause}


def _why_nothing(facts: Facts, first: CreditEntry) -> str:
    """Why nothing is required of a line any more."""
    number = first.kpi_period_id
    outcome = next((each for each in facts.inputs.outcomes if each.number == number), None)
    if outcome is None or first.kind == CreditEntry.Kind.CARRIED:
        return "nothing is carried into this period any more"
    if outcome.waived:
        return f"{outcome.label}: the credit was waived"
    if first.kind == CreditEntry.Kind.EARN_BACK:
        return f"{outcome.label}: the credit is not earned back any more"
    if not outcome.failed:
        return f"{outcome.label}: the figure no longer fails its service level"
    return f"{outcome.label}: no credit is required any more"


def _append(entries: Sequence[CreditEntry], as_of: datetime) -> None:
    """Store new postings, each as computed, and tell of them."""
    by = Actor().name
    told = []
    for entry in entries:
        entry.full_clean(exclude=("inputs", "steps", "contract", "kpi_period", "revision"))
        entry.save()
        CreditEvent(entry=entry, state=CreditEntry.State.COMPUTED, at=as_of, by=by).save()
        touch(entry)
        told.append(event_of(action="posted", instance=entry))
    events_save(told)


def _keep(facts: Facts, needed: Required, seen_until: datetime | None) -> None:
    """Note how far the ledger followed, and what it waits for."""
    ledger = CreditLedger.objects.filter(pk=facts.contract.pk).first()
    ledger = ledger or CreditLedger(contract=facts.contract)
    waiting = [_waiting(each) for each in needed.waiting]
    if ledger.waiting != waiting or ledger._state.adding:
        ledger.waiting = waiting
        touch(ledger)
    ledger.seen_until = seen_until or ledger.seen_until
    ledger.due_on = facts.inputs.today + timedelta(days=1) if _changes_by_time(facts) else None
    ledger.save()


def _changes_by_time(facts: Facts) -> bool:
    """Whether a day may come that changes the ledger although nothing else does."""
    return any(
        terms.excess == CreditTerms.Excess.CARRIED
        or (terms.earn_back is not None and terms.earn_back.kind in _BY_TIME)
        for terms in facts.inputs.terms
    )


def _waiting(each: Waiting) -> dict[str, Any]:
    told = {
        "line": each.key,
        "kpi_period": each.outcome.number if each.outcome else None,
        "label": each.outcome.label if each.outcome else "",
        "why": each.why,
        "needs": [str(day) for day in asdict(each.needs).values()] if each.needs else None,
    }
    days = {"first_day": each.days.first, "last_day": each.days.last}
    days["counted_in"] = each.counted_in.first
    return told | {name: str(day) for name, day in days.items()}
