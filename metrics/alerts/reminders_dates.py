"""Dates that contracts bring about: obligations that fall due, and rights to terminate."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from contracts.models import Obligation
from contracts.selectors.obligations import Due, DueStanding
from contracts.selectors.scope import EVERYTHING
from metrics.alerts.rendering import address
from metrics.models import AlertEvent, RightStep, TerminationRight
from metrics.rights.reading import rights_open
from metrics.selectors.agenda import obligations_waiting

Kind = AlertEvent.Kind
_FURTHEST = 366  # days; each obligation says itself how early it is told of
_OLDEST = timedelta(days=62)  # what was overdue before is on the lists, and nobody's news
_LAPSES_SOON = 14
_RECENT = timedelta(days=31)


def obligations_due(now: datetime) -> Iterator[AlertEvent]:
    """What is due soon, by each obligation's own reminder, and once what is overdue."""
    oldest = (now - _OLDEST).date()
    for due in obligations_waiting(EVERYTHING, today=now.date(), within_days=_FURTHEST):
        if due.due_on >= oldest:
            yield _obligation(due, now)


def _obligation(due: Due, now: datetime) -> AlertEvent:
    it, is_late = due.obligation, due.standing == DueStanding.OVERDUE
    mark = "overdue" if is_late else "soon"
    said = "Overdue" if is_late else f"Due in {_days(due.days_left)}"
    return AlertEvent(
        key=f"date:obligation:{it.pk}:{due.due_on}:{mark}",
        kind=Kind.DATE,
        severity="major" if is_late else "minor",
        at=now,
        facts={
            "title": f"{said}: {it.title}",
            "text": f"{_who(it)} owes it by {due.due_on:%-d %B %Y}.{_owner(it)}",
            "path": address("obligation", it.code),
        },
        is_internal=True,
        contract=it.contract,
        vendor=it.vendor,
    )


def _who(obligation: Obligation) -> str:
    is_ours = obligation.owed_by == Obligation.Owes.US or obligation.vendor is None
    return "Our side" if is_ours else str(obligation.vendor)


def _owner(obligation: Obligation) -> str:
    return f" {obligation.owner} sees to it." if obligation.owner else ""


def rights_to_act_on(now: datetime) -> Iterator[AlertEvent]:
    """Rights that opened, and those that lapse soon: the buyer's business alone."""
    recent = RightStep.objects.filter(
        to_state=TerminationRight.State.OPEN, at__range=(now - _RECENT, now)
    )
    for step in recent.select_related("right__contract__vendor", "right__period__kpi"):
        yield _right(step.right, f"opened:{step.pk}", "Right to terminate opened", now)
    for right in rights_open(EVERYTHING, today=now.date(), within_days=_LAPSES_SOON):
        assert right.expires_on is not None
        left = _days((right.expires_on - now.date()).days)
        yield _right(
            right, f"lapses:{right.expires_on}", f"Right to terminate lapses in {left}", now
        )


def _right(right: TerminationRight, mark: str, title: str, now: datetime) -> AlertEvent:
    contract = right.contract
    until = f" It lapses after {right.expires_on:%-d %B %Y}." if right.expires_on else ""
    return AlertEvent(
        key=f"date:right:{right.pk}:{mark}",
        kind=Kind.DATE,
        severity="major",
        at=now,
        facts={
            "title": f"{title}: {contract.reference}",
            "text": f"{contract.title}, {contract.vendor.name}: {right.about}, "
            f"{right.last_label}.{until}",
            "path": address("right", right.pk),
        },
        is_internal=True,
        contract=contract,
        vendor=contract.vendor,
    )


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
