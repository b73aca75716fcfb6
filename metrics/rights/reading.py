"""Rights to terminate, as lists show them."""

from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from contracts.selectors.scope import Scope
from metrics.models import TerminationRight
from metrics.selectors import scope as scoped


def rights_list(scope: Scope) -> "QuerySet[TerminationRight]":
    """Those that are open first, what lapses first at the top."""
    joined = ("contract__vendor", "rule__amendment", "period__kpi")
    found = scoped.termination_rights(scope).select_related(*joined)
    is_open = Q(state=TerminationRight.State.OPEN)
    return found.alias(is_open=is_open).order_by(
        F("is_open").desc(), F("expires_on").asc(nulls_last=True), "-opened_on", "id"
    )


def rights_open(
    scope: Scope, *, today: date, within_days: int | None = None
) -> "QuerySet[TerminationRight]":
    """The rights that can be exercised on ``today``; with ``within_days``, those that lapse by
    then."""
    found = rights_list(scope).filter(state=TerminationRight.State.OPEN)
    found = found.exclude(expires_on__lt=today)
    if within_days is None:
        return found
    return found.filter(expires_on__lte=today + timedelta(days=within_days))
