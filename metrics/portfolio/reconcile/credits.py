"""Credit terms and rules: later lines are added, one that a posting rests on stands still."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError

from contracts.models import Amendment, Contract
from contracts.services.currencies import minor_amount
from kpotracker.toolkit.fields import plain_decimal
from metrics.credits.stated import pool_problems
from metrics.credits.terms import (
    Line,
    credit_line_withdraw,
    credit_rule_write,
    credit_terms_write,
)
from metrics.models import CreditRule, CreditTerms, Kpi
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action, FieldChange
from metrics.portfolio.reconcile.run import Run, compared, differences, stated
from metrics.portfolio.shapes import ContractShape, KpiShape, Shape
from metrics.portfolio.shapes.credits import CreditRuleShape, CreditTermsShape, PortionShape

Write = Callable[..., Line]
Wanted = dict[date, tuple[int, Mapping[str, Any]]]
_TERMS = ("every", "base", "same_cause", "critical_replaces", "excess", "rounding")
_NO_PARAMETERS = frozenset({"valid_from", "amendment", "clause", "rule"})
_PLACES = {"parameters": "", "kind": "rule", "__all__": ""}


def reconcile_credit_terms(run: Run) -> None:
    """Bring the credit terms of contracts to what the files state."""
    for item in run.portfolio.contracts:
        contract = run.contracts.get(item.shape.reference)
        if contract is not None and run.owns(contract):
            _terms(run, item, contract)


def reconcile_credit_rules(run: Run) -> None:
    """Bring the credit rules of KPIs to what the files state, then look at each pool."""
    contracts: dict[int, Contract] = {}
    for item in run.portfolio.kpis:
        kpi = run.kpis.get(item.shape.code)
        if kpi is None or not run.owns(kpi) or item.place.is_troubled:
            continue
        if _rules(run, item, kpi) and (contract := kpi.governing_contract):
            contracts[contract.pk] = contract
    _pools(run, contracts)


def _terms(run: Run, item: Item[ContractShape], contract: Contract) -> None:
    wanted: Wanted = {}
    for number, line in enumerate(item.shape.credits):
        day = line.valid_from or contract.first_day
        values = terms_values(run, item, contract, number, line)
        if values is not None and not _twice(run, item, ("credits", number), day, wanted):
            wanted[day] = number, values
    existing = {line.valid_from: line for line in contract.credit_terms.all()}
    lines = _Lines(
        run, item, "credits", f"{contract.reference} credit terms",
        lambda day: CreditTerms(contract=contract, valid_from=day), credit_terms_write,
    )  # fmt: skip
    _bring(lines, existing, wanted)


def _rules(run: Run, item: Item[KpiShape], kpi: Kpi) -> bool:
    """Whether there is or was a rule to bring anywhere."""
    existing = {line.valid_from: line for line in kpi.credit_rules.all()}
    wanted: Wanted = {}
    for number, line in enumerate(item.shape.credit):
        day = line.valid_from or _begin(item.shape, kpi)
        values = rule_values(run, item, kpi, number, line)
        if values is not None and not _twice(run, item, ("credit", number), day, wanted):
            wanted[day] = number, values
    lines = _Lines(
        run, item, "credit", f"{kpi.code} credit rule",
        lambda day: CreditRule(kpi=kpi, valid_from=day), credit_rule_write,
    )  # fmt: skip
    _bring(lines, existing, wanted)
    return bool(existing or wanted)


def _begin(shape: KpiShape, kpi: Kpi) -> date:
    """A rule without a day begins with the KPI's first service level."""
    return min((line.valid_from for line in shape.service_levels), default=kpi.first_day)


def _twice(
    run: Run, item: Item[Shape], steps: tuple[str | int, ...], day: date, wanted: Mapping[date, Any]
) -> bool:
    if day not in wanted:
        return False
    message = f"two lines begin on {day}"
    run.refuse(item, *steps, "valid_from", message=message, hint="give each a day of its own")
    return True


@dataclass(frozen=True, slots=True)
class _Lines:
    """The dated lines of one contract or KPI: what they are called, made by and written by.

    ``key``: under which the item states them.
    """

    run: Run
    item: Item[Shape]
    key: str
    name: str
    new: Callable[[date], Line]
    write: Write

    def note(self, action: Action, what: str, fields: Sequence[FieldChange] = ()) -> None:
        self.run.note(action, str(self.item.place.path[0]), f"{self.name} {what}", fields)


def _bring(lines: _Lines, existing: Mapping[date, Line], wanted: Wanted) -> None:
    """Withdraw, add and correct lines; each refusal is told at the line it is about."""
    for day, line in existing.items():
        if day not in wanted:
            lines.note(Action.CHANGE, f"from {day} withdrawn")
            _attempt(lines, (), partial(credit_line_withdraw, line=line))
    for day, (number, values) in wanted.items():
        found = existing.get(day)
        differing = differences(found, values) if found else values
        if found is None:
            lines.note(Action.ADD_VERSION, f"from {day}", stated(values))
        elif differing:
            lines.note(Action.CHANGE, f"from {day}", compared(found, differing))
        if differing:
            line = found or lines.new(day)
            _attempt(lines, (number,), partial(lines.write, line=line, values=differing))


def _attempt(lines: _Lines, steps: tuple[str | int, ...], work: Callable[[], object]) -> None:
    """Do ``work``; what is refused is told with the way out that the message ends in."""
    try:
        work()
    except ValidationError as error:
        faults_refuse(lines.run, lines.item, (lines.key, *steps), _faults(error))


def faults_refuse(
    run: Run,
    item: Item[Shape],
    steps: tuple[str | int, ...],
    faults: Mapping[str, Sequence[str]],
) -> None:
    """Refuse what is wrong with a line of credits: {field: messages that end in a way out}."""
    for field, messages in faults.items():
        at = _PLACES.get(field, field)
        for message in messages:
            said, _, way_out = message.rstrip(".").rpartition(": ")
            hint = way_out if said else "correct the entry"
            run.refuse(item, *steps, *([at] if at else []), message=said or way_out, hint=hint)


def _faults(error: ValidationError) -> Mapping[str, Sequence[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}


def terms_values(
    run: Run, item: Item[ContractShape], contract: Contract, number: int, line: CreditTermsShape
) -> dict[str, Any] | None:
    """The fields of credit terms; None where an amount or an amendment is refused, which is kept
    in ``run``."""
    amendment = _amendment(run, item, contract, ("credits", number), line.amendment)
    values = {name: getattr(line, name) for name in _TERMS}
    values |= {"clause": line.clause or "", "amendment": amendment}
    values |= {"pool_percent": Decimal(100) if line.pool is None else line.pool}
    values |= {"points_value": _written(line.points), "earn_back": _written(line.earn_back)}
    refused = line.amendment is not None and amendment is None
    for name in ("at_risk", "period_cap", "annual_cap"):
        portion: PortionShape | None = getattr(line, name)
        values[f"{name}_percent"] = portion.percent if portion else None
        try:
            values[f"{name}_minor"] = _minor(portion, contract.currency)
        except ValueError as error:
            hint = "state no more decimals; money is not rounded here"
            run.refuse(item, "credits", number, name, message=str(error), hint=hint)
            refused = True
    return None if refused else values


def _minor(portion: PortionShape | None, currency: str) -> int | None:
    if portion is None or portion.amount is None:
        return None
    return minor_amount(portion.amount, currency)


def rule_values(
    run: Run, item: Item[KpiShape], kpi: Kpi, number: int, line: CreditRuleShape
) -> dict[str, Any] | None:
    """The fields of a credit rule; None where its amendment is refused, which is kept in ``run``."""
    amendment = _amendment(run, item, kpi.governing_contract, ("credit", number), line.amendment)
    if line.amendment is not None and amendment is None:
        return None
    written = _written(line)
    return {
        "kind": line.rule,
        "parameters": {name: v for name, v in written.items() if name not in _NO_PARAMETERS},
        "clause": line.clause or "",
        "amendment": amendment,
    }


def _amendment(
    run: Run,
    item: Item[Shape],
    contract: Contract | None,
    steps: tuple[str | int, ...],
    number: int | None,
) -> Amendment | None:
    if number is None:
        return None
    found = run.amendments_of(contract).get(number)
    if found is None:
        message = f"the contract has no amendment {number}"
        hint = "add it under the contract's `amendments`, or correct the number"
        run.refuse(item, *steps, "amendment", message=message, hint=hint)
    return found


def _written(shape: Shape | None) -> dict[str, Any]:
    """What is stated, exact numbers as text."""
    return _plain(shape.model_dump(exclude_unset=True, exclude_none=True)) if shape else {}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _pools(run: Run, contracts: Mapping[int, Contract]) -> None:
    """Refuse allocations beyond a pool at the first KPI of the files that takes of it."""
    for contract in contracts.values():
        for said in pool_problems(contract):
            item = next(
                each
                for each in run.portfolio.kpis
                if each.shape.credit
                and (kpi := run.kpis.get(each.shape.code))
                and kpi.governing_contract == contract
            )
            run.refuse(item, "credit", message=said, hint="lower an allocation, or raise the pool")
