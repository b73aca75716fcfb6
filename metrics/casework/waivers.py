"""Letting a failure go: one person asks, a second one who may decide agrees."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.urls import reverse

from contracts.models import ApiKey, Approval, User
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope, visible_to
from contracts.services.acting import Actor, actor_of
from contracts.services.approvals import Decision, approval_request
from contracts.services.writing import touch, writing
from metrics.casework.moves import WAIVE
from metrics.casework.moving import case_lock, refuse_move, refuse_without, step_take
from metrics.models import BreachCase

KIND = "waiver"


def waiver_request(*, case_id: int, waiver_scope: str, reason: str, scope: Scope) -> Approval:
    """Ask for a waiver of ``credit`` or ``credit_and_repetition``, as a person or as a program.
    Raises ValidationError, also while another request waits."""
    refuse_without(Duty.CASES, scope)
    if waiver_scope not in BreachCase.WaiverScope.values:
        raise ValidationError({"waiver_scope": "Choose what the waiver covers."})
    if not reason.strip():
        raise ValidationError({"reason": "Say why: whoever decides reads it."})
    with writing():
        case = case_lock(case_id, scope)
        refuse_move(case, WAIVE)
        touch(case)
        contract, by = case.period.kpi.governing_contract, actor_of(scope)
        return approval_request(
            kind=KIND,
            instance=case,
            reason=reason,
            requested_by=_asking(by),
            payload={"waiver_scope": waiver_scope},
            vendor=contract.vendor if contract else None,
        )


def _asking(by: Actor) -> User | ApiKey:
    found = by.user or by.key
    assert found is not None  # actor_of names one of them
    return found


def _carry_out(request: Approval) -> None:
    """Waive the case; refused where it moved on meanwhile."""
    person, at = request.decided_by, request.decided_at
    assert person is not None
    assert isinstance(at, datetime)
    case = case_lock(subject_number(request), visible_to(person, at.date()))
    refuse_move(case, WAIVE)
    told = f"{request.reason} (asked for by {request.asked_by})"
    if request.answer:
        told = f"{told}. {request.answer}"
    step_take(
        case=case,
        move=WAIVE,
        by=Actor(str(person), person),
        as_of=at,
        reason=told,
        is_internal=True,
        waiver_scope=request.payload["waiver_scope"],
    )


def _leave(request: Approval) -> None:
    """The case stays as it is, and is told of anew: nothing waits any more."""
    touch(BreachCase.objects.get(pk=subject_number(request)))


def subject_number(request: Approval) -> int:
    """The number of the record that a request is about."""
    return int(request.subject.rpartition(":")[2])


def _where(request: Approval) -> str:
    return reverse("case", args=[subject_number(request)])


def _tell(request: Approval) -> dict[str, str]:
    return {"Covers": BreachCase.WaiverScope(request.payload["waiver_scope"]).label}


WAIVER = Decision(
    title="Waiver of a breach case",
    duty=Duty.DECIDE,
    carry_out=_carry_out,
    turn_down=_leave,
    take_back=_leave,
    where=_where,
    tell=_tell,
)
