"""What is noted on a case without moving it: who has it, when it rests, what is said about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError

from contracts.models import User
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.auditing import audit
from contracts.services.writing import save, writing
from metrics.casework.moves import SETTLED
from metrics.casework.moving import case_lock, refuse_without
from metrics.models import BreachCase, CaseComment, Incident, KpiPeriod

LONGEST_SNOOZE = timedelta(days=90)  # a snooze without an end would be a waiver that nobody gave


def case_assign(*, case_id: int, assignee: User | None, scope: Scope) -> BreachCase:
    """Give a case to somebody at the buyer's, or to nobody. Raises ValidationError."""
    if assignee and (assignee.role == User.Role.VENDOR or not assignee.is_active):
        raise ValidationError({"assignee": "Choose somebody at the buyer's who may sign in."})
    with _changed(case_id, scope) as case:
        if case.assignee_id == (assignee.pk if assignee else None):
            raise ValidationError(f"It is with {assignee or 'nobody'} already.")
        case.assignee = assignee
        save(case, action="assigned")
    return case


def case_snooze(
    *, case_id: int, until: date | None, until_worse: bool, scope: Scope, as_of: datetime
) -> BreachCase:
    """Let a case rest until a day, or until its shortfall grows, at most 90 days from now.

    Raises ValidationError, also for a case that is settled and asks for nothing anyway.
    """
    today = as_of.date()
    latest = today + LONGEST_SNOOZE
    if until is None and not until_worse:
        raise ValidationError({"until": "Choose a day, or let it rest until it gets worse."})
    if until and not today < until <= latest:
        raise ValidationError({"until": f"Choose a day after today, up to {latest:%-d %B %Y}."})
    with _changed(case_id, scope) as case:
        if case.state in SETTLED:
            raise ValidationError(f"It is {case.get_state_display().lower()}: nothing is left.")
        case.snoozed_until, case.snoozed_until_worse = until or latest, until_worse
        case.snoozed_shortfall = _shortfall(case) if until_worse else ""
        save(case, action="snoozed")
    return case


def case_wake(*, case_id: int, scope: Scope) -> BreachCase:
    """End a snooze before its time."""
    with _changed(case_id, scope) as case:
        case.snooze_end()
        save(case, action="woke")
    return case


def case_link(*, case_id: int, incident: Incident | None, scope: Scope) -> BreachCase:
    """Say which incident a failure goes back to. Raises ValidationError for another vendor's."""
    with _changed(case_id, scope) as case:
        contract = case.period.kpi.governing_contract
        if incident and incident.vendor_id != (contract.vendor_id if contract else None):
            raise ValidationError({"incident": "The incident is another vendor's."})
        case.incident = incident
        save(case, action="linked to an incident" if incident else "took from its incident")
    return case


def comment_add(*, case_id: int, body: str, is_internal: bool, scope: Scope) -> CaseComment:
    """Write on a case: to both sides, or among buyers. Raises ValidationError."""
    refuse_without(Duty.INTERNAL if is_internal else Duty.COMMENT, scope)
    with writing():
        case = case_lock(case_id, scope)
        if case.state == BreachCase.State.PROVISIONAL and not is_internal:
            raise ValidationError(
                "The vendor does not see this case yet: write an internal note, or wait until "
                "the figure is final."
            )
        by = actor_of(scope)
        comment = CaseComment(
            case=case, author=by.user, key=by.key, body=body.strip(), is_internal=is_internal
        )
        comment.full_clean()
        comment.save()
        kind = "an internal note" if is_internal else "a comment both sides read"
        audit(action=f"wrote {kind}", instance=case)
    return comment


@contextmanager
def _changed(case_id: int, scope: Scope) -> Iterator[BreachCase]:
    """A case that its reader may work on, locked."""
    refuse_without(Duty.CASES, scope)
    actor_of(scope)
    with writing():
        yield case_lock(case_id, scope)


def _shortfall(case: BreachCase) -> str:
    head = KpiPeriod.objects.select_related("current").get(pk=case.period_id)
    return head.current.shortfall if head.current else ""
