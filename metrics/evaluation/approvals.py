"""Restatements: one person asks, a second one decides, and the figure is computed anew."""

from django.core.exceptions import ValidationError
from django.urls import reverse

from contracts.models import Approval, User
from contracts.selectors.duties import Duty
from contracts.services.approvals import Decision, approval_request, decision_register
from contracts.services.auditing import subject_of
from metrics.evaluation.restating import RestatementError, restatement_refuse, result_restate
from metrics.models import KpiPeriod

RESTATEMENT = "restatement"
LONGEST_REASON = 400


def register() -> None:
    """Declare what follows a decision about a restatement."""
    decision = Decision("Restate a final figure", Duty.DECIDE, _carry_out, where=_where, tell=_tell)
    decision_register(RESTATEMENT, decision)


def restatement_request(*, period: KpiPeriod, reason: str, requested_by: User) -> Approval:
    """Ask for a final figure to be computed again from the rows and terms known now.

    Raises ValidationError for a figure that is not final, without a reason or with one of more
    than 400 characters, and while an earlier request waits.
    """
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise ValidationError({"reason": f"Use at most {LONGEST_REASON} characters."})
    if not reason:
        raise ValidationError({"reason": "Say why the figure has to change."})
    try:
        restatement_refuse(period)
    except RestatementError as error:
        raise ValidationError(str(error)) from error
    contract = period.kpi.governing_contract
    return approval_request(
        kind=RESTATEMENT,
        instance=period,
        reason=reason,
        requested_by=requested_by,
        payload={"kpi": period.kpi.code, "first_day": period.first_day.isoformat()},
        vendor=contract.vendor if contract else None,
    )


def restatement_waiting(period: KpiPeriod) -> Approval | None:
    """The request for this figure that nobody has answered yet."""
    waiting = Approval.objects.filter(
        kind=RESTATEMENT, subject=subject_of(period), state=Approval.State.REQUESTED
    )
    return waiting.select_related("requested_by", "requested_key").first()


def _carry_out(request: Approval) -> None:
    period = KpiPeriod.objects.select_related("kpi").get(pk=int(request.subject.partition(":")[2]))
    assert request.decided_at is not None  # approved requests are
    try:
        result_restate(
            period=period,
            reason=request.reason,
            approved_by=str(request.decided_by),
            as_of=request.decided_at,
        )
    except RestatementError as error:
        raise ValidationError(str(error)) from error


def _where(request: Approval) -> str:
    return reverse("figure", args=[request.payload["kpi"], request.payload["first_day"]])


def _tell(request: Approval) -> dict[str, str]:
    return {"What follows": "The figure is computed anew from the rows and terms known by then"}
