from datetime import date

from contracts.models import Amendment, Charge, Contract, Process, Vendor
from contracts.models.managed import ManagedBy
from contracts.services.writing import change, save, touch, writing

_CHANGEABLE = frozenset(
    {
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
        "archived_at",
    }
)
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
        save(contract)
    return contract


def contract_change(*, contract: Contract, **values: object) -> Contract:
    """Change anything but reference and vendor, which are what it is. Raises ValidationError."""
    with writing():
        change(contract, values, _CHANGEABLE)
    return contract


def amendment_create(
    *,
    contract: Contract,
    number: int,
    title: str,
    effective_from: date,
    signed_on: date | None = None,
) -> Amendment:
    """A new amendment. Raises ValidationError, also for a number that is taken."""
    amendment = Amendment(
        contract=contract,
        number=number,
        title=title,
        effective_from=effective_from,
        signed_on=signed_on,
    )
    with writing():
        save(amendment)
        touch(contract)
    return amendment


def amendment_change(*, amendment: Amendment, **values: object) -> Amendment:
    """Change title, signed_on or effective_from. Raises ValidationError."""
    with writing():
        change(amendment, values, _AMENDMENT_CHANGEABLE)
        touch(amendment.contract)
    return amendment


def charge_create(
    *,
    contract: Contract,
    first_day: date,
    last_day: date,
    amount_minor: int,
    process: Process | None = None,
) -> Charge:
    """What a contract, or one process of it, costs in one period. Raises ValidationError."""
    charge = Charge(
        contract=contract,
        process=process,
        first_day=first_day,
        last_day=last_day,
        amount_minor=amount_minor,
    )
    with writing():
        save(charge)
    return charge


def charge_change(*, charge: Charge, amount_minor: int) -> Charge:
    """State another amount for a period. Raises ValidationError."""
    with writing():
        change(charge, {"amount_minor": amount_minor}, frozenset({"amount_minor"}))
    return charge
