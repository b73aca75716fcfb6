"""Relief: an event that excuses a failure. Either side asks, a second person decides.

What is granted counts: a figure that is open follows it, a final one by a restatement.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse

from contracts.models import Approval, User
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.approvals import (
    Decision,
    approval_decide,
    approval_request,
    approval_withdraw,
)
from contracts.services.auditing import subject_of
from contracts.services.documents import document_store
from contracts.services.writing import lock, save, writing
from kpotracker.toolkit import doorbell
from metrics.casework.claiming import Claim, Cover, claim_refuse, cover_errors
from metrics.casework.moves import SETTLED
from metrics.casework.moving import case_lock, person_of, refuse_without
from metrics.casework.waivers import subject_number
from metrics.casework.windows import Window, windows_of
from metrics.engine import to_us
from metrics.evaluation.excusing import cover_words
from metrics.feeds.marks import append_marks
from metrics.models import BreachCase, KpiPeriod, ReliefRequest
from metrics.selectors import scope as scoped

KIND = "relief"
State = ReliefRequest.State


def relief_request(
    *,
    case_id: int,
    claim: Claim,
    scope: Scope,
    as_of: datetime,
    evidence: Sequence[UploadedFile[Any]] = (),
) -> ReliefRequest:
    """Ask for relief from the failure of a case, as a person or as a program.

    Raises ValidationError: without reason or event, for an event outside the period, for rows
    that cannot be told apart so, by the vendor after the last day for it, or while the same
    request waits.
    """
    refuse_without(Duty.CASES if scope.is_internal else Duty.CONTEST, scope)
    by = actor_of(scope)
    with writing():
        case = case_lock(case_id, scope)
        window = windows_of(case).relief.for_event(claim.intervals, case.period.last_day)
        _refuse_late(case, window, scope, as_of)
        claim_refuse(claim, case.period)
        relief = ReliefRequest(
            period=case.period,
            case=case,
            reason=claim.reason.strip(),
            rows=claim.rows.strip(),
            claim_by=window.last_day,
            requested_by=by.user,
            requested_key=by.key,
            requested_at=as_of,
            **claim.cover.written,
        )
        _refuse_again(relief)
        save(relief, action="asked for", reason=claim.reason)
        for upload in evidence:
            document_store(upload=upload, subject=case, uploaded_by=person_of(scope))
        relief_ask(relief)
    return relief


def relief_request_together(
    *, case_ids: Sequence[int], claim: Claim, scope: Scope, as_of: datetime
) -> list[ReliefRequest]:
    """Ask the same for several failures of one contract, a request for each; all or none.

    Raises ValidationError as ``relief_request`` does, and for cases of several contracts.
    """
    with writing():
        cases = [case_lock(number, scope) for number in sorted(set(case_ids))]
        if len({case.period.kpi.governing_contract for case in cases}) > 1:
            raise ValidationError("These failures belong to several contracts: ask for each.")
        return [
            relief_request(case_id=case.pk, claim=claim, scope=scope, as_of=as_of) for case in cases
        ]


def relief_ask(relief: ReliefRequest) -> Approval:
    """Have a second person decide on it, within ``writing()``."""
    contract = relief.period.kpi.governing_contract
    return approval_request(
        kind=KIND,
        instance=relief,
        reason=relief.reason,
        requested_by=relief.requested_by or relief.requested_key,
        payload={
            "treatment": relief.treatment,
            "covers": cover_words(relief.asked),
            "case": relief.case_id,
        },
        vendor=contract.vendor if contract else None,
    )


def relief_grant(
    *, relief_id: int, cover: Cover, decided_by: User, as_of: datetime, answer: str = ""
) -> ReliefRequest:
    """Approve what ``cover`` says of a request, which may be less than was asked for.

    Raises ValidationError: for what lies outside what was asked for, for what cannot be measured,
    and where this person may not decide.
    """
    with writing():
        relief = _waiting(relief_id)
        errors = cover_errors(cover, relief.period) | _beyond(cover, relief)
        if errors:
            raise ValidationError(errors)
        request = _asked(relief)
        lock(request)  # every decision holds it first, and then what it is about
        request.payload = request.payload | {"granted": cover.written}
        save(request, action="narrowed")
        approval_decide(
            approval=request, approve=True, decided_by=decided_by, as_of=as_of, answer=answer
        )
    return ReliefRequest.objects.get(pk=relief_id)


def relief_withdraw(*, relief_id: int, scope: Scope, as_of: datetime) -> ReliefRequest:
    """Take one's own request back, as long as it waits. Raises UnknownCodeError for one outside
    ``scope``, ValidationError for another's and for a decided one."""
    with writing():
        if not scoped.relief(scope).filter(pk=relief_id).exists():
            raise UnknownCodeError(f"relief request {relief_id} is unknown")
        relief = _waiting(relief_id)
        approval_withdraw(approval=_asked(relief), withdrawn_by=person_of(scope), as_of=as_of)
    return ReliefRequest.objects.get(pk=relief_id)


def approval_of(relief: ReliefRequest) -> Approval | None:
    """The request for a decision on it that waits."""
    waiting = Approval.objects.filter(kind=KIND, state=Approval.State.REQUESTED)
    return waiting.filter(subject=subject_of(relief)).first()


def _asked(relief: ReliefRequest) -> Approval:
    request = approval_of(relief)
    if request is None:
        raise ValidationError("Nobody is asked to decide on it: ask for it anew.")
    return request


def _waiting(relief_id: int) -> ReliefRequest:
    relief = ReliefRequest.objects.get(pk=relief_id)
    if relief.state != State.REQUESTED:
        raise ValidationError(f"It is {relief.get_state_display().lower()} already.")
    return relief


def _beyond(cover: Cover, relief: ReliefRequest) -> dict[str, str]:
    """Where more would be granted than was asked for, as far as that can be told."""
    asked = Cover.read(relief.asked)
    if cover.whole_period and not asked.whole_period:
        return {"whole_period": "The whole period was not asked for."}
    for start, end in cover.intervals if asked.intervals else ():
        if not any(first <= start and end <= last for first, last in asked.intervals):
            told = f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
            return {"intervals": f"{told} lies outside what was asked for."}
    return {}


def _refuse_again(relief: ReliefRequest) -> None:
    waiting = ReliefRequest.objects.filter(case=relief.case_id, state=State.REQUESTED)
    if (relief.asked, relief.rows) in [(each.asked, each.rows) for each in waiting]:
        raise ValidationError("The same request waits for its decision already.")


def _refuse_late(case: BreachCase, window: Window, scope: Scope, as_of: datetime) -> None:
    """Settled is settled; the buyer may enter a late claim, the vendor not."""
    if case.state in SETTLED:
        raise ValidationError(f"It is {case.get_state_display().lower()} already.")
    late = window.last_day is not None and not window.is_open(as_of)
    if late and not scope.is_internal:
        raise ValidationError(f"Relief cannot be claimed any more: {window.words}.")


def _approve(request: Approval) -> None:
    relief = _locked(request)
    granted: Mapping[str, Any] = request.payload.get("granted") or relief.asked
    if errors := cover_errors(Cover.read(granted), relief.period):
        raise ValidationError([f"Approve a part of it: {said}" for said in errors.values()])
    relief.granted = dict(granted)
    relief.state = State.APPROVED if relief.granted == relief.asked else State.PARTLY
    _decided(relief, request)
    period_mark(relief.period)


def _refuse(request: Approval) -> None:
    relief = _locked(request)
    relief.state = State.REFUSED
    _decided(relief, request)


def _take_back(request: Approval) -> None:
    relief = _locked(request)
    relief.state = State.WITHDRAWN
    _decided(relief, request)


def _locked(request: Approval) -> ReliefRequest:
    number = subject_number(request)
    return ReliefRequest.objects.select_for_update(of=("self",), no_key=True).get(pk=number)


def _decided(relief: ReliefRequest, request: Approval) -> None:
    relief.answer = request.answer
    relief.decided_by, relief.decided_at = request.decided_by, request.decided_at
    save(relief, action=relief.get_state_display().lower(), reason=request.answer)


def period_mark(period: KpiPeriod) -> None:
    """Have a period computed anew: what counts for it changed in this transaction."""
    append_marks(np.array([period.kpi_id]), np.array([to_us(period.starts_at)]))
    doorbell.ring("metrics.tasks.drain")


def _where(request: Approval) -> str:
    if request.payload.get("case"):
        return reverse("case", args=[request.payload["case"]])
    return reverse("relief", args=[subject_number(request)])


def _in_part(request: Approval) -> str:
    return reverse("relief", args=[subject_number(request)])


def _tell(request: Approval) -> dict[str, str]:
    covers = request.payload.get("covers")
    return {"Covers": covers or ReliefRequest.Treatment(request.payload["treatment"]).label}


RELIEF = Decision(
    title="Relief (excused event)",
    duty=Duty.DECIDE,
    carry_out=_approve,
    turn_down=_refuse,
    take_back=_take_back,
    where=_where,
    in_part=_in_part,
    tell=_tell,
)
