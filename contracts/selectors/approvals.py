"""Requests that a second person decides, as their reader meets them."""

from django.db.models import QuerySet
from django.utils import timezone

from contracts.models import Approval
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible
from contracts.services.approvals import Decision, decisions, may_second

State = Approval.State
SHOWN = {
    "waiting": "Waiting for me",
    "mine": "Asked by me",
    "all": "All that wait",
    "decided": "Decided",
}


def approvals_list(*, scope: Scope, show: str) -> QuerySet[Approval]:
    """Requests, newest first, those that wait oldest first. ``show``: a key of ``SHOWN``."""
    found = visible(Approval, scope).select_related(
        "requested_by", "requested_key", "decided_by", "vendor"
    )
    if show == "waiting":
        return waiting_for(found, scope).order_by("id")
    if show == "mine":
        return found.filter(requested_by=scope.reader)
    if show == "decided":
        return found.exclude(state=State.REQUESTED).order_by("-decided_at", "-id")
    return found.filter(state=State.REQUESTED).order_by("id")


def approvals_waiting(scope: Scope) -> QuerySet[Approval]:
    """What the reader may decide now."""
    return waiting_for(visible(Approval, scope), scope)


def waiting_for(approvals: QuerySet[Approval], scope: Scope) -> QuerySet[Approval]:
    """Those among ``approvals`` that wait, of a kind the reader may decide, asked by others."""
    kinds = [kind for kind, decision in decisions().items() if scope.may(decision.duty)]
    others = approvals.filter(state=State.REQUESTED, kind__in=kinds)
    return others.exclude(requested_by=scope.reader)


def decision_known(request: Approval) -> Decision | None:
    """What follows this request; None for a kind that this version does not know."""
    return decisions().get(request.kind)


def may_decide(request: Approval, scope: Scope) -> bool:
    """Whether the reader is the second person this request waits for."""
    decision = decision_known(request)
    waits = request.state == State.REQUESTED
    if scope.reader is None or decision is None or not waits:
        return False
    asked_by = request.requested_by_id
    today = timezone.now().date()
    return scope.reader.pk != asked_by and may_second(
        scope.reader, duty=decision.duty, asked_by=asked_by, today=today
    )


def may_withdraw(request: Approval, scope: Scope) -> bool:
    is_own = scope.reader is not None and request.requested_by_id == scope.reader.pk
    return is_own and request.state == State.REQUESTED
