"""What reviews agreed on: actions with owner and date, decisions, and the points of an agenda."""

from datetime import date

from django.db.models import Q

from metrics.models import ReviewAction
from metrics.reviews.lists import closed_between
from metrics.reviews.packs.scores import Part
from metrics.reviews.packs.subject import Audience, PackSubject
from metrics.selectors import scope as scoped


def open_action_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """The vendor's open actions, whichever review agreed on them; due first at the top."""
    found = scoped.review_actions(audience.scope).select_related("owner", "review")
    still = found.filter(vendor=subject.vendor, state=ReviewAction.State.OPEN)
    return [_action(each, subject) for each in still.order_by("due_on", "id")]


def closed_action_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """What was done or dropped since the period began."""
    first_day, today = subject.span.first_day, max(subject.today, subject.span.last_day)
    found = closed_between(audience.scope, subject.vendor.pk, first_day, today)
    return [_action(each, subject) for each in found.order_by("closed_on", "id")]


def decision_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """What was decided since the period began, and in the review the pack is for."""
    first_day = subject.span.first_day
    since = Q(review__held_on__gte=first_day) | Q(written_at__date__gte=first_day)
    of_this = Q(review=subject.review) if subject.review else Q(pk__in=[])
    found = scoped.review_decisions(audience.scope).select_related("review")
    told = found.filter(since | of_this, review__vendor=subject.vendor).order_by("id")
    return [
        {
            "on": each.review.day.isoformat(),
            "review": each.review.get_kind_display(),
            "text": each.text,
            "by": each.by,
            "is_internal": each.is_internal,
        }
        for each in told
    ]


def note_parts(subject: PackSubject, audience: Audience) -> list[Part]:
    """The points of the agenda of the pack's review."""
    if subject.review is None:
        return []
    found = scoped.review_notes(audience.scope).filter(review=subject.review).order_by("id")
    return [{"text": each.text, "by": each.by, "is_internal": each.is_internal} for each in found]


def _action(action: ReviewAction, subject: PackSubject) -> Part:
    today = subject.today
    is_carried = subject.review is None or action.review_id != subject.review.pk
    return {
        "action": action.pk,
        "text": action.text,
        "side": action.get_side_display(),
        "owner": action.who,
        "agreed_on": action.agreed_on.isoformat(),
        "due_on": action.due_on.isoformat(),
        "age_days": action.age(today),
        "overdue_days": _overdue(action, today),
        "is_carried_over": is_carried,
        "state": action.get_state_display(),
        "note": action.note,
        "closed_on": action.closed_on.isoformat() if action.closed_on else "",
        "is_internal": action.is_internal,
    }


def _overdue(action: ReviewAction, today: date) -> int:
    return (today - action.due_on).days if action.is_overdue(today) else 0
