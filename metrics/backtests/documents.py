"""A back-test as a document for programs, and as flat rows for tables and files."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.services.currencies import exact_amount
from metrics.backtests.results import (
    BackTest,
    LinePair,
    Part,
    Row,
    Side,
    Sum,
    Tally,
    causes_of,
    failures_of,
    verdicts_of,
)
from metrics.selectors.wording import status_word

KEYS: Final = (
    *("contract", "kpi", "period", "first_day", "last_day", "phase"),
    *("value_then", "value_now", "unit", "level_then", "level_now", "status_then", "status_now"),
    *("default_then", "default_now", "credit_then", "credit_now", "credit_difference"),
    *("currency", "change"),
)


def document_of(found: BackTest) -> dict[str, Any]:
    """Everything a back-test found; exact numbers are texts, days ISO 8601."""
    return {
        "since": found.span.since,
        "until": found.span.until,
        "as_of": found.as_of,
        "failures": _tally(failures_of(found.rows)),
        "causes": {name: _tally(each) for name, each in causes_of(found.rows).items()},
        "statuses": {name: _tally(each) for name, each in verdicts_of(found.rows).items()},
        "totals": [_sum(each) for each in found.totals],
        "estimates": [_sum(each) for each in found.estimates],
        "contracts": [_part(part) for part in found.parts],
        "notes": list(found.notes),
    }


def flat_rows(found: BackTest) -> list[dict[str, Any]]:
    """One row for each period of a KPI, by ``KEYS``."""
    return [_flat(row, part) for part in found.parts for row in part.rows]


def change_words(row: Row) -> str:
    """How a period changes, in words; empty where nothing does."""
    if row.then is None or row.now is None:
        return "cut anew"
    said = []
    if row.then.status != row.now.status:
        before, after = (side_word(side) for side in (row.then, row.now))
        said.append(f"{before} → {after}")
    if bool(row.then.cause) != bool(row.now.cause):
        said.append("a failure more" if row.now.cause else "a failure less")
    elif row.then.cause != row.now.cause:
        said.append("a failure for another reason")
    if difference := credit_difference(row):
        said.append("more credit" if difference > 0 else "less credit")
    elif row.then.credit != row.now.credit:
        said.append("credit awaited")
    return ", ".join(said)


def side_word(side: Side) -> str:
    """The verdict as people read it."""
    return status_word(side.status, two_levels=side.has_two_levels).text


def credit_difference(row: Row) -> int | None:
    """Minor units, now less then; None where one of them is awaited or is not there."""
    if row.then is None or row.now is None or row.then.credit is None or row.now.credit is None:
        return None
    return row.now.credit - row.then.credit


def _flat(row: Row, part: Part) -> dict[str, Any]:
    contract = part.contract
    currency = contract.currency if contract else ""
    difference = credit_difference(row)
    told = {
        "contract": contract.reference if contract else "",
        "kpi": row.kpi.code,
        "period": row.label,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "phase": "final" if row.is_final else "provisional",
        "unit": (row.now or row.then or _NONE).unit,
        "credit_difference": _money(difference, currency),
        "currency": currency,
        "change": change_words(row),
    }
    for name, side in (("then", row.then), ("now", row.now)):
        told |= {
            f"value_{name}": side.text if side else "",
            f"level_{name}": side.level if side else "",
            f"status_{name}": side.status if side else "",
            f"default_{name}": side.cause if side else "",
            f"credit_{name}": _money(side.credit, currency) if side else None,
        }
    return told


def _part(part: Part) -> dict[str, Any]:
    contract = part.contract
    currency = contract.currency if contract else ""
    return {
        "contract": contract.reference if contract else None,
        "currency": currency or None,
        "failures": _tally(failures_of(part.rows)),
        "credits": _sum(part.credits) if part.credits else None,
        "periods": [_period(row, currency) for row in part.rows],
        "lines": [_line(line, currency) for line in part.lines],
        "estimated_lines": [_line(line, currency) for line in part.estimates],
    }


def _period(row: Row, currency: str) -> dict[str, Any]:
    return {
        "kpi": row.kpi.code,
        "period": row.label,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "is_final": row.is_final,
        "then": _side(row.then, currency),
        "now": _side(row.now, currency),
        "credit_difference": _money(credit_difference(row), currency),
        "changes": row.changes,
        "change": change_words(row),
    }


def _side(side: Side | None, currency: str) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "value": None if side.value is None else str(side.value),
        "value_text": side.text,
        "unit": side.unit,
        "service_level": side.level,
        "status": side.status,
        "status_text": side_word(side),
        "default_cause": side.cause,
        "credit": _money(side.credit, currency),
        "awaits": side.why,
        "relief_proposed": side.relief_proposed,
    }


def _line(line: LinePair, currency: str) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "kpi": line.kpi or None,
        "period": line.label,
        "then": _money(line.then, currency),
        "now": _money(line.now, currency),
        "awaits": line.why,
        "steps": list(line.steps),
    }


def _sum(found: Sum) -> dict[str, Any]:
    return {
        "currency": found.currency,
        "then": _money(found.then, found.currency),
        "now": _money(found.now, found.currency),
        "difference": _money(found.difference, found.currency),
        "awaited": found.awaited,
    }


def _tally(found: Tally) -> Mapping[str, int]:
    return {"then": found.then, "now": found.now, "difference": found.difference}


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None or not currency else str(exact_amount(minor, currency))


_NONE = Side(None, "", "", "", "", False, "")
