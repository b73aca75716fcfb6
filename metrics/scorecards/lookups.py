"""Finding whose scorecard is meant by one code."""

from contracts.models import Contract, Vendor
from contracts.selectors import scope as contracts_scope
from contracts.selectors.lookups import UnknownCodeError, unknown
from contracts.selectors.scope import Scope


def vendor_or_contract(code: str, *, scope: Scope) -> Vendor | Contract:
    """The vendor with this code, or else the contract with this reference.

    Raises UnknownCodeError, also for what lies outside ``scope``.
    """
    vendors, contracts = contracts_scope.vendors(scope), contracts_scope.contracts(scope)
    found = vendors.filter(code=code).first() or contracts.filter(reference=code).first()
    if found is None:
        known = [*vendors.values_list("code", flat=True)]
        known += contracts.values_list("reference", flat=True)
        raise UnknownCodeError(unknown("vendor or contract", code, known=known))
    return found
