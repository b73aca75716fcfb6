"""Where one cause led to several failures and the buyer takes the credit of one: which."""

from datetime import datetime

from django.core.exceptions import ValidationError

from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.auditing import audit
from contracts.services.writing import touch, writing
from metrics.casework.moving import refuse_without
from metrics.models import CreditChoice
from metrics.selectors import scope as scoped


def credit_choose(*, case_id: int, scope: Scope, as_of: datetime, reason: str = "") -> CreditChoice:
    """Take the credit of this breach case, of all that go back to its incident in its credit
    period. Counts where the terms say ``buyers_choice``; a later choice replaces it.

    Raises UnknownCodeError outside ``scope``, and ValidationError for a case without an incident.
    """
    if not scope.is_internal:
        raise ValidationError("The choice is the buyer's.")
    refuse_without(Duty.CASES, scope)
    with writing():
        cases = scoped.cases(scope).select_related("period__kpi__contract", "incident")
        case = cases.filter(pk=case_id).first()
        if case is None:
            raise UnknownCodeError(f"breach case {case_id} is unknown")
        contract = case.period.kpi.governing_contract
        if case.incident is None or contract is None:
            raise ValidationError("It goes back to no incident: there is nothing to choose from.")
        choice = CreditChoice(
            contract=contract,
            incident=case.incident,
            kpi_period=case.period,
            at=as_of,
            by=actor_of(scope).name[:200],
            reason=reason.strip(),
        )
        choice.save()
        touch(choice)
        audit(action="credit chosen", instance=case, reason=reason.strip()[:400])
    return choice
