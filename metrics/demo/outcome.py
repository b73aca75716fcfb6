"""The end of the story in a few lines: what service credits came to, and the dates to act on."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from contracts.selectors.obligations import DueStanding
from contracts.selectors.scope import EVERYTHING
from metrics.credits.portfolio import totals_of
from metrics.rights.reading import rights_open
from metrics.selectors.agenda import dates_to_act_on, obligations_waiting
from metrics.selectors.credits import amounts_by_currency, entries_list, ledgers_waiting

_WITHIN_DAYS: Final = 45
_QUOTE: Final = "EUR"


def lines_to_act_on(as_of: datetime) -> Iterator[str]:
    """A line of service credits, one of what they wait for, and one for each date to act on."""
    today = as_of.date()
    yield _credits(today)
    yield from _awaited()
    yield f"Dates to act on, as of {today}:"
    yield from (f"  {line}" for line in _dates(today))


def _credits(today: date) -> str:
    """The sum in each currency, and all in one by the rates of that day."""
    amounts = amounts_by_currency(entries_list(scope=EVERYTHING))
    totals = totals_of(amounts, quote=_QUOTE, day=today)
    each = ", ".join(part.text for part in totals.parts)
    return f"Service credits: {each}; together {totals.total} by the rates on file."


def _awaited() -> Iterator[str]:
    for ledger in ledgers_waiting(scope=EVERYTHING):
        for waiting in ledger.waiting:
            yield f"Awaiting charges: {ledger.contract.reference}, {waiting['label']}."


def _dates(today: date) -> Iterator[str]:
    for due in obligations_waiting(EVERYTHING, today=today, within_days=_WITHIN_DAYS):
        word = "overdue since" if due.standing == DueStanding.OVERDUE else "due on"
        yield f"{due.obligation.title}: {word} {due.due_on}"
    for each in dates_to_act_on(EVERYTHING, today=today, within_days=_WITHIN_DAYS):
        yield f"{each.contract.reference}: {each.notice.purpose.lower()} {each.serve_by}"
    for right in rights_open(EVERYTHING, today=today):
        yield f"{right.contract.reference}: right to terminate, open until {right.expires_on}"
