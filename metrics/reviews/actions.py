"""Actions that reviews agree on: each with an owner and a date, carried on until it is closed."""

from datetime import date

from django.core.exceptions import ValidationError

from contracts.models import User
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.writing import change, lock, save, writing
from metrics.models import Review, ReviewAction

_CHANGEABLE = frozenset({"text", "side", "owner", "owner_name", "due_on", "is_internal"})


def action_agree(
    *,
    review: Review,
    text: str,
    side: str,
    due_on: date,
    agreed_on: date,
    owner: User | None = None,
    owner_name: str = "",
    is_internal: bool = False,
) -> ReviewAction:
    """An action of ``owner``, or of ``owner_name`` who does not sign in. Raises ValidationError."""
    if review.called_off_on:
        raise ValidationError(f"The review was called off on {review.called_off_on}.")
    action = ReviewAction(
        review=review,
        vendor=review.vendor,
        text=text,
        side=side,
        owner=owner,
        owner_name=owner_name,
        agreed_on=agreed_on,
        due_on=due_on,
        is_internal=is_internal or review.is_internal,
    )
    _check(action)
    with writing():
        save(action, action="agreed")
    return action


def action_change(*, action: ReviewAction, reason: str = "", **values: object) -> ReviewAction:
    """Change an open action's wording, owner or date. Raises ValidationError."""
    with writing():
        lock(action)
        if not action.is_open:
            closed = action.get_state_display().lower()
            raise ValidationError(f"It was {closed} already: reopen it.")
        for name in set(values) & _CHANGEABLE:
            setattr(action, name, values[name])
        _check(action)
        change(action, values, _CHANGEABLE)
    return action


def action_close(*, action: ReviewAction, state: str, note: str, closed_on: date) -> ReviewAction:
    """Mark an open action done or dropped, with a note of how or why. Raises ValidationError."""
    if not note.strip():
        raise ValidationError({"note": "Say how it was done, or why it is dropped."})
    with writing():
        lock(action)
        if not action.is_open:
            raise ValidationError(f"It was {action.get_state_display().lower()} already.")
        action.state, action.note, action.closed_on = state, note, closed_on
        save(action, action=action.get_state_display().lower(), reason=note)
    return action


def action_reopen(*, action: ReviewAction, reason: str) -> ReviewAction:
    """Take up again what was closed; the trail keeps the earlier note. Raises ValidationError."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is taken up again."})
    with writing():
        lock(action)
        if action.is_open:
            raise ValidationError("It is open.")
        action.state, action.note, action.closed_on = ReviewAction.State.OPEN, "", None
        save(action, action="reopened", reason=reason)
    return action


def may_close(action: ReviewAction, scope: Scope) -> bool:
    """Whether this reader may mark the action done: its owner, or who runs reviews.

    What somebody without an account owns at the vendor, any of the vendor's people may close.
    """
    reader = scope.reader
    if scope.may(Duty.PUBLISH):
        return True
    if action.owner_id is not None:
        return reader is not None and action.owner_id == reader.pk
    is_theirs = scope.vendor_ids is not None and action.vendor_id in scope.vendor_ids
    return is_theirs and action.side == ReviewAction.Side.VENDOR


def _check(action: ReviewAction) -> None:
    errors: dict[str, str] = {}
    owner, is_vendors = action.owner, action.side == ReviewAction.Side.VENDOR
    if owner is not None and is_vendors != (owner.role == User.Role.VENDOR):
        errors["owner"] = f"{owner} is not on that side."
    elif owner is not None and is_vendors and not _works_for(owner, action):
        errors["owner"] = f"{owner} is not one of {action.vendor}'s people."
    if is_vendors and action.is_internal:
        errors["is_internal"] = "What the vendor has to do cannot be kept from the vendor."
    if errors:
        raise ValidationError(errors)


def _works_for(owner: User, action: ReviewAction) -> bool:
    return owner.vendors.filter(pk=action.vendor_id).exists()
