"""What a person has to act on and when, as their scope and duties show it at this moment."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from django.db.models import Q
from django.urls import reverse

from contracts.models import User
from contracts.selectors.certifications import certifications_list
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope, visible_to
from metrics.models import Review, ReviewAction
from metrics.reviews.dates.contracts import notices, obligations, rights
from metrics.reviews.dates.credits import credits
from metrics.reviews.dates.entry import LOOKS_BACK, Entry, uid
from metrics.reviews.lists import own_actions, reviews_list
from metrics.selectors.owed import Owed, Stand, owed_deliveries

_EXPIRY_ALARMS = (60, 14)
_ACTION_ALARMS = (3,)
_DELIVERY_ALARMS = (1,)


def entries_of(owner: User, as_of: datetime) -> list[Entry]:
    """The dates of ``owner``, soonest first; none for a person who is locked."""
    today = as_of.date()
    scope = visible_to(owner, today)
    if scope.reader is None:
        return []
    makers: tuple[Callable[[Scope, date], Iterator[Entry]], ...] = (
        notices,
        _certifications,
        obligations,
        rights,
        credits,
        _reviews,
        _actions,
    )
    found = [entry for make in makers for entry in make(scope, today)]
    found += _deliveries(scope, as_of)
    return sorted(found, key=lambda entry: (entry.day, entry.uid))


def _certifications(scope: Scope, today: date) -> Iterator[Entry]:
    """Certifications that run out, for those who look after them, and for the vendor itself."""
    if scope.is_internal and not scope.may(Duty.COMPLIANCE, Duty.TERMS):
        return
    dated = certifications_list(scope).filter(expires_on__gte=today - LOOKS_BACK)
    for each in dated:
        assert each.expires_on is not None
        yield Entry(
            uid=uid("certification", each.pk),
            day=each.expires_on,
            title=f"Certification expires: {each.standard}, {each.vendor}",
            text=f"Last day on which {each.standard} of {each.vendor} is valid.",
            path=reverse("certifications"),
            changed_at=each.updated_at,
            alarms=_EXPIRY_ALARMS,
        )


def _reviews(scope: Scope, today: date) -> Iterator[Entry]:
    """Reviews that are planned, and those of the last weeks."""
    since = today - LOOKS_BACK
    recent = Q(held_on__isnull=True, planned_on__gte=since) | Q(held_on__gte=since)
    for review in reviews_list(scope=scope).filter(recent, called_off_on__isnull=True):
        yield _review(review)


def _review(review: Review) -> Entry:
    kept = " Internal: the vendor is not invited." if review.is_internal else ""
    return Entry(
        uid=uid("review", review.pk),
        day=review.day,
        title=f"{review.get_kind_display()} review: {review.vendor}",
        text=f"Chaired by {review.chair}.{kept}",
        path=reverse("review", args=[review.pk]),
        changed_at=review.updated_at,
        is_busy=True,
    )


def _actions(scope: Scope, today: date) -> Iterator[Entry]:
    """The owner's own open actions."""
    for action in own_actions(scope=scope):
        yield _action(action)


def _action(action: ReviewAction) -> Entry:
    return Entry(
        uid=uid("action", action.pk),
        day=action.due_on,
        title=f"Action due: {action.text[:120]}",
        text=f"{action.text}\nAgreed on {action.agreed_on} with {action.vendor}.",
        path=reverse("action", args=[action.pk]),
        changed_at=action.updated_at,
        alarms=_ACTION_ALARMS,
    )


def _deliveries(scope: Scope, as_of: datetime) -> Iterator[Entry]:
    """Deliveries that are owed and not here, for those who deliver or look after feeds."""
    if not scope.may(Duty.DELIVER, Duty.FEEDS):
        return
    for owed in owed_deliveries(scope=scope, as_of=as_of, back=LOOKS_BACK):
        if owed.stand is not Stand.ARRIVED:
            yield _delivery(owed)


def _delivery(owed: Owed) -> Entry:
    is_late = owed.stand is Stand.OVERDUE
    return Entry(
        uid=uid("delivery", owed.feed.pk, owed.first_day),
        day=owed.due_at.date(),
        title=f"{'Delivery overdue' if is_late else 'Delivery due'}: {owed.feed.name}, {owed.label}",
        text=f"Rows of {owed.first_day} to {owed.last_day}.",
        path=reverse("deliveries"),
        changed_at=owed.overdue_at if is_late else owed.feed.updated_at,
        alarms=_DELIVERY_ALARMS,
    )
