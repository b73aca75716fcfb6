"""What a person has to act on and when, as their scope and duties show it at this moment."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse

from contracts.models import Contract, User
from contracts.selectors import scope as contracts_scope
from contracts.selectors.certifications import certifications_list
from contracts.selectors.duties import Duty
from contracts.selectors.notice import current_term, next_notice
from contracts.selectors.scope import Scope, visible_to
from metrics.models import Review, ReviewAction
from metrics.reviews.lists import own_actions, reviews_list
from metrics.selectors.owed import Owed, Stand, owed_deliveries

_LOOKS_BACK = timedelta(days=30)
_NOTICE_ALARMS = (90, 30, 7)
_EXPIRY_ALARMS = (60, 14)
_ACTION_ALARMS = (3,)
_DELIVERY_ALARMS = (1,)


@dataclass(frozen=True, slots=True)
class Entry:
    """One day to act on. ``uid`` stays the same when its day moves, and names nobody.

    ``path``: the page about it; ``changed_at``: when it last changed; ``alarms``: days before
    it on which a calendar reminds; ``is_busy``: it takes time, as a meeting does.
    """

    uid: str
    day: date
    title: str
    text: str
    path: str
    changed_at: datetime
    alarms: tuple[int, ...] = ()
    is_busy: bool = False


def entries_of(owner: User, as_of: datetime) -> list[Entry]:
    """The dates of ``owner``, soonest first; none for a person who is locked."""
    today = as_of.date()
    scope = visible_to(owner, today)
    if scope.reader is None:
        return []
    makers: tuple[Callable[[Scope, date], Iterator[Entry]], ...] = (
        _notices,
        _certifications,
        _reviews,
        _actions,
    )
    found = [entry for make in makers for entry in make(scope, today)]
    found += _deliveries(scope, as_of)
    return sorted(found, key=lambda entry: (entry.day, entry.uid))


def _notices(scope: Scope, today: date) -> Iterator[Entry]:
    """Last days to stop a renewal or to exercise an option: never for vendors."""
    if not scope.is_internal:
        return
    for contract in contracts_scope.contracts(scope).filter(archived_at__isnull=True):
        notice = next_notice(contract, today=today)
        if notice and notice.serve_by and notice.serve_by >= today - _LOOKS_BACK:
            yield _notice(contract, notice.serve_by, notice.purpose, notice.term_ends, today)


def _notice(
    contract: Contract, serve_by: date, purpose: str, term_ends: date, today: date
) -> Entry:
    term = current_term(contract, today=today)
    return Entry(
        uid=_uid("notice", contract.pk, term.renewals),
        day=serve_by,
        title=f"{purpose}: {contract.title}",
        text=f"{contract.vendor}, contract {contract.reference}; its term ends on {term_ends}.",
        path=reverse("contract-terms", args=[contract.reference]),
        changed_at=contract.updated_at,
        alarms=_NOTICE_ALARMS,
    )


def _certifications(scope: Scope, today: date) -> Iterator[Entry]:
    """Certifications that run out, for those who look after them, and for the vendor itself."""
    if scope.is_internal and not scope.may(Duty.COMPLIANCE, Duty.TERMS):
        return
    dated = certifications_list(scope).filter(expires_on__gte=today - _LOOKS_BACK)
    for each in dated:
        assert each.expires_on is not None
        yield Entry(
            uid=_uid("certification", each.pk),
            day=each.expires_on,
            title=f"Certification expires: {each.standard}, {each.vendor}",
            text=f"Last day on which {each.standard} of {each.vendor} is valid.",
            path=reverse("certifications"),
            changed_at=each.updated_at,
            alarms=_EXPIRY_ALARMS,
        )


def _reviews(scope: Scope, today: date) -> Iterator[Entry]:
    """Reviews that are planned, and those of the last weeks."""
    since = today - _LOOKS_BACK
    recent = Q(held_on__isnull=True, planned_on__gte=since) | Q(held_on__gte=since)
    for review in reviews_list(scope=scope).filter(recent, called_off_on__isnull=True):
        yield _review(review)


def _review(review: Review) -> Entry:
    kept = " Internal: the vendor is not invited." if review.is_internal else ""
    return Entry(
        uid=_uid("review", review.pk),
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
        uid=_uid("action", action.pk),
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
    for owed in owed_deliveries(scope=scope, as_of=as_of, back=_LOOKS_BACK):
        if owed.stand is not Stand.ARRIVED:
            yield _delivery(owed)


def _delivery(owed: Owed) -> Entry:
    is_late = owed.stand is Stand.OVERDUE
    return Entry(
        uid=_uid("delivery", owed.feed.pk, owed.first_day),
        day=owed.due_at.date(),
        title=f"{'Delivery overdue' if is_late else 'Delivery due'}: {owed.feed.name}, {owed.label}",
        text=f"Rows of {owed.first_day} to {owed.last_day}.",
        path=reverse("deliveries"),
        changed_at=owed.overdue_at if is_late else owed.feed.updated_at,
        alarms=_DELIVERY_ALARMS,
    )


def _uid(*parts: object) -> str:
    """A name that is the same in every feed and tells nothing about what it names."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()
    return f"{digest[:32]}@kpotracker"
