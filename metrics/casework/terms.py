"""The contract's own days for disputes and claims, dated like every other term."""

from datetime import date

from contracts.models import Amendment, Contract
from contracts.services.writing import save, touch, writing
from metrics.models import ClaimTerms


def claim_terms_set(
    *,
    contract: Contract,
    valid_from: date,
    dispute_days: int,
    relief_days: int,
    amendment: Amendment | None = None,
) -> ClaimTerms:
    """State the days for periods that begin on ``valid_from`` or later; older periods keep
    theirs. Raises ValidationError, also for a second line of the same day."""
    terms = ClaimTerms(
        contract=contract,
        valid_from=valid_from,
        amendment=amendment,
        dispute_days=dispute_days,
        relief_days=relief_days,
    )
    with writing():
        save(terms)
        touch(contract)
    return terms
