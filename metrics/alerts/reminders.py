"""What time brings about: dates to act on, requests that wait, deliveries that are overdue."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from contracts.models import Approval, Certification
from contracts.selectors.duties import Duty
from contracts.selectors.scope import EVERYTHING
from contracts.services.approvals import decision_of
from metrics.alerts.noting import events_note, unknown_keys
from metrics.alerts.rendering import address
from metrics.models import AlertEvent, CloseStep, ManualEntry, MonthClose
from metrics.selectors.agenda import DateToAct, dates_to_act_on
from metrics.selectors.entries import Waits, entry_tasks
from metrics.selectors.owed import owed_deliveries

Kind = AlertEvent.Kind
AHEAD = (7, 14, 30, 60, 90)  # days before a date at which it is told of, each once
URGENT = 14
RECENT = timedelta(days=31)


def reminders_note(*, now: datetime) -> int:
    """Note what is new of all that waits; returns how many events are new."""
    found = [
        *_contract_dates(now),
        *_certifications(now),
        *_approvals(),
        *_entries_to_approve(now),
        *_close_steps(now),
        *_overdue(now),
        *_entry_tasks(now),
    ]
    new = unknown_keys(event.key for event in found)
    return events_note(event for event in found if event.key in new)


def _threshold(days_left: int) -> int:
    return next(days for days in AHEAD if days_left <= days)


def _contract_dates(now: datetime) -> Iterator[AlertEvent]:
    """The last days to serve notice or to use an option: the buyer's business alone."""
    for each in dates_to_act_on(EVERYTHING, today=now.date(), within_days=max(AHEAD)):
        yield _contract_date(each, now)


def _contract_date(each: DateToAct, now: datetime) -> AlertEvent:
    contract, days = each.contract, _threshold(each.days_left)
    return AlertEvent(
        key=f"date:contract:{contract.pk}:{each.serve_by}:{days}",
        kind=Kind.DATE,
        severity="major" if days <= URGENT else "minor",
        at=now,
        facts={
            "title": f"{each.notice.purpose} in {_days(each.days_left)}: {contract.reference}",
            "text": f"{contract.title}, {contract.vendor.name}: by {each.serve_by:%-d %B %Y}.",
        },
        is_internal=True,
        contract=contract,
        vendor=contract.vendor,
    )


def _certifications(now: datetime) -> Iterator[AlertEvent]:
    today = now.date()
    last = today + timedelta(days=max(AHEAD))
    ending = Certification.objects.filter(archived_at=None, expires_on__range=(today, last))
    for each in ending.select_related("vendor"):
        assert each.expires_on is not None
        left = (each.expires_on - today).days
        days = _threshold(left)
        yield AlertEvent(
            key=f"date:certification:{each.pk}:{each.expires_on}:{days}",
            kind=Kind.DATE,
            severity="major" if days <= URGENT else "minor",
            at=now,
            facts={
                "title": f"Certification runs out in {_days(left)}: {each.standard}",
                "text": f"{each.vendor.name}: valid until {each.expires_on:%-d %B %Y}.",
                "path": address("certifications"),
            },
            is_internal=True,
            vendor=each.vendor,
        )


def _approvals() -> Iterator[AlertEvent]:
    """Requests that wait for a second person, for those who may decide them."""
    for request in Approval.objects.filter(state=Approval.State.REQUESTED):
        try:
            decision = decision_of(request.kind)
        except LookupError:
            continue
        yield AlertEvent(
            key=f"approval:{request.pk}",
            kind=Kind.APPROVAL,
            severity="minor",
            at=request.requested_at,
            facts={
                "title": f"Waits for your decision: {decision.title}",
                "text": request.label,
                "path": address("approval", request.pk),
                "duty": decision.duty,
                "not_by": request.requested_by_id,
            },
            is_internal=True,
            vendor_id=request.vendor_id,
        )


def _entries_to_approve(now: datetime) -> Iterator[AlertEvent]:
    waiting = ManualEntry.objects.filter(
        state=ManualEntry.State.PROPOSED, entered_at__gte=now - RECENT
    )
    for entry in waiting.select_related("kpi__contract__vendor", "kpi__process__contract__vendor"):
        contract = entry.kpi.governing_contract
        yield AlertEvent(
            key=f"entry:approve:{entry.pk}",
            kind=Kind.APPROVAL,
            severity="minor",
            at=entry.entered_at,
            facts={
                "title": f"Typed-in figure waits for approval: {entry.kpi.name}",
                "text": f"For {entry.day:%-d %B %Y}, entered by {entry.entered_by}.",
                "path": address("entries"),
                "duty": Duty.APPROVE_FIGURES,
            },
            is_internal=True,
            kpi=entry.kpi,
            contract=contract,
            vendor=contract.vendor if contract else None,
        )


def _close_steps(now: datetime) -> Iterator[AlertEvent]:
    """Steps of the month close that concern both sides: what is to be answered, and the end."""
    told = (MonthClose.Step.RELIEF_DECIDED, MonthClose.Step.AGREED, MonthClose.Step.PUBLISHED)
    steps = CloseStep.objects.filter(step__in=told, at__range=(now - RECENT, now))
    for step in steps.exclude(kind=CloseStep.Kind.REOPENED).select_related(
        "close__contract__vendor"
    ):
        contract = step.close.contract
        yield AlertEvent(
            key=f"close:{step.pk}",
            kind=Kind.CLOSE,
            severity="minor",
            at=step.at,
            facts={
                "title": f"Month close {step.close.label}: {step.get_step_display().lower()}",
                "text": f"{contract.title}, {contract.vendor.name}.{_answer_by(step)}",
                "path": address("month", contract.reference, step.close.first_day),
                "not_by": step.by_id,
            },
            contract=contract,
            vendor=contract.vendor,
        )


def _overdue(now: datetime) -> Iterator[AlertEvent]:
    """Deliveries whose grace is over, once for each feed and due date."""
    for owed in owed_deliveries(scope=EVERYTHING, as_of=now):
        if owed.overdue_since is None:
            continue
        feed = owed.feed
        yield AlertEvent(
            key=f"overdue:{feed.pk}:{owed.due_at:%Y-%m-%dT%H:%M}",
            kind=Kind.OVERDUE,
            severity="major",
            at=owed.overdue_since,
            facts={
                "title": f"Delivery overdue: {feed.name}, {owed.label}",
                "text": f"It was due on {owed.due_at:%-d %B %Y, %H:%M} UTC.",
                "path": address("deliveries"),
            },
            feed=feed,
            vendor_id=feed.vendor_id,
        )


def _entry_tasks(now: datetime) -> Iterator[AlertEvent]:
    """Periods that ended and wait for a figure that somebody types in."""
    for task in entry_tasks(scope=EVERYTHING, as_of=now):
        if task.waits is not Waits.FIGURE:
            continue
        contract = task.kpi.governing_contract
        yield AlertEvent(
            key=f"entry:{task.kpi.pk}:{task.first_day}",
            kind=Kind.ENTRY,
            severity="minor",
            at=min(now, task.due_at),
            facts={
                "title": f"Figure to be typed in: {task.kpi.name}, {task.label}",
                "text": f"Due by {task.due_at:%-d %B %Y}.",
                "path": address("entries"),
                "duty": Duty.DELIVER,
            },
            kpi=task.kpi,
            contract=contract,
            vendor=contract.vendor if contract else None,
        )


def _answer_by(step: CloseStep) -> str:
    until: date | None = step.close.answer_by
    if step.step != MonthClose.Step.RELIEF_DECIDED or until is None:
        return ""
    return f" Without an answer by {until:%-d %B %Y} it is deemed accepted."


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
