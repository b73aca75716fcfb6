"""Relief: an event that excuses a failure. Either side asks, a second person decides.

A decision is a record of what both sides may rely on. It changes no figure by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse

from contracts.models import Approval
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.approvals import Decision, approval_request
from contracts.services.documents import document_store
from contracts.services.writing import save, writing
from metrics.casework.moves import SETTLED
from metrics.casework.moving import case_lock, person_of, refuse_without
from metrics.casework.waivers import subject_number
from metrics.casework.windows import Window, windows_of
from metrics.models import BreachCase, KpiPeriod, ReliefRequest

KIND = "relief"
State = ReliefRequest.State


@dataclass(frozen=True, slots=True)
class Claim:
    """What relief is asked for: ``intervals`` [start, end), or the rows that ``rows`` describes."""

    reason: str
    intervals: Sequence[tuple[datetime, datetime]] = ()
    rows: str = ""
    treatment: str = ReliefRequest.Treatment.REMOVE


def relief_request(
    *,
    case_id: int,
    claim: Claim,
    scope: Scope,
    as_of: datetime,
    evidence: Sequence[UploadedFile[Any]] = (),
) -> ReliefRequest:
    """Ask for relief from the failure of a case. Raises ValidationError: without reason or event,
    for an event outside the period, by the vendor after the last day for it, or while the same
    request waits."""
    refuse_without(Duty.CASES if scope.is_internal else Duty.CONTEST, scope)
    person = person_of(scope)
    with writing():
        case = case_lock(case_id, scope)
        window = windows_of(case).relief
        _refuse_late(case, window, scope, as_of)
        _refuse_claim(claim, case.period)
        relief = ReliefRequest(
            period=case.period,
            case=case,
            reason=claim.reason.strip(),
            intervals=[[start.isoformat(), end.isoformat()] for start, end in claim.intervals],
            rows=claim.rows.strip(),
            treatment=claim.treatment,
            claim_by=window.last_day,
            requested_by=person,
            requested_at=as_of,
        )
        _refuse_again(relief)
        save(relief, action="asked for", reason=claim.reason)
        for upload in evidence:
            document_store(upload=upload, subject=case, uploaded_by=person)
        _ask(relief)
    return relief


def _refuse_again(relief: ReliefRequest) -> None:
    waiting = ReliefRequest.objects.filter(case=relief.case_id, state=State.REQUESTED)
    if (relief.intervals, relief.rows) in [(each.intervals, each.rows) for each in waiting]:
        raise ValidationError("The same request waits for its decision already.")


def _ask(relief: ReliefRequest) -> None:
    contract = relief.period.kpi.governing_contract
    approval_request(
        kind=KIND,
        instance=relief,
        reason=relief.reason,
        requested_by=relief.requested_by,
        payload={"treatment": relief.treatment, "case": relief.case_id},
        vendor=contract.vendor if contract else None,
    )


def _refuse_late(case: BreachCase, window: Window, scope: Scope, as_of: datetime) -> None:
    """Settled is settled; the buyer may enter a late claim, the vendor not."""
    if case.state in SETTLED:
        raise ValidationError(f"It is {case.get_state_display().lower()} already.")
    late = window.last_day is not None and not window.is_open(as_of)
    if late and not scope.is_internal:
        raise ValidationError(f"Relief cannot be claimed any more: {window.words}.")


def _refuse_claim(claim: Claim, period: KpiPeriod) -> None:
    errors = {}
    if not claim.reason.strip():
        errors["reason"] = "Say what happened."
    if not claim.intervals and not claim.rows.strip():
        errors["intervals"] = "Say when it was, or which rows it concerns."
    for start, end in claim.intervals:
        if end <= start:
            errors["intervals"] = f"{start:%Y-%m-%d %H:%M} is not before {end:%Y-%m-%d %H:%M}."
        elif start >= period.ends_at or end <= period.starts_at:
            errors["intervals"] = (
                f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} lies outside the period, "
                f"{period.starts_at:%Y-%m-%d %H:%M} to {period.ends_at:%Y-%m-%d %H:%M} UTC."
            )
    if errors:
        raise ValidationError(errors)


def _approve(request: Approval) -> None:
    _decide(request, State.APPROVED)


def _refuse(request: Approval) -> None:
    _decide(request, State.REFUSED)


def _decide(request: Approval, state: str) -> None:
    relief = ReliefRequest.objects.select_for_update(no_key=True).get(pk=subject_number(request))
    relief.state, relief.answer = state, request.answer
    relief.decided_by, relief.decided_at = request.decided_by, request.decided_at
    save(relief, action="approved" if state == State.APPROVED else "refused", reason=request.answer)


def _where(request: Approval) -> str:
    return reverse("case", args=[request.payload["case"]])


def _tell(request: Approval) -> dict[str, str]:
    return {"Treatment": ReliefRequest.Treatment(request.payload["treatment"]).label}


RELIEF = Decision(
    title="Relief (excused event)",
    duty=Duty.DECIDE,
    carry_out=_approve,
    turn_down=_refuse,
    where=_where,
    tell=_tell,
)
