"""Service credits that lapse soon because the vendor was not told of them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from contracts.selectors.duties import Duty
from contracts.selectors.scope import EVERYTHING
from contracts.services.currencies import money_text
from metrics.alerts.rendering import address
from metrics.credits.lapsing import claims_open
from metrics.models import AlertEvent, CreditEntry, KpiPeriod

_AHEAD: Final = (2, 7)  # days before the last one at which it is told of, each once


def credits_to_claim(now: datetime) -> Iterator[AlertEvent]:
    """Credits to notify the vendor of before they lapse: the buyer's business alone."""
    for entry, window in claims_open(scope=EVERYTHING):
        last_day, head = window.last_day, entry.kpi_period
        if last_day is None or head is None:
            continue
        left = (last_day - now.astimezone(window.zone).date()).days
        if 0 <= left <= max(_AHEAD):
            yield _credit(entry, head, last_day, left, now)


def _credit(
    entry: CreditEntry, head: KpiPeriod, last_day: date, left: int, now: datetime
) -> AlertEvent:
    contract = entry.contract
    days = next(days for days in _AHEAD if left <= days)
    amount = money_text(entry.amount_minor, entry.currency)
    return AlertEvent(
        key=f"date:credit:{entry.pk}:{last_day}:{days}",
        kind=AlertEvent.Kind.DATE,
        severity="major",
        at=now,
        facts={
            "title": f"Service credit lapses in {_days(left)}: {contract.reference}",
            "text": f"{amount} for {head.kpi.name}, {head.label}: notify {contract.vendor.name} "
            f"by {last_day:%-d %B %Y}.",
            "path": address("contract-credits", contract.reference),
            "duty": Duty.CASES,
        },
        is_internal=True,
        kpi=head.kpi,
        contract=contract,
        vendor=contract.vendor,
    )


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
