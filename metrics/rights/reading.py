"""Rights to terminate, as lists show them."""

from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from contracts.selectors.scope import Scope
from contracts.services.currencies import money_text
from metrics.models import TerminationRight, TerminationRule
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


def rule_said(rule: TerminationRule) -> str:
    """When a clause opens a right, in words."""
    return _SAID[TerminationRule.Kind(rule.kind)].format(rule=rule, least=_least(rule))


_SAID = {
    TerminationRule.Kind.CONSECUTIVE: "{rule.count} failures in a row",
    TerminationRule.Kind.N_OF_M: "{rule.count} failures within {rule.of} periods",
    TerminationRule.Kind.ROLLING_AVERAGE: (
        "average of {rule.count} periods worse than {rule.threshold}"
    ),
    TerminationRule.Kind.ACCUMULATED_CREDITS: "credits of {rule.count} periods come to {least}",
    TerminationRule.Kind.CREDITS_AT_CAP: (
        "credits at their cap {rule.count} times within {rule.of} periods"
    ),
}


def _least(rule: TerminationRule) -> str:
    if rule.amount_minor is not None:
        return money_text(rule.amount_minor, rule.contract.currency)
    return f"{rule.threshold} % of the charges"
