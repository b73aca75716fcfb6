"""What several cells of a row break together; each fault names the field, the rule, the way out."""

from collections.abc import Callable, Iterator
from typing import Any

from contracts.models import Contract
from contracts.services.currencies import MINOR_UNITS, minor_amount
from contracts.services.terms import EARLIEST, LATEST
from metrics.portfolio.importing.cells import WrongCellError

Values = dict[str, Any]
Found = Iterator[tuple[str, str, str]]
_RENEWING = (Contract.Renewal.AUTO, Contract.Renewal.EXPRESS, Contract.Renewal.OPTION)
Check = Callable[[Values], Found]


def contract_faults(values: Values) -> Found:
    """Days, renewal, notice and the contract above."""
    first, last = values.get("first_day"), values.get("last_day")
    if first and last and last < first:
        yield "last_day", "lies before the first day", "let the contract end after it begins"
    if values.get("renewal") == Contract.Renewal.AUTO:
        if not values.get("renewal_months"):
            yield "renewal_months", "is missing for one that renews", "say for how many months"
        if not last:
            yield "last_day", "is missing for one that renews", "say when the first term ends"
    elif values.get("renewal_months") and values.get("renewal") not in _RENEWING:
        yield (
            "renewal_months",
            "is stated for one that does not renew",
            "say how it renews, or none",
        )
    for name in ("first_day", "last_day"):
        if values.get(name) and not EARLIEST <= values[name] <= LATEST:
            yield name, "cannot be meant", f"state a day from {EARLIEST} to {LATEST}"
    length, unit = values.get("notice_length"), values.get("notice_unit")
    if (length is None) != (not unit):
        yield "notice_unit", "does not go with the notice", "state a number and its unit, or none"
    parent, vendor = values.get("parent"), values.get("vendor")
    if parent and vendor and parent.vendor_id != vendor.pk:
        yield "parent", "is a contract with another vendor", "name one with the same vendor"
    if parent and parent.reference == values.get("reference"):
        yield "parent", "is the contract itself", "leave it empty, or name another"


def contact_faults(values: Values) -> Found:
    if not values.get("email") and not values.get("phone"):
        yield "email", "is missing, as is the telephone number", "state one of the two"


def certification_faults(values: Values) -> Found:
    issued, expires = values.get("issued_on"), values.get("expires_on")
    if issued and expires and expires < issued:
        yield "expires_on", "lies before the day it was issued", "correct one of the days"


def charge_faults(values: Values) -> Found:
    first, last = values.get("first_day"), values.get("last_day")
    if first and last and last < first:
        yield "last_day", "lies before the first day", "let the period end after it begins"
    contract, process = values.get("contract"), values.get("process")
    if contract and process and process.contract_id != contract.pk:
        yield "process", "belongs to another contract", "state its charge there"


def charge_in_minor(values: Values) -> Values:
    """The amount in the smallest unit of the contract's currency. Raises WrongCellError."""
    rest = {name: value for name, value in values.items() if name != "amount"}
    contract, amount = values.get("contract"), values.get("amount")
    if contract is None or amount is None:
        return rest
    try:
        return rest | {"amount_minor": minor_amount(amount, contract.currency)}
    except ValueError:
        places = MINOR_UNITS[contract.currency]
        rule = f"has more decimals than {contract.currency}, which has {places}"
        raise WrongCellError(rule, "state it exactly: money is not rounded here") from None
