"""Reading reviews and their actions: lists, and what one review takes over from those before."""

from datetime import date

from django.db.models import Q, QuerySet

from contracts.selectors.scope import Scope
from metrics.models import Review, ReviewAction
from metrics.selectors import scope as scoped

UPCOMING = Q(held_on__isnull=True, called_off_on__isnull=True)
REVIEW_STATES = {
    "upcoming": UPCOMING,
    "held": Q(held_on__isnull=False),
    "called_off": Q(called_off_on__isnull=False),
}
_OPEN = Q(state=ReviewAction.State.OPEN)


def reviews_list(
    *, scope: Scope, vendor: str = "", kind: str = "", state: str = ""
) -> QuerySet[Review]:
    """Reviews with vendor and chair; upcoming ones soonest first, others newest first.

    ``state``: upcoming, held, called_off, or empty for all.
    """
    found = scoped.reviews(scope).select_related("vendor", "chair")
    if vendor:
        found = found.filter(vendor__code=vendor)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(REVIEW_STATES[state])
    order = ("planned_on", "id") if state == "upcoming" else ("-planned_on", "-id")
    return found.order_by(*order)


def actions_list(
    *,
    scope: Scope,
    today: date,
    vendor: str = "",
    state: str = "",
    mine: bool = False,
    overdue: bool = False,
) -> QuerySet[ReviewAction]:
    """Actions with vendor, owner and review, those due first at the top; ``state`` empty: all."""
    found = scoped.review_actions(scope).select_related("vendor", "owner", "review__vendor")
    if vendor:
        found = found.filter(vendor__code=vendor)
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.filter(_owned_by(scope))
    if overdue:
        found = found.filter(_OPEN, due_on__lt=today)
    return found.order_by("due_on", "id")


def own_actions(*, scope: Scope) -> QuerySet[ReviewAction]:
    """The open actions that the reader has to do."""
    found = scoped.review_actions(scope).select_related("vendor")
    return found.filter(_OPEN & _owned_by(scope)).order_by("due_on", "id")


def carried_over(review: Review, *, scope: Scope) -> QuerySet[ReviewAction]:
    """Actions that earlier reviews of the vendor agreed on and that were open when it was held,
    or are open now while it is still to come.
    """
    found = _joined(scope).filter(_carried_to(review), vendor=review.vendor_id)
    return found.exclude(review=review.pk).order_by("due_on", "id")


def actions_shown(review: Review, *, scope: Scope) -> tuple[list[ReviewAction], list[ReviewAction]]:
    """What the review agreed on, and what is carried over to it: one query."""
    found = actions_of(review, scope=scope).order_by("due_on", "id")
    agreed = [action for action in found if action.review_id == review.pk]
    return agreed, [action for action in found if action.review_id != review.pk]


def actions_of(review: Review, *, scope: Scope) -> QuerySet[ReviewAction]:
    """What the review agreed on, and what is carried over to it."""
    shown = Q(review=review.pk) | _carried_to(review)
    return _joined(scope).filter(shown, vendor=review.vendor_id)


def closed_between(
    scope: Scope, vendor_id: int, first_day: date, last_day: date
) -> QuerySet[ReviewAction]:
    """The vendor's actions that were done or dropped in these days."""
    found = scoped.review_actions(scope).select_related("owner", "review__vendor")
    return found.filter(vendor=vendor_id, closed_on__range=(first_day, last_day))


def _owned_by(scope: Scope) -> Q:
    """Owned by the reader; at a vendor also what someone without an account owns there."""
    mine = Q(owner=scope.reader)
    if scope.is_internal:
        return mine
    return mine | Q(owner__isnull=True, side=ReviewAction.Side.VENDOR)


def _joined(scope: Scope) -> QuerySet[ReviewAction]:
    return scoped.review_actions(scope).select_related("vendor", "owner", "review__vendor")


def _carried_to(review: Review) -> Q:
    if review.held_on is None:
        return _OPEN
    still = _OPEN | Q(closed_on__gte=review.held_on)
    return still & Q(agreed_on__lte=review.held_on)
