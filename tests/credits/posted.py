"""Postings for tests that read or move the ledger: what the following of the ledger would write."""

from datetime import UTC, datetime
from typing import Any

from contracts.models import Contract
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.acting import Actor
from metrics.credits.notes import note_issue
from metrics.models import (
    BreachCase,
    CreditEntry,
    CreditEvent,
    CurrencyRate,
    InvoiceCheck,
    Kpi,
    KpiPeriod,
    Letter,
    LetterCopy,
)
from metrics.selectors.spans import month_of

POSTED = datetime(2026, 4, 8, 9, 0, tzinfo=UTC)


def an_entry(
    contract: Contract,
    head: KpiPeriod | None,
    minor: int,
    *states: str,
    line: str = "",
    **fields: Any,
) -> CreditEntry:
    """A posting of ``minor`` for ``head`` that went through ``states`` after it was computed."""
    key = line or f"credit:{head.pk if head else 0}"
    before = CreditEntry.objects.filter(line=key).order_by("number")
    first = before.first()
    given: dict[str, Any] = {
        "line": key,
        "number": before.count() + 1,
        "kind": "correction" if first else "credit",
        "corrects": first,
        "kpi_period": head,
        "revision": head.current if head else None,
        "first_day": head.first_day if head else fields["counted_in"],
        "last_day": head.last_day if head else fields["counted_in"],
        "counted_in": head.first_day.replace(day=1) if head else None,
        "currency": contract.currency,
        "steps": ["10 % of 1,000.00 EUR = 100.00 EUR"],
        "posted_at": POSTED,
    }
    entry = CreditEntry(contract=contract, amount_minor=minor, **given | fields)
    entry.save()
    for state in ("computed", *states):
        CreditEvent(entry=entry, state=state, at=POSTED, by="kpotracker").save()
    return entry


def money_papers(kpi: Kpi, case: BreachCase, code: str) -> dict[str, int]:
    """One posting, letter, note and check of a vendor, by the part of the address before each."""
    contract = kpi.contract
    assert contract is not None
    entry = an_entry(contract, case.period, 150_000, "notified")
    scope = Scope(None, frozenset(Duty), reader=None, key=None)
    note = note_issue(
        contract=contract,
        span=month_of(entry.counted_in),
        scope=scope,
        as_of=POSTED,
        by=Actor(f"{code} desk"),
    )
    letter = Letter.objects.create(
        kind="plan_demand",
        contract=contract,
        case=case,
        subject=f"{code} owes a plan",
        digest="0" * 64,
        state="served",
        made_by=f"{code} desk",
        made_at=POSTED,
        served_on=POSTED.date(),
        served_by="mail",
        received_on=POSTED.date(),
    )
    LetterCopy.objects.create(letter=letter, body={}, text=f"{code} owes", pdf=b"%PDF", docx=b"PK")
    check = InvoiceCheck.objects.create(
        contract=contract,
        invoice=f"{code}-17",
        invoice_day=POSTED.date(),
        given=[],
        found=[],
        made_by="Dana",
        made_at=POSTED,
    )
    rate = {"base": "USD", "quote": "EUR", "day": POSTED.date()}
    CurrencyRate.objects.get_or_create(**rate, defaults={"rate": "0.92"})
    return {
        "credit-entries": entry.pk,
        "letters": letter.pk,
        "credit-notes": note.pk,
        "invoice-checks": check.pk,
    }
