"""Planning and holding reviews, and what is written down in them."""

from collections.abc import Collection
from datetime import date

from django.core.exceptions import ValidationError

from contracts.models import Contract, User, Vendor
from contracts.services.writing import change, lock, save, touch, writing
from metrics.models import Review, ReviewDecision, ReviewNote

_CHANGEABLE = frozenset({"kind", "planned_on", "chair", "attendees", "is_internal"})


def review_plan(
    *,
    vendor: Vendor,
    kind: str,
    planned_on: date,
    chair: User,
    contracts: Collection[Contract] = (),
    attendees: str = "",
    is_internal: bool = False,
) -> Review:
    """A review to come; ``contracts`` narrows it to some of the vendor's. Raises ValidationError."""
    review = Review(
        vendor=vendor,
        kind=kind,
        planned_on=planned_on,
        chair=chair,
        attendees=attendees,
        is_internal=is_internal,
    )
    _check(review, contracts)
    with writing():
        save(review, action="planned")
        review.contracts.set(contracts)
    return review


def review_change(*, review: Review, contracts: Collection[Contract], **values: object) -> Review:
    """Change anything but the vendor. Raises ValidationError, also for one that was called off."""
    with writing():
        lock(review)
        _refuse_called_off(review)
        change(review, values, _CHANGEABLE)
        _check(review, contracts)
        review.contracts.set(contracts)
        touch(review)
    return review


def review_hold(*, review: Review, held_on: date, attendees: str, today: date) -> Review:
    """Note that the review took place, and who was there. Raises ValidationError."""
    if held_on > today:
        raise ValidationError({"held_on": f"{held_on} has not come yet: a review is held first."})
    with writing():
        lock(review)
        _refuse_called_off(review)
        review.held_on, review.attendees = held_on, attendees
        save(review, action="held")
    return review


def review_call_off(*, review: Review, reason: str, today: date) -> Review:
    """Let a planned review go; its open actions wait for the next one. Raises ValidationError."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is called off."})
    with writing():
        lock(review)
        if not review.is_upcoming:
            raise ValidationError("Only a review that is still to come can be called off.")
        review.called_off_on = today
        save(review, action="called off", reason=reason)
    return review


def note_write(*, review: Review, text: str, is_internal: bool, by: User) -> ReviewNote:
    """A point of the agenda or a note; internal ones never reach the vendor."""
    note = ReviewNote(review=review, text=text, is_internal=is_internal, by=str(by))
    with writing():
        save(note)
        touch(review)
    return note


def decision_write(*, review: Review, text: str, is_internal: bool, by: User) -> ReviewDecision:
    """What the review decided. Raises ValidationError for one that was called off."""
    _refuse_called_off(review)
    decision = ReviewDecision(review=review, text=text, is_internal=is_internal, by=str(by))
    with writing():
        save(decision)
        touch(review)
    return decision


def _refuse_called_off(review: Review) -> None:
    if review.called_off_on:
        raise ValidationError(f"It was called off on {review.called_off_on}: plan another one.")


def _check(review: Review, contracts: Collection[Contract]) -> None:
    errors: dict[str, str] = {}
    foreign = [each.reference for each in contracts if each.vendor_id != review.vendor_id]
    if foreign:
        errors["contracts"] = f"{', '.join(foreign)}: not a contract of {review.vendor}."
    if review.chair.role == User.Role.VENDOR:
        errors["chair"] = f"{review.chair} is at a vendor: a review is chaired by one of us."
    if errors:
        raise ValidationError(errors)
