"""Termination clauses of contracts: later lines are added, one that opened a right stays."""

from typing import Any

from contracts.models import Contract
from contracts.services.currencies import minor_amount
from metrics.models import Kpi, TerminationRule
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action
from metrics.portfolio.reconcile.run import Run, compared, differences, is_ours, stated
from metrics.portfolio.shapes import ContractShape
from metrics.portfolio.shapes.dates import TerminationShape
from metrics.rights.rules import rule_add, rule_correct

_SAME = ("kind", "count", "of", "scope", "gap", "further", "expiry_days")


def reconcile_termination(run: Run) -> None:
    """Bring the termination clauses of contracts to what the files state."""
    for item in run.portfolio.contracts:
        contract = run.contracts.get(item.shape.reference)
        if contract is None or not is_ours(contract):
            continue
        lines = contract.termination_rules.select_related("amendment").prefetch_related("kpis")
        existing = {(rule.code, rule.valid_from): rule for rule in lines}
        for number, line in enumerate(item.shape.termination):
            found = existing.pop((line.code, line.valid_from), None)
            kpis = _kpis(run, item, contract, number, line)
            least = _least(run, item, number, line)
            if kpis is not None and least is not None:
                _rule(run, item, contract, line, kpis, least, found)
        for code, day in existing:
            name = f"{contract.reference} {code} from {day}"
            run.not_in_files.append(("termination rule", name))


def _kpis(
    run: Run, item: Item[ContractShape], contract: Contract, number: int, line: TerminationShape
) -> list[Kpi] | None:
    """The KPIs a line names; None where one of them is missing or another contract's."""
    found = []
    for place, code in enumerate(line.kpis):
        kpi = run.kpis.get(code)
        governing = kpi.governing_contract if kpi else None
        if kpi is None or governing is None or governing.pk != contract.pk:
            message = f"'{code}' is not a KPI of {contract.reference}"
            steps = ("termination", number, "kpis", place)
            run.refuse(item, *steps, message=message, hint="name KPIs of the same contract")
            return None
        found.append(kpi)
    return found


def _least(
    run: Run, item: Item[ContractShape], number: int, line: TerminationShape
) -> dict[str, Any] | None:
    """What has to be reached: a value of the KPI, a percentage of the charges, or an amount; None
    for an amount that the currency cannot state."""
    least = line.at_least
    if least is None:
        return {"threshold": line.worse_than, "amount_minor": None}
    if least.amount is None:
        return {"threshold": least.percent, "amount_minor": None}
    try:
        minor = minor_amount(least.amount, item.shape.currency)
    except ValueError as error:
        hint = "state no more decimals; money is not rounded here"
        run.refuse(item, "termination", number, "at_least", message=str(error), hint=hint)
        return None
    return {"threshold": None, "amount_minor": minor}


def _rule(
    run: Run,
    item: Item[ContractShape],
    contract: Contract,
    line: TerminationShape,
    kpis: list[Kpi],
    least: dict[str, Any],
    existing: TerminationRule | None,
) -> None:
    values: dict[str, Any] = {name: getattr(line, name) for name in _SAME} | {
        "amendment": run.amendments_of(contract).get(line.amendment) if line.amendment else None,
        "clause": line.clause or "",
        **least,
    }
    code = f"{contract.reference} termination {line.code} from {line.valid_from}"
    if existing is None:
        named = {**values, "kpis": [kpi.code for kpi in kpis]}
        run.note(Action.ADD_VERSION, "contracts", code, stated(named))
        run.attempt(
            item,
            lambda: rule_add(
                contract=contract, code=line.code, valid_from=line.valid_from, kpis=kpis, **values
            ),
        )
        return
    differing = differences(existing, values)
    are_others = {kpi.pk for kpi in existing.kpis.all()} != {kpi.pk for kpi in kpis}
    if differing or are_others:
        run.note(Action.CHANGE, "contracts", code, compared(existing, differing))
        run.attempt(item, lambda: rule_correct(rule=existing, kpis=kpis, **differing))
