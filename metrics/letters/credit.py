"""The credits that a claim is about: their lines, their steps and their sum."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from contracts.services.currencies import money_text
from metrics.letters.subjects import Subject
from metrics.models import CreditEntry


@dataclass(frozen=True, slots=True)
class Credit:
    """``total``: with its currency; ``sentences``: how each line came about; ``period``: of
    service."""

    total: str
    sentences: tuple[str, ...]
    period: str


def credit_of(subject: Subject) -> Credit:
    """What is owed for the case, or for the credit period. Raises ValidationError where nothing is
    posted."""
    entries = list(_entries(subject))
    total = sum(entry.amount_minor for entry in entries)
    if total <= 0:
        raise ValidationError(
            {"kind": "No service credit is posted for it: claim once the ledger has one."}
        )
    currency = entries[0].currency
    return Credit(money_text(total, currency), tuple(_sentences(entries)), _period(entries))


def _entries(subject: Subject) -> Iterator[CreditEntry]:
    found = CreditEntry.objects.filter(contract=subject.contract).select_related("kpi_period__kpi")
    if subject.case is not None:
        found = found.filter(kpi_period=subject.case.period_id)
    else:
        found = found.filter(counted_in=subject.first_day)
    return iter(found.order_by("id"))


def _sentences(entries: list[CreditEntry]) -> Iterator[str]:
    for entry in entries:
        named = f"{entry.kpi_period.kpi.name}, " if entry.kpi_period else ""
        amount = money_text(entry.amount_minor, entry.currency)
        yield f"{named}{entry.first_day} to {entry.last_day}: {amount}"
        yield from (str(step) for step in entry.steps)


def _period(entries: list[CreditEntry]) -> str:
    first = min(entry.first_day for entry in entries)
    last = max(entry.last_day for entry in entries)
    return f"{first} to {last}"
