"""Last days to claim service credits: one entry for each contract and day."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from django.urls import reverse

from contracts.models import Contract
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.currencies import money_text
from metrics.credits.lapsing import claims_open
from metrics.models import CreditEntry
from metrics.reviews.dates.entry import LOOKS_BACK, Entry, uid

_ALARMS: Final = (7, 2)


def credits(scope: Scope, today: date) -> Iterator[Entry]:
    """Days after which credits lapse that the vendor was not told of: never for vendors."""
    if not scope.may(Duty.CASES):
        return
    grouped: dict[tuple[Contract, date], list[CreditEntry]] = {}
    for entry, window in claims_open(scope=scope):
        if window.last_day and window.last_day >= today - LOOKS_BACK:
            grouped.setdefault((entry.contract, window.last_day), []).append(entry)
    for (contract, day), entries in grouped.items():
        yield _entry(contract, day, entries)


def _entry(contract: Contract, day: date, entries: Sequence[CreditEntry]) -> Entry:
    several = len(entries) > 1
    return Entry(
        uid=uid("credit", contract.pk, day),
        day=day,
        title=f"Last day to claim the service credit{'s' * several}: {contract.title}",
        text=f"{contract.vendor}, contract {contract.reference}: {'; '.join(map(_said, entries))}.",
        path=reverse("contract-credits", args=[contract.reference]),
        changed_at=max(entry.updated_at for entry in entries),
        alarms=_ALARMS,
    )


def _said(entry: CreditEntry) -> str:
    head = entry.kpi_period
    what = f"{head.kpi.name}, {head.label}" if head else entry.get_kind_display()
    return f"{what}: {money_text(entry.amount_minor, entry.currency)}"
