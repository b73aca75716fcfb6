"""A right to terminate takes a step: opened, exercised, waived, lapsed or withdrawn."""

from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError

from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.writing import lock, save, writing
from metrics.models import RightStep, TerminationRight

State = TerminationRight.State
DECIDES: Final = Duty.DECIDE
BY_PEOPLE: Final = (State.EXERCISED, State.WAIVED)


def right_move(
    *, right: TerminationRight, to: str, scope: Scope, reason: str, as_of: datetime
) -> TerminationRight:
    """Exercise or waive an open right. Raises ValidationError for one that is open no more, for
    one whose last day has passed, and without a reason."""
    if to not in BY_PEOPLE:
        raise ValidationError(f"A right is not {to} by hand: exercise it or waive it.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why: this cannot be taken back."})
    with writing():
        lock(right)
        _refuse(right, as_of)
        by = actor_of(scope).name
        right_step(right=right, to=to, by=by, reason=reason, as_of=as_of)
    return right


def right_step(
    *, right: TerminationRight, to: str, by: str, reason: str, as_of: datetime
) -> RightStep:
    """Append a step within ``writing()``, and put the right where it leads."""
    before, right.state = right.state, to
    save(right, action=State(to).label.lower(), reason=reason)
    step = RightStep(
        right=right, from_state=before, to_state=to, at=as_of, by=by[:200], reason=reason
    )
    step.full_clean()
    step.save()
    return step


def is_past(right: TerminationRight, as_of: datetime) -> bool:
    """Whether its last day is over where its contract is."""
    return right.expires_on is not None and right.expires_on < right.contract.day_of(as_of)


def _refuse(right: TerminationRight, as_of: datetime) -> None:
    if right.state != State.OPEN:
        raise ValidationError(f"It is {right.get_state_display().lower()} already.")
    if is_past(right, as_of):
        raise ValidationError(f"Its last day was {right.expires_on}: it has lapsed.")
