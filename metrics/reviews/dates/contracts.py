"""Days to act on that contracts bring about: notice, options, obligations, rights to terminate."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from contracts.models import Contract, Obligation
from contracts.selectors import scope as contracts_scope
from contracts.selectors.duties import Duty
from contracts.selectors.notice import Notice, current_term, next_notice, with_terms
from contracts.selectors.obligations import Due, DueStanding, dues_open, obligations_list
from contracts.selectors.scope import Scope
from metrics.models import TerminationRight
from metrics.reviews.dates.entry import LOOKS_BACK, Entry, uid
from metrics.rights.reading import rights_open

_NOTICE_ALARMS = (90, 30, 7)
_RIGHT_ALARMS = (14, 3)
_KEEPERS = (Duty.COMPLIANCE, Duty.TERMS)


def notices(scope: Scope, today: date) -> Iterator[Entry]:
    """Last days to stop a renewal or to exercise an option, and our own days to decide before
    them: never for vendors."""
    if not scope.is_internal:
        return
    found = contracts_scope.contracts(scope).filter(archived_at__isnull=True)
    for contract in with_terms(found):
        notice = next_notice(contract, today=today)
        if notice and notice.serve_by and notice.serve_by >= today - LOOKS_BACK:
            yield from _notice(contract, notice, today)


def _notice(contract: Contract, notice: Notice, today: date) -> Iterator[Entry]:
    assert notice.serve_by is not None
    number = current_term(contract, today=today).renewals
    yield _dated(
        contract, notice, notice.serve_by, notice.purpose, uid("notice", contract.pk, number)
    )
    if notice.decide_by and notice.decide_by < notice.serve_by:
        said = f"Decide by today ({notice.purpose.lower()} is {notice.serve_by:%-d %B %Y})"
        yield _dated(contract, notice, notice.decide_by, said, uid("decide", contract.pk, number))


def _dated(contract: Contract, notice: Notice, day: date, said: str, named: str) -> Entry:
    return Entry(
        uid=named,
        day=day,
        title=f"{said}: {contract.title}",
        text=f"{contract.vendor}, contract {contract.reference}; its term ends on "
        f"{notice.term_ends}. {notice.warning} {notice.term_ends}.",
        path=reverse("contract-terms", args=[contract.reference]),
        changed_at=contract.updated_at,
        alarms=_NOTICE_ALARMS,
    )


def obligations(scope: Scope, today: date) -> Iterator[Entry]:
    """What falls due, for those who look after it, and for the vendor what is shared with them."""
    if scope.is_internal and not scope.may(*_KEEPERS):
        return
    for due in dues_open(obligations_list(scope), today=today):
        if due.due_on >= today - LOOKS_BACK:
            yield _obligation(due)


def _obligation(due: Due) -> Entry:
    it = due.obligation
    said = "Obligation overdue" if due.standing == DueStanding.OVERDUE else "Obligation due"
    who = "the buyer" if it.owed_by == Obligation.Owes.US else it.vendor
    under = f" under {it.contract.title}" if it.contract else ""
    return Entry(
        uid=uid("obligation", it.pk, due.due_on),
        day=due.due_on,
        title=f"{said}: {it.title}",
        text=f"Owed by {who}{under}.",
        path=reverse("obligation", args=[it.code]),
        changed_at=it.updated_at,
        alarms=(it.lead_days,),
    )


def rights(scope: Scope, today: date) -> Iterator[Entry]:
    """Last days to exercise a right to terminate: never for vendors."""
    if not scope.is_internal:
        return
    for right in rights_open(scope, today=today):
        if right.expires_on is not None:
            yield _right(right, right.expires_on)


def _right(right: TerminationRight, expires_on: date) -> Entry:
    contract = right.contract
    return Entry(
        uid=uid("right", right.pk),
        day=expires_on,
        title=f"Last day to exercise the right to terminate: {contract.title}",
        text=f"{contract.vendor}, contract {contract.reference}; opened on {right.opened_on} by "
        f"{right.about}, {right.last_label}.",
        path=reverse("right", args=[right.pk]),
        changed_at=right.updated_at,
        alarms=_RIGHT_ALARMS,
    )
