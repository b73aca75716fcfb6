"""The contract's own days for disputes and claims, dated like every other term."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from contracts.models import Amendment, Contract
from contracts.services.writing import assign, save, touch, writing
from metrics.models import BreachCase, ClaimTerms
from metrics.models.relief import DISPUTE_DAYS, RELIEF_DAYS

Start = ClaimTerms.Start
CHANGEABLE = frozenset(
    {
        "amendment",
        *(
            f"{kind}_{what}"
            for kind in ("dispute", "relief", "credit")
            for what in ("days", "from")
        ),
    }
)


def claim_terms_set(
    *,
    contract: Contract,
    valid_from: date,
    dispute_days: int = DISPUTE_DAYS,
    dispute_from: str = Start.FINAL,
    relief_days: int = RELIEF_DAYS,
    relief_from: str = Start.FINAL,
    credit_days: int | None = None,
    credit_from: str = Start.FINAL,
    amendment: Amendment | None = None,
) -> ClaimTerms:
    """State the days for periods that begin on ``valid_from`` or later, and what each begins
    with; older periods keep theirs. ``credit_days`` None: without a limit. Raises
    ValidationError, also for a second line of the same day."""
    terms = ClaimTerms(
        contract=contract,
        valid_from=valid_from,
        amendment=amendment,
        dispute_days=dispute_days,
        dispute_from=dispute_from,
        relief_days=relief_days,
        relief_from=relief_from,
        credit_days=credit_days,
        credit_from=credit_from,
    )
    with writing():
        save(terms)
        touch(contract)
    return terms


def claim_terms_correct(*, terms: ClaimTerms, values: Mapping[str, Any]) -> ClaimTerms:
    """Correct a line that no breach case rests on. Raises ValidationError, also for one that
    some case does rest on: its vendor was told of those days."""
    if claim_terms_used(terms):
        raise ValidationError(
            f"Cases rest on the days from {terms.valid_from}: state others from a later day on."
        )
    with writing():
        assign(terms, values, CHANGEABLE)
        save(terms)
        touch(terms.contract)
    return terms


def claim_terms_used(terms: ClaimTerms) -> bool:
    """Whether the time for claims of some case is counted by this line."""
    after = ClaimTerms.objects.filter(contract=terms.contract_id, valid_from__gt=terms.valid_from)
    until = after.order_by("valid_from").values_list("valid_from", flat=True).first()
    cases = BreachCase.objects.filter(period__first_day__gte=terms.valid_from)
    if until:
        cases = cases.filter(period__first_day__lt=until)
    own = cases.filter(period__kpi__contract=terms.contract_id)
    by_process = cases.filter(
        period__kpi__contract=None, period__kpi__process__contract=terms.contract_id
    )
    return own.exists() or by_process.exists()
