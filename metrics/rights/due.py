"""Which contracts may have rights to open or to withdraw: by the stamps of what opens them."""

from typing import Final

from metrics.credits.due import SOURCES as OF_CREDITS
from metrics.models import CreditEntry, RightsFollowed, TerminationRule
from metrics.selectors.changes import Due, Source, contracts_changed, newest_stamp

# What a ledger depends on is what figures depend on, too: their heads and cases, KPIs, contracts.
_SOURCES: Final[tuple[Source, ...]] = (
    *OF_CREDITS,
    (CreditEntry, ("contract_id",)),
    (TerminationRule, ("contract_id",)),
)


def rights_due() -> Due:
    """The contracts with termination clauses in which anything changed since they were followed."""
    until = newest_stamp(_SOURCES)
    ruled = TerminationRule.objects.filter(contract__archived_at=None)
    holders = sorted(ruled.order_by().values_list("contract", flat=True).distinct())
    followed = dict(RightsFollowed.objects.values_list("contract", "seen_until"))
    seen = {pk: followed.get(pk) for pk in holders}
    changed = contracts_changed(_SOURCES, seen)
    return Due(
        tuple(pk for pk in holders if pk in changed),
        tuple(pk for pk in holders if pk not in changed),
        until,
    )


def rights_idle(due: Due) -> None:
    """Have the contracts without a change ask only for later ones next time."""
    idle = RightsFollowed.objects.filter(contract__in=due.idle)
    idle.exclude(seen_until=due.until).update(seen_until=due.until)
