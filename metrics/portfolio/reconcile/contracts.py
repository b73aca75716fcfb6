from calendar import monthrange
from datetime import date
from typing import Any

from contracts.models import Amendment, Charge, Contract
from contracts.models.managed import ManagedBy
from contracts.services.contracts import (
    amendment_change,
    amendment_create,
    charge_change,
    charge_create,
    contract_change,
    contract_create,
)
from contracts.services.currencies import minor_amount
from metrics.portfolio.checks.contracts import months_of
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action, FieldChange
from metrics.portfolio.reconcile.run import Run, compared, differences, is_ours, stated
from metrics.portfolio.shapes import ContractShape
from metrics.portfolio.shapes.parties import AmendmentShape


def reconcile_contracts(run: Run) -> None:
    """Create contracts, parents first, and change their terms; then their amendments."""
    waiting = list(run.portfolio.contracts)
    while waiting:
        references = {item.shape.reference for item in waiting}
        ready = [item for item in waiting if item.shape.parent not in references]
        if not ready:
            return  # a circle of parents, reported with the references
        for item in ready:
            contract = _reconcile(run, item)
            if contract:
                run.contracts[item.shape.reference] = contract
                _amendments(run, item, contract)
        waiting = [item for item in waiting if item not in ready]


def _reconcile(run: Run, item: Item[ContractShape]) -> Contract | None:
    shape = item.shape
    vendor = run.vendors.get(shape.vendor)
    parent = run.contracts.get(shape.parent) if shape.parent else None
    if vendor is None or (shape.parent and parent is None):
        return None
    existing = run.contracts.get(shape.reference)
    if existing and is_ours(existing) and _is_fixed(run, item, existing):
        return None
    values = {**_values(shape), "parent": parent}
    return run.reconcile(
        "contracts",
        item,
        existing,
        values,
        create=lambda: contract_create(
            reference=shape.reference, vendor=vendor, managed_by=ManagedBy.PORTFOLIO, **values
        ),
        change=lambda contract, changed: contract_change(contract=contract, **changed),
    )


def _values(shape: ContractShape) -> dict[str, Any]:
    return {
        "title": shape.title,
        "kind": shape.kind,
        "zone": shape.zone,
        "currency": shape.currency,
        "pricing": shape.pricing,
        "first_day": shape.first_day,
        "last_day": shape.last_day,
        "renewal": shape.renewal.kind,
        "renewal_months": shape.renewal.months,
        "renewal_limit": shape.renewal.limit,
        "notice_length": shape.notice.length if shape.notice else None,
        "notice_unit": shape.notice.unit if shape.notice else "",
    }


def _is_fixed(run: Run, item: Item[ContractShape], existing: Contract) -> bool:
    """Refuse another vendor, and another currency once amounts are stated in the old one."""
    if existing.vendor.code != item.shape.vendor:
        message = f"the contract is with '{existing.vendor.code}', not '{item.shape.vendor}'"
        hint = "state a contract with a new reference"
        run.refuse(item, "vendor", message=message, hint=hint)
        return True
    if existing.currency != item.shape.currency and existing.charges.exists():
        message = f"charges are kept in {existing.currency}, not {item.shape.currency}"
        hint = "state a contract with a new reference"
        run.refuse(item, "currency", message=message, hint=hint)
        return True
    return False


def _amendments(run: Run, item: Item[ContractShape], contract: Contract) -> None:
    existing = {found.number: found for found in contract.amendments.all()}
    for line in item.shape.amendments:
        _amendment(run, item, contract, line, existing.pop(line.number, None))
    for number in existing:
        run.not_in_files.append(("amendment", f"{contract.reference} {number}"))


def _amendment(
    run: Run,
    item: Item[ContractShape],
    contract: Contract,
    line: AmendmentShape,
    existing: Amendment | None,
) -> None:
    values = {"title": line.title, "signed_on": line.signed, "effective_from": line.effective}
    code = f"{contract.reference} amendment {line.number}"
    if existing is None:
        run.note(Action.ADD_VERSION, "contracts", code, stated(values))
        run.attempt(
            item,
            lambda: amendment_create(
                contract=contract,
                number=line.number,
                title=line.title,
                signed_on=line.signed,
                effective_from=line.effective,
            ),
        )
    elif differing := differences(existing, values):
        run.note(Action.CHANGE, "contracts", code, compared(existing, differing))
        run.attempt(item, lambda: amendment_change(amendment=existing, **differing))


def reconcile_charges(run: Run) -> None:
    """State what contracts cost, month by month; a month that is not in the files stays."""
    for item in run.portfolio.contracts:
        contract = run.contracts.get(item.shape.reference)
        if contract is not None and is_ours(contract):
            _charges(run, item, contract)


def _charges(run: Run, item: Item[ContractShape], contract: Contract) -> None:
    existing = {
        (charge.process.code if charge.process else None, charge.first_day): charge
        for charge in contract.charges.select_related("process")
    }
    wanted = _wanted(item.shape)
    new = {key: amount for key, amount in wanted.items() if key not in existing}
    changed = {
        key: amount
        for key, amount in wanted.items()
        if key in existing and existing[key].amount_minor != amount
    }
    if new:
        run.note(Action.ADD_VERSION, "contracts", f"{contract.reference} charges", _listed(new))
    for key, amount in new.items():
        _create(run, item, contract, key, amount)
    for key, amount in changed.items():
        _change(run, item, existing[key], amount)
    for process, month in existing.keys() - wanted.keys():
        name = f"{contract.reference} {month:%Y-%m}{f' {process}' if process else ''}"
        run.not_in_files.append(("charge", name))


Key = tuple[str | None, date]


def _wanted(shape: ContractShape) -> dict[Key, int]:
    wanted: dict[Key, int] = {}
    for line in shape.charges:
        try:
            amount = minor_amount(line.amount, shape.currency)
        except ValueError:
            continue  # reported with the checks
        wanted |= {(line.process, month): amount for month in months_of(line)}
    return wanted


def _listed(amounts: dict[Key, int]) -> list[FieldChange]:
    """New charges in few words: how many months, from when to when, for what."""
    lines: list[FieldChange] = []
    for process in sorted({process or "" for process, _ in amounts}):
        months = sorted(month for code, month in amounts if (code or "") == process)
        words = f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}, {len(months)} months"
        lines.append(FieldChange(process or "contract", "", words))
    return lines


def _create(run: Run, item: Item[ContractShape], contract: Contract, key: Key, amount: int) -> None:
    code, month = key
    process = run.processes.get(code) if code else None
    if code and process is None:
        return
    last_day = month.replace(day=monthrange(month.year, month.month)[1])
    run.attempt(
        item,
        lambda: charge_create(
            contract=contract,
            process=process,
            first_day=month,
            last_day=last_day,
            amount_minor=amount,
        ),
    )


def _change(run: Run, item: Item[ContractShape], charge: Charge, amount: int) -> None:
    fields = compared(charge, {"amount_minor": amount})
    name = f"{item.shape.reference} charge {charge.first_day:%Y-%m}"
    run.note(Action.CHANGE, "contracts", name, fields)
    run.attempt(item, lambda: charge_change(charge=charge, amount_minor=amount))
