from collections.abc import Iterator
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError

from contracts.models import Amendment, Charge, Contract, Process, Vendor
from contracts.models.managed import ManagedBy
from contracts.services.currencies import MINOR_UNITS
from contracts.services.terms import term_faults
from contracts.services.usable import refuse_unused
from contracts.services.writing import assign, change, save, touch, writing
from contracts.services.zones import zone_names

TERMS: Final = (
    "title",
    "kind",
    "parent",
    "zone",
    "currency",
    "pricing",
    "first_day",
    "last_day",
    "renewal",
    "renewal_months",
    "renewal_limit",
    "notice_length",
    "notice_unit",
)
_CHANGEABLE = frozenset({*TERMS, "archived_at"})
_AMENDMENT_CHANGEABLE = frozenset({"title", "signed_on", "effective_from"})


def contract_create(
    *,
    reference: str,
    title: str,
    vendor: Vendor,
    kind: str,
    zone: str,
    currency: str,
    pricing: str,
    first_day: date,
    last_day: date | None = None,
    parent: Contract | None = None,
    renewal: str = Contract.Renewal.NONE,
    renewal_months: int = 0,
    renewal_limit: int | None = None,
    notice_length: int | None = None,
    notice_unit: str = "",
    managed_by: str = ManagedBy.PERSON,
) -> Contract:
    """A new contract. Raises ValidationError, also for a reference that is taken."""
    contract = Contract(
        reference=reference,
        title=title,
        vendor=vendor,
        kind=kind,
        zone=zone,
        currency=currency,
        pricing=pricing,
        first_day=first_day,
        last_day=last_day,
        parent=parent,
        renewal=renewal,
        renewal_months=renewal_months,
        renewal_limit=renewal_limit,
        notice_length=notice_length,
        notice_unit=notice_unit,
        managed_by=managed_by,
    )
    with writing():
        _refuse(contract)
        refuse_unused(contract, "vendor", "parent")
        save(contract)
    return contract


def contract_change(*, contract: Contract, **values: object) -> Contract:
    """Change anything but reference and vendor, which are what it is.

    Raises ValidationError, also for another currency once amounts are stated in the old one.
    """
    before, above = contract.currency, contract.parent_id
    with writing():
        assign(contract, values, _CHANGEABLE)
        if values.keys() & set(TERMS):
            _refuse(contract)
        if contract.parent_id != above:
            refuse_unused(contract, "parent")
        _refuse_another_currency(contract, before)
        save(contract)
    return contract


def _refuse_another_currency(contract: Contract, before: str) -> None:
    if contract.currency == before:
        return
    _currency_held(contract)
    if contract.charges.exists():
        raise ValidationError(
            {"currency": f"Charges are kept in {before}: register a contract of its own."}
        )


def _currency_held(contract: Contract) -> str:
    """The currency that is stored, which nobody changes, nor enters a charge in, meanwhile."""
    rows = Contract.objects.select_for_update(of=("self",), no_key=True)
    return rows.values_list("currency", flat=True).get(pk=contract.pk)


def _refuse(contract: Contract) -> None:
    """What no column can refuse: names of zones and currencies, and circles of contracts."""
    errors = {}
    if contract.zone not in zone_names():
        errors["zone"] = f"{contract.zone!r} is not a time zone: write one such as Europe/Dublin."
    if contract.currency not in MINOR_UNITS:
        errors["currency"] = (
            f"{contract.currency!r} is not a currency: write its three capital letters, such as EUR."
        )
    if contract.managed_by == ManagedBy.PERSON:
        names = ("vendor", *TERMS)
        errors |= dict(term_faults({name: getattr(contract, name) for name in names}))
    if contract.pk and any(above.pk == contract.pk for above in _above(contract)):
        errors["parent"] = f"{contract.parent} stands under {contract} already: choose another."
    if errors:
        raise ValidationError(errors)


def _above(contract: Contract) -> Iterator[Contract]:
    """The contracts that this one stands under, the nearest first; a circle ends at its start."""
    seen: set[int] = set()
    above = contract.parent
    while above is not None and above.pk not in seen:
        yield above
        seen.add(above.pk)
        above = above.parent


def amendment_create(
    *,
    contract: Contract,
    number: int,
    title: str,
    effective_from: date,
    signed_on: date | None = None,
) -> Amendment:
    """A new amendment. Raises ValidationError, also for a number that is taken, and for a contract
    that is archived."""
    amendment = Amendment(
        contract=contract,
        number=number,
        title=title,
        effective_from=effective_from,
        signed_on=signed_on,
    )
    _refuse_amendment(amendment)
    with writing():
        _refuse_unused(amendment, "contract")
        save(amendment)
        touch(contract)
    return amendment


def amendment_change(*, amendment: Amendment, **values: object) -> Amendment:
    """Change title, signed_on or effective_from. Raises ValidationError."""
    with writing():
        assign(amendment, values, _AMENDMENT_CHANGEABLE)
        _refuse_amendment(amendment)
        save(amendment)
        touch(amendment.contract)
    return amendment


def _refuse_amendment(amendment: Amendment) -> None:
    errors = {}
    if amendment.number < 1:
        errors["number"] = "Amendments are numbered from 1."
    first_day = amendment.contract.first_day
    if amendment.effective_from < first_day:
        errors["effective_from"] = f"This lies before the contract's first day, {first_day}."
    if errors:
        raise ValidationError(errors)


def charge_create(
    *,
    contract: Contract,
    first_day: date,
    last_day: date,
    amount_minor: int,
    process: Process | None = None,
) -> Charge:
    """What a contract, or one process of it, costs in one period. Raises ValidationError, also
    for a process of another contract, and for one that is archived."""
    charge = Charge(
        contract=contract,
        process=process,
        first_day=first_day,
        last_day=last_day,
        amount_minor=amount_minor,
    )
    with writing():
        _refuse_other_currency(contract)
        _refuse_charge(charge)
        save(charge)
        touch(contract)
    return charge


def _refuse_other_currency(contract: Contract) -> None:
    """An amount is counted in the currency that its sender saw; files hold theirs themselves."""
    if contract.managed_by != ManagedBy.PERSON:
        return
    if (currency := _currency_held(contract)) != contract.currency:
        raise ValidationError(
            {"contract": f"Its currency is {currency} by now: state the amount in that."}
        )


def _refuse_charge(charge: Charge) -> None:
    errors, contract = {}, charge.contract
    if charge.process is not None and charge.process.contract_id != contract.pk:
        errors["process"] = f"{charge.process} is not done under {contract}."
    if charge.last_day < charge.first_day:
        errors["last_day"] = f"It would end before it begins, on {charge.first_day}."
    if charge.first_day < contract.first_day.replace(day=1):
        errors["first_day"] = f"The contract begins later, on {contract.first_day}."
    if errors:
        raise ValidationError(errors)
    _refuse_unused(charge, "contract", "process")


def _refuse_unused(part: Amendment | Charge, *names: str) -> None:
    """As ``refuse_unused``, of a part whose contract says who manages it."""
    if part.contract.managed_by == ManagedBy.PERSON:
        refuse_unused(part, *names)


def charge_change(*, charge: Charge, amount_minor: int) -> Charge:
    """State another amount for a period. Raises ValidationError."""
    with writing():
        change(charge, {"amount_minor": amount_minor}, frozenset({"amount_minor"}))
        touch(charge.contract)
    return charge
