"""Options and obligations of contracts: noted and changed; what was done about them stays."""

from typing import Any

from contracts.models import Contract, ContractOption, Obligation
from contracts.models.managed import ManagedBy
from contracts.services.obligations import obligation_change, obligation_create
from contracts.services.options import (
    option_change,
    option_create,
    option_decline,
    option_exercise,
)
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action
from metrics.portfolio.reconcile.run import Run, compared, differences, is_ours, stated
from metrics.portfolio.shapes import ContractShape
from metrics.portfolio.shapes.dates import NoticeShape, ObligationShape, OptionShape

_SAME = (
    "title",
    "kind",
    "owed_by",
    "first_due",
    "offset",
    "offset_unit",
    "every",
    "last_due",
    "followed_from",
    "lead_days",
)

_NONE = NoticeShape(length=0, unit="days")


def notice_values(run: Run, notice: NoticeShape | None) -> dict[str, Any]:
    """The notice by model field; nothing of a calendar that is missing, which is said elsewhere."""
    notice, is_stated = notice or _NONE, notice is not None
    values: dict[str, Any] = {
        "notice_length": notice.length if is_stated else None,
        "notice_unit": notice.unit if is_stated else "",
        "notice_working_day": notice.working_day,
        "notice_country": notice.country or "",
        "notice_deemed_days": notice.deemed_delivery_days,
        "notice_lead_days": notice.lead_time_days,
    }
    if notice.calendar is None or notice.calendar in run.calendars:
        values["notice_calendar"] = run.calendars[notice.calendar] if notice.calendar else None
    return values


def reconcile_options(run: Run) -> None:
    """Bring the options of contracts to what the files state."""
    for item in run.portfolio.contracts:
        contract = run.contracts.get(item.shape.reference)
        if contract is None or not is_ours(contract):
            continue
        existing = {option.number: option for option in contract.options.all()}
        for line in item.shape.options:
            _option(run, item, contract, line, existing.pop(line.number, None))
        for number in existing:
            run.not_in_files.append(("option", f"{contract.reference} {number}"))


def _option(
    run: Run,
    item: Item[ContractShape],
    contract: Contract,
    line: OptionShape,
    existing: ContractOption | None,
) -> None:
    values: dict[str, Any] = {
        "description": line.description,
        "extends_months": line.months,
        "extends_to": line.until,
        "exercise_by": line.exercise_by,
        "notice_length": line.notice.length if line.notice else None,
        "notice_unit": line.notice.unit if line.notice else "",
    }
    code = f"{contract.reference} option {line.number}"
    option = existing
    if existing is None:
        run.note(Action.ADD_VERSION, "contracts", code, stated(values))
        option = run.attempt(
            item, lambda: option_create(contract=contract, number=line.number, **values)
        )
    elif differing := differences(existing, values):
        run.note(Action.CHANGE, "contracts", code, compared(existing, differing))
        run.attempt(item, lambda: option_change(option=existing, **differing))
    if option is not None:
        _decision(run, item, line, option, code)


def _decision(
    run: Run, item: Item[ContractShape], line: OptionShape, option: ContractOption, code: str
) -> None:
    """What the file says became of it; what is decided already is not decided again."""
    said = {"exercised_on": line.exercised, "declined_on": line.declined}
    told = {name: day for name, day in said.items() if day is not None}
    if not told or not (differing := differences(option, told)):
        return
    run.note(Action.CHANGE, "contracts", code, compared(option, differing))
    run.attempt(item, lambda: _decided(run, line, option))


def _decided(run: Run, line: OptionShape, option: ContractOption) -> ContractOption:
    if line.exercised is not None:
        return option_exercise(option=option, exercised_on=line.exercised, as_of=run.as_of)
    assert line.declined is not None
    return option_decline(option=option, declined_on=line.declined, as_of=run.as_of)


def reconcile_obligations(run: Run) -> None:
    """Bring the obligations of contracts to what the files state."""
    existing = {each.code: each for each in Obligation.objects.select_related("contract")}
    seen = set()
    for item in run.portfolio.contracts:
        contract = run.contracts.get(item.shape.reference)
        if contract is None or not is_ours(contract):
            continue
        for number, line in enumerate(item.shape.obligations):
            seen.add(line.code)
            _obligation(run, item, contract, (number, line), existing.get(line.code))
    left = (each for each in existing.values() if each.code not in seen)
    for each in left:
        if is_ours(each) and each.archived_at is None:
            run.not_in_files.append(("obligation", each.code))


def _obligation(
    run: Run,
    item: Item[ContractShape],
    contract: Contract,
    placed: tuple[int, ObligationShape],
    existing: Obligation | None,
) -> None:
    number, line = placed
    values = _obligation_values(line)
    code = f"{contract.reference} obligation {line.code}"
    if existing is None:
        run.note(Action.ADD_VERSION, "contracts", code, stated(values))
        ours = ManagedBy.PORTFOLIO
        run.attempt(
            item,
            lambda: obligation_create(code=line.code, contract=contract, managed_by=ours, **values),
        )
        return
    if existing.contract_id != contract.pk:
        message = f"the obligation '{line.code}' stands under {existing.contract or 'no contract'}"
        hint = "state one with a new code"
        run.refuse(item, "obligations", number, "code", message=message, hint=hint)
    elif run.may_change(item, existing) and (differing := differences(existing, values)):
        run.note(Action.CHANGE, "contracts", code, compared(existing, differing))
        run.attempt(item, lambda: obligation_change(obligation=existing, **differing))


def _obligation_values(line: ObligationShape) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _SAME} | {
        "clause": line.clause or "",
        "owner": line.owner or "",
        "event": line.event or "",
        "every_unit": line.every_unit or "",
        "needs_evidence": line.evidence,
        "is_internal": line.internal,
    }
