"""The days that contracts state for claims: added and corrected; what cases rest on stays."""

from typing import Any

from contracts.models import Contract
from metrics.casework.terms import claim_terms_correct, claim_terms_set, claim_terms_used
from metrics.models import ClaimTerms
from metrics.portfolio.items import Item
from metrics.portfolio.plan import Action
from metrics.portfolio.reconcile.run import Run, compared, differences, is_ours, stated
from metrics.portfolio.shapes import ContractShape
from metrics.portfolio.shapes.claims import ClaimsShape


def reconcile_claims(run: Run) -> None:
    """Bring the days for claims to what the files state."""
    for item in run.portfolio.contracts:
        contract = run.contracts.get(item.shape.reference)
        if contract is None or not is_ours(contract):
            continue
        existing = {line.valid_from: line for line in contract.claim_terms.all()}
        for number, line in enumerate(item.shape.claims):
            _line(run, item, contract, number, existing.pop(line.valid_from, None))
        for day in existing:
            run.not_in_files.append(("days for claims", f"{contract.reference} from {day}"))


def _line(
    run: Run,
    item: Item[ContractShape],
    contract: Contract,
    number: int,
    existing: ClaimTerms | None,
) -> None:
    line = item.shape.claims[number]
    values = _values(run, contract, line)
    code = f"{contract.reference} days for claims from {line.valid_from}"
    if existing is None:
        run.note(Action.ADD_VERSION, "contracts", code, stated(values))
        run.attempt(
            item,
            lambda: claim_terms_set(contract=contract, valid_from=line.valid_from, **values),
        )
        return
    differing = differences(existing, values)
    if differing and claim_terms_used(existing):
        message = f"the days for claims from {line.valid_from} differ, and cases rest on them"
        hint = "put them back, and add a line with a later valid_from"
        run.refuse(item, "claims", number, message=message, hint=hint)
    elif differing:
        run.note(Action.CHANGE, "contracts", code, compared(existing, differing))
        run.attempt(item, lambda: claim_terms_correct(terms=existing, values=differing))


def _values(run: Run, contract: Contract, line: ClaimsShape) -> dict[str, Any]:
    """The line by model field; an amendment that is missing is said elsewhere."""
    return {
        "dispute_days": line.dispute.days,
        "dispute_from": line.dispute.start,
        "relief_days": line.relief.days,
        "relief_from": line.relief.start,
        "credit_days": line.credit.days,
        "credit_from": line.credit.start,
        "amendment": run.amendments_of(contract).get(line.amendment or 0),
    }
