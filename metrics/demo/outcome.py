"""The story's end in two lines: what service credits came to, and which dates are to act on."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from contracts.selectors.obligations import DueStanding
from contracts.selectors.scope import EVERYTHING
from metrics.credits.portfolio import totals_of
from metrics.rights.reading import rights_open
from metrics.selectors.agenda import dates_to_act_on, obligations_waiting
from metrics.selectors.credits import amounts_by_currency, entries_list, ledgers_waiting

_WITHIN_DAYS: Final = 60
_QUOTE: Final = "EUR"


def lines_to_act_on(as_of: datetime) -> list[str]:
    """A line of money, and one of dates."""
    dates = "; ".join(_dates(as_of.date())) or "none"
    return [_credits(as_of.date()), f"Dates to act on: {dates}."]


def _credits(today: date) -> str:
    totals = totals_of(amounts_by_currency(entries_list(scope=EVERYTHING)), quote=_QUOTE, day=today)
    each = ", ".join(part.text for part in totals.parts)
    awaited = [
        f"{ledger.contract.reference} {waiting['label']}"
        for ledger in ledgers_waiting(scope=EVERYTHING)
        for waiting in ledger.waiting
    ]
    tail = f"; awaiting charges: {', '.join(awaited)}" if awaited else ""
    return f"Service credits: {each} (together {totals.total}){tail}."


def _dates(today: date) -> Iterator[str]:
    for due in obligations_waiting(EVERYTHING, today=today, within_days=_WITHIN_DAYS):
        word = "overdue since" if due.standing == DueStanding.OVERDUE else "due on"
        yield f"{due.obligation.code} {word} {due.due_on}"
    for each in dates_to_act_on(EVERYTHING, today=today, within_days=_WITHIN_DAYS):
        yield f"{each.contract.reference} notice or option by {each.serve_by}"
    for right in rights_open(EVERYTHING, today=today):
        yield f"{right.contract.reference} right to terminate until {right.expires_on}"
