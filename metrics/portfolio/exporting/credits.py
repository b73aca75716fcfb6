"""Credit terms and rules as a file states them."""

from decimal import Decimal
from typing import Any

from contracts.models import Contract
from contracts.services.currencies import MINOR_UNITS
from metrics.models import CreditRule, CreditTerms, Kpi
from metrics.portfolio.editing.entries import Entry, without_nothing
from metrics.portfolio.exporting.concise import concise
from metrics.portfolio.shapes.credits import CreditTermsShape

_SAME = (
    "valid_from",
    "clause",
    "every",
    "base",
    "same_cause",
    "critical_replaces",
    "excess",
    "rounding",
)
_WORDS = frozenset({"kind", "of", "repeats", "count", "base", "charges_of", "when"})
_WHOLE = Decimal(100)


def credit_terms_stated(contract: Contract) -> list[Entry]:
    """The credit terms of a contract, oldest first."""
    return [_terms(line, contract.currency) for line in contract.credit_terms.all()]


def _terms(line: CreditTerms, currency: str) -> Entry:
    portions = {
        name: portion_stated(
            getattr(line, f"{name}_percent"), getattr(line, f"{name}_minor"), currency
        )
        for name in ("at_risk", "period_cap", "annual_cap")
    }
    stated = {name: getattr(line, name) for name in _SAME} | {
        "amendment": line.amendment.number if line.amendment else None,
        "pool": None if line.pool_percent == _WHOLE else line.pool_percent,
        "points": _numbers(line.points_value) or None,
        "earn_back": _numbers(line.earn_back) or None,
    }
    return concise(stated | portions, CreditTermsShape)


def portion_stated(percent: Decimal | None, minor: int | None, currency: str) -> Entry | None:
    """A percentage, or an amount in the currency's own unit; None where neither is stated."""
    if percent is None and minor is None:
        return None
    amount = None if minor is None else Decimal(minor).scaleb(-MINOR_UNITS[currency])
    return without_nothing({"percent": percent, "amount": amount})


def credit_rules_stated(kpi: Kpi) -> list[Entry]:
    """The credit rules of a KPI, oldest first."""
    return [_rule(line) for line in kpi.credit_rules.all()]


def _rule(line: CreditRule) -> Entry:
    stated = {
        "valid_from": line.valid_from,
        "amendment": line.amendment.number if line.amendment else None,
        "clause": line.clause,
        "rule": line.kind,
    }
    parameters: Entry = _numbers(line.parameters)
    return without_nothing(stated) | parameters


def _numbers(written: Any, key: str = "") -> Any:
    """Exact numbers as numbers again; words stay words."""
    if isinstance(written, dict):
        return {name: _numbers(inner, name) for name, inner in written.items()}
    if isinstance(written, list):
        return [_numbers(inner, key) for inner in written]
    is_number = isinstance(written, str) and key not in _WORDS
    return Decimal(written) if is_number else written
