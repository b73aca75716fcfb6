"""Four eyes: what one person asks for happens once a second one, who may decide it, said yes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from contracts.models import ApiKey, Approval, Deputy, User, Vendor
from contracts.selectors.duties import Duty, duties_of_role
from contracts.selectors.scope import visible_to
from contracts.services.auditing import subject_of
from contracts.services.writing import save, writing


@dataclass(frozen=True, slots=True)
class Decision:
    """A kind of request: who may decide it and what follows.

    ``carry_out`` takes the approved request and does what it asks for; ``turn_down`` what follows
    a refusal, ``take_back`` what follows where whoever asked takes it back. All run in the
    transaction of the decision, and may refuse by ValidationError.
    ``where``: the address of the page that shows what the request is about, or "". ``tell``: what
    will be done in the words of people, {name: what}; the payload as it is where a kind has none.
    """

    title: str
    duty: Duty
    carry_out: Callable[[Approval], None]
    turn_down: Callable[[Approval], None] | None = None
    take_back: Callable[[Approval], None] | None = None
    where: Callable[[Approval], str] | None = None
    tell: Callable[[Approval], Mapping[str, str]] | None = None


_DECISIONS: dict[str, Decision] = {}


def decision_register(kind: str, decision: Decision) -> None:
    """Declare a kind of request; applications do it when they start."""
    _DECISIONS[kind] = decision


def decision_of(kind: str) -> Decision:
    """Raises LookupError for a kind that no application declared."""
    return _DECISIONS[kind]


def decisions() -> Mapping[str, Decision]:
    return dict(_DECISIONS)


def approval_request(
    *,
    kind: str,
    instance: models.Model,
    reason: str,
    requested_by: User | ApiKey,
    payload: Mapping[str, Any] | None = None,
    vendor: Vendor | None = None,
) -> Approval:
    """Ask for a decision about ``instance``, as a person or as a program. Raises ValidationError
    without a reason, and while an earlier request of this kind still waits."""
    decision_of(kind)
    subject = subject_of(instance)
    if Approval.objects.filter(kind=kind, subject=subject, state="requested").exists():
        raise ValidationError(f"{instance}: a request waits for its answer already")
    request = Approval(
        kind=kind,
        subject=subject,
        label=str(instance)[:300],
        payload=dict(payload or {}),
        reason=reason.strip(),
        vendor=vendor,
        requested_by=requested_by if isinstance(requested_by, User) else None,
        requested_key=requested_by if isinstance(requested_by, ApiKey) else None,
    )
    with writing():
        save(request, action="asked for", reason=reason)
    return request


def approval_decide(
    *, approval: Approval, approve: bool, decided_by: User, as_of: datetime, answer: str = ""
) -> Approval:
    """Approve and carry out, or refuse. Raises ValidationError: decided already, not by a second
    person, or by somebody who may not; then nothing is written."""
    with writing():
        request = Approval.objects.select_for_update().get(pk=approval.pk)
        _refuse(request, approve, decided_by, as_of, answer)
        request.state = Approval.State.APPROVED if approve else Approval.State.REFUSED
        request.decided_by, request.decided_at, request.answer = decided_by, as_of, answer.strip()
        save(request, action="approved" if approve else "refused", reason=answer)
        decision = decision_of(request.kind)
        follow = decision.carry_out if approve else decision.turn_down
        if follow:
            follow(request)
    return request


def approval_withdraw(*, approval: Approval, withdrawn_by: User, as_of: datetime) -> Approval:
    """Take a request back. Raises ValidationError for another's request, or a decided one."""
    with writing():
        request = Approval.objects.select_for_update().get(pk=approval.pk)
        if request.state != Approval.State.REQUESTED or request.requested_by_id != withdrawn_by.pk:
            raise ValidationError("Only your own request that still waits can be taken back.")
        request.state, request.decided_at = Approval.State.WITHDRAWN, as_of
        save(request, action="took back")
        if follow := decision_of(request.kind).take_back:
            follow(request)
    return request


def _refuse(
    request: Approval, approve: bool, decided_by: User, as_of: datetime, answer: str
) -> None:
    if request.state != Approval.State.REQUESTED:
        raise ValidationError(f"This was {request.get_state_display().lower()} already.")
    if request.requested_by_id == decided_by.pk:
        raise ValidationError("You asked for it yourself: a second person has to decide.")
    if not visible_to(decided_by, as_of.date()).may(decision_of(request.kind).duty):
        raise ValidationError("Your role does not decide requests of this kind.")
    duty, asked_by = decision_of(request.kind).duty, request.requested_by_id
    if not may_second(decided_by, duty=duty, asked_by=asked_by, today=as_of.date()):
        raise ValidationError(
            "You could decide this only in place of whoever asked: a second person has to decide."
        )
    if not approve and not answer.strip():
        raise ValidationError({"answer": "Say why it is refused."})


def may_second(person: User, *, duty: Duty, asked_by: int | None, today: date) -> bool:
    """Whether ``person`` holds ``duty`` by their own role, or in place of somebody else than who
    asked: otherwise people could name their own second person."""
    if visible_to(person).may(duty):
        return True
    others = Deputy.objects.filter(
        deputy=person, first_day__lte=today, last_day__gte=today, absent__is_active=True
    ).exclude(absent=asked_by)
    roles = others.values_list("absent__role", flat=True)
    return any(duty in duties_of_role(role) for role in roles)
