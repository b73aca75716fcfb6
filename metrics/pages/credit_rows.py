"""Postings and what is expected, as pages show them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from contracts.selectors.scope import Scope
from contracts.services.currencies import money_text
from metrics.credits.lapsing import claims_open, last_days
from metrics.credits.moving import moves_open
from metrics.credits.notes import clause_of, state_of
from metrics.models import CreditEntry, CreditLedger
from metrics.selectors.wording_money import credit_word

Row = dict[str, Any]


def entry_row(entry: CreditEntry, scope: Scope, claim_by: date | None = None) -> Row:
    """A posting of ``entries_list``: what it is, where it stands and how it came. ``claim_by``:
    the day after which it lapses."""
    head, state = entry.kpi_period, state_of(entry)
    return {
        "entry": entry,
        "name": head.kpi.name if head else entry.get_kind_display(),
        "kpi": head.kpi.code if head else "",
        "period": head.label if head else f"{entry.counted_in:%Y-%m}",
        "head": head,
        "amount": money_text(entry.amount_minor, entry.currency),
        "is_back": entry.amount_minor < 0,
        "word": credit_word(state),
        "state_at": entry.state_at,  # type: ignore[attr-defined]
        "claim_by": claim_by,
        "why": entry.state_reason if state == "lapsed" else "",  # type: ignore[attr-defined]
        "clause": clause_of(entry),
        "steps": entry.steps,
        "may_move": bool(moves_open(entry, state, scope)),
    }


def entry_rows(
    entries: Iterable[CreditEntry], scope: Scope, contract: str | None = None
) -> list[Row]:
    """Rows of postings, each with the day after which it lapses where it has one."""
    days = last_days(claims_open(scope=scope, contract=contract))
    return [entry_row(entry, scope, days.get(entry.pk)) for entry in entries]


def waiting_rows(ledgers: Iterable[CreditLedger]) -> list[Row]:
    """Lines that cannot be computed yet, with the contract and the days whose charges they need."""
    return [
        {"contract": ledger.contract, **_awaited(line)}
        for ledger in ledgers
        for line in ledger.waiting
    ]


def _awaited(line: Row) -> Row:
    needs = line.get("needs") or ["", ""]
    return {
        "label": line.get("label", ""),
        "why": line.get("why", ""),
        "first_day": _day(line.get("first_day", "")),
        "last_day": _day(line.get("last_day", "")),
        "needs_first": _day(needs[0]),
        "needs_last": _day(needs[1]),
    }


def _day(written: str) -> date | None:
    return date.fromisoformat(written) if written else None


def by_period(rows: Iterable[Row]) -> list[Row]:
    """Rows of one contract by the credit period they count in, newest first, each with its sum."""
    periods: dict[Any, list[Row]] = {}
    for row in rows:
        periods.setdefault(row["entry"].counted_in, []).append(row)
    return [_period(day, found) for day, found in sorted(periods.items(), reverse=True)]


def _period(day: Any, rows: list[Row]) -> Row:
    currency = rows[0]["entry"].currency
    total = sum(row["entry"].amount_minor for row in rows)
    text = money_text(total, currency)
    return {"first_day": day, "rows": rows, "total": text, "is_owed": total > 0}
