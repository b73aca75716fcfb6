"""Credit terms and rules as people and programs state them one by one: amounts in the currency's
own unit, amendments by their number, and every fault by the member that it is about."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.core.exceptions import ValidationError

from contracts.models import Amendment, Contract
from contracts.services.currencies import minor_amount
from contracts.services.writing import writing
from kpotracker.toolkit.fields import plain_decimal
from metrics.credits.stated import Faults, rule_problems, terms_problems
from metrics.credits.terms import credit_rule_correct, credit_terms_correct
from metrics.models import CreditRule, CreditTerms, Kpi

Stated = Mapping[str, Any]
_L = TypeVar("_L", CreditTerms, CreditRule)
_PORTIONS: Final = ("at_risk", "period_cap", "annual_cap")
_USUAL: Final = {
    name: getattr(CreditTerms(), name)
    for name in (
        *("clause", "every", "base", "same_cause", "critical_replaces", "excess", "rounding"),
        "pool_percent",
    )
}
_MEMBERS: Final = {
    **{f"{name}_{kind}": name for name in _PORTIONS for kind in ("percent", "minor")},
    "pool_percent": "pool",
    "points_value": "points",
}
# what is no number in points, earn-backs and parameters of rules
_WORDS: Final = frozenset(
    {"kind", "of", "periods", "repeats", "count", "base", "charges_of", "when"}
)


def credit_terms_state(*, contract: Contract, valid_from: date, stated: Stated) -> CreditTerms:
    """What ``contract`` agrees about credits from a day on; terms of that very day are replaced.

    ``stated``: fields of CreditTerms, and ``at_risk``, ``period_cap`` and ``annual_cap``, each
    {"percent": …} or {"amount": …} or None; ``pool`` in percent; ``points`` and ``earn_back``;
    ``amendment``: its number. What is left out is as usual. Raises ValidationError with everything
    wrong, also where credits were posted for that time.
    """
    with writing():
        found = contract.credit_terms.filter(valid_from=valid_from).first()
        line = found or CreditTerms(contract=contract, valid_from=valid_from)
        values, faults = _terms_values(contract, stated)
        return _stated(line, values, faults, credit_terms_correct, terms_problems)


def credit_rule_state(*, kpi: Kpi, valid_from: date, stated: Stated) -> CreditRule:
    """What a failure of ``kpi`` gives from a day on; a rule of that very day is replaced.

    ``stated``: ``kind``, ``parameters``, ``clause``, ``amendment`` (its number). Raises
    ValidationError with everything wrong, also where credits were posted for that time.
    """
    with writing():
        found = kpi.credit_rules.filter(valid_from=valid_from).first()
        line = found or CreditRule(kpi=kpi, valid_from=valid_from)
        faults: Faults = {}
        values = {
            "kind": stated["kind"],
            "parameters": _exact(stated, "parameters", faults),
            "clause": stated.get("clause", ""),
            "amendment": _amendment(kpi.governing_contract, stated.get("amendment"), faults),
        }
        return _stated(line, values, faults, credit_rule_correct, rule_problems)


def _stated(
    line: _L,
    values: Stated,
    faults: Faults,
    write: Callable[..., _L],
    problems: Callable[[_L], Faults],
) -> _L:
    """Write the line; where ``faults`` speak against it, they are told beside all other ones."""
    if not faults:
        try:
            return write(line=line, values=values)
        except ValidationError as error:
            raise _by_members(error) from None
    for name, value in values.items():
        setattr(line, name, value)
    raise _by_members(ValidationError(dict(_together(problems(line), faults))))


def _together(found: Faults, more: Faults) -> Faults:
    for name, said in more.items():
        found.setdefault(name, []).extend(said)
    return found


def _by_members(error: ValidationError) -> ValidationError:
    """The same faults by what people state instead of the columns that hold it."""
    if not hasattr(error, "error_dict"):
        return error
    told: Faults = {}
    for name, said in error.message_dict.items():
        told.setdefault(_MEMBERS.get(name, name), []).extend(said)
    return ValidationError(dict(told))


def _terms_values(contract: Contract, stated: Stated) -> tuple[dict[str, Any], Faults]:
    faults: Faults = {}
    values = _USUAL | {name: stated[name] for name in _USUAL if name in stated}
    if stated.get("pool") is not None:
        values["pool_percent"] = stated["pool"]
    values |= {"points_value": _exact(stated, "points", faults)}
    values |= {"earn_back": _exact(stated, "earn_back", faults)}
    values |= {"amendment": _amendment(contract, stated.get("amendment"), faults)}
    for name in _PORTIONS:
        portion = stated.get(name) or {}
        values[f"{name}_percent"] = portion.get("percent")
        values[f"{name}_minor"] = _minor(portion.get("amount"), contract, name, faults)
    return values, faults


def _minor(amount: Decimal | None, contract: Contract, name: str, faults: Faults) -> int | None:
    try:
        return None if amount is None else minor_amount(amount, contract.currency)
    except ValueError as error:
        faults[name] = [f"{error}: state no more decimals; money is not rounded here."]
        return None


def _amendment(contract: Contract | None, number: int | None, faults: Faults) -> Amendment | None:
    if number is None:
        return None
    found = contract.amendments.filter(number=number).first() if contract else None
    if found is None:
        faults["amendment"] = [
            f"Amendment {number} is not among the contract's: register it first."
        ]
    return found


def _exact(stated: Stated, name: str, faults: Faults) -> dict[str, Any]:
    """What is stated under a name, exact numbers as text."""
    try:
        return _written(stated.get(name) or {})  # type: ignore[no-any-return]
    except ValidationError as error:
        faults[name] = [f"{said}." for said in error.messages]
        return {}


def _written(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {n: _written(each, n) for n, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_written(each, key) for each in value]
    return value if isinstance(value, bool) or key in _WORDS else plain_decimal(value)
