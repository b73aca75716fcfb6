"""Rights to terminate open, are withdrawn and lapse, as the final results and the credits have it.

Recomputed from them each time that something changed: a right that is there already is left as it is, so the work
may be done again, or by several workers at once.
"""

import logging
from datetime import datetime, timedelta

from contracts.models import Contract
from contracts.services.acting import SYSTEM
from contracts.services.writing import lock, writing
from metrics.engine.rights import Opening
from metrics.models import RightsFollowed, TerminationRight
from metrics.rights.due import rights_due, rights_idle
from metrics.rights.moving import is_past, right_step
from metrics.rights.wanting import Key, Line, rights_wanted

logger = logging.getLogger(__name__)

State = TerminationRight.State


def rights_follow(as_of: datetime) -> int:
    """Open, withdraw and let lapse what is due by now; returns how many rights were moved.
    Contracts where nothing changed are not looked at; one that fails is logged and tried again next
    time, and the others go on."""
    due = rights_due()
    moved = sum(_followed(contract, as_of, due.until) for contract in due.contracts)
    rights_idle(due)
    return moved + rights_lapse(as_of=as_of)


def _followed(contract_id: int, as_of: datetime, seen_until: datetime | None) -> int:
    contract = Contract.objects.get(pk=contract_id)
    try:
        return contract_follow(contract=contract, as_of=as_of, seen_until=seen_until)
    except Exception:
        logger.exception("The rights to terminate %s could not be followed.", contract)
        return 0


def contract_follow(
    *, contract: Contract, as_of: datetime, seen_until: datetime | None = None
) -> int:
    """Bring the rights of one contract to what its final results and credits open; returns how
    many moved. ``seen_until``: every change stamped up to here is visible by now."""
    with writing():
        lock(contract)
        wanted = rights_wanted(contract, as_of=as_of)
        rights = TerminationRight.objects.filter(contract=contract).select_related("rule")
        known = {Key(it.rule_id, it.period_id, it.credit_period): it for it in rights}
        new = [_open(contract, key, wanted[key], as_of) for key in wanted if key not in known]
        moved = [right for key, right in known.items() if _follow(right, key in wanted, as_of)]
        if seen_until:
            RightsFollowed.objects.update_or_create(
                contract=contract, defaults={"seen_until": seen_until}
            )
        return len(new) + len(moved)


def rights_lapse(*, as_of: datetime) -> int:
    """End the rights whose last day has passed where their contract is; returns how many."""
    ahead = as_of.date() + timedelta(days=1)  # some zones are a day further
    soon = TerminationRight.objects.filter(state=State.OPEN, expires_on__lt=ahead)
    due = [right.pk for right in soon.select_related("contract") if is_past(right, as_of)]
    return sum(_lapse(pk, as_of) for pk in due)


def _lapse(pk: int, as_of: datetime) -> bool:
    with writing():
        right = TerminationRight.objects.get(pk=pk)
        lock(right)
        if right.state != State.OPEN:  # exercised or waived meanwhile
            return False
        reason = f"Nobody exercised it by {right.expires_on}."
        right_step(right=right, to=State.LAPSED, by=SYSTEM, reason=reason, as_of=as_of)
        return True


def _open(
    contract: Contract, key: Key, found: tuple[Line, Opening], as_of: datetime
) -> TerminationRight:
    line, opening = found
    days = line.rule.expiry_days
    right = TerminationRight(
        contract=contract,
        rule=line.rule,
        period_id=key.period,
        credit_period=key.credit_period,
        trigger=[day.isoformat() for day in opening.periods],
        opened_on=opening.opened_on,
        expires_on=None if days is None else opening.opened_on + timedelta(days=days),
        state="",
    )
    reason = f"{line.rule.get_kind_display()}: {', '.join(right.trigger)}."
    right_step(right=right, to=State.OPEN, by=SYSTEM, reason=reason, as_of=as_of)
    return right


def _follow(right: TerminationRight, is_wanted: bool, as_of: datetime) -> bool:
    """What was exercised, waived or lapsed stays; a restatement cures only what is open."""
    if right.state == State.OPEN and not is_wanted:
        reason = f"The {_grounds(right)}, and open it no more."
        right_step(right=right, to=State.WITHDRAWN, by=SYSTEM, reason=reason, as_of=as_of)
        return True
    if right.state == State.WITHDRAWN and is_wanted:
        reason = f"The {_grounds(right)} again, and open it as before."
        right_step(right=right, to=State.OPEN, by=SYSTEM, reason=reason, as_of=as_of)
        return True
    return False


def _grounds(right: TerminationRight) -> str:
    if right.rule.is_of_credits:
        return "credits it rested on were corrected"
    return "results it rested on were restated"
