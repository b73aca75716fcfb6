"""What is owed and when: due days are computed from the obligation, outcomes are what was done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import QuerySet

from contracts.models import Contract, Document, Obligation, ObligationOutcome
from contracts.rules.recurrence import Recurrence, due_days, moved
from contracts.rules.terms import Term
from contracts.selectors import scope as scoped
from contracts.selectors.notice import current_term, notice_of, terms_of
from contracts.selectors.scope import Scope

AHEAD = 366  # days; what is due later is not listed
Event = Obligation.Event


class DueStanding(StrEnum):
    """Where a due day stands on a day."""

    OVERDUE = "overdue"
    SOON = "due soon"
    AHEAD = "ahead"
    FULFILLED = "fulfilled"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Due:
    """One due day of an obligation, and what became of it, if anything did."""

    obligation: Obligation
    due_on: date
    standing: DueStanding
    days_left: int
    outcome: ObligationOutcome | None = None

    @property
    def is_open(self) -> bool:
        return self.outcome is None


def obligations_list(scope: Scope) -> "QuerySet[Obligation]":
    """Obligations in use with what their due days are computed from, in three queries."""
    joined = ("vendor", "contract__vendor", "contract__notice_calendar", "process")
    found = scoped.obligations(scope).filter(archived_at__isnull=True)
    found = found.exclude(contract__archived_at__isnull=False)
    found = found.exclude(vendor__archived_at__isnull=False)
    return found.select_related(*joined).prefetch_related("outcomes", "contract__options")


def dues_open(found: Iterable[Obligation], *, today: date, within_days: int = AHEAD) -> list[Due]:
    """What is overdue, and what is due within some days, the most urgent first."""
    until = today + timedelta(days=within_days)
    dues = (due for each in found for due in dues_of(each, today=today, until=until))
    return sorted((due for due in dues if due.is_open), key=_urgency)


def next_due(obligation: Obligation, *, today: date) -> Due | None:
    """The earliest due day on which nothing happened yet."""
    return next(iter(dues_open([obligation], today=today)), None)


def dues_of(obligation: Obligation, *, today: date, until: date) -> Iterator[Due]:
    """Every due day up to ``until``, with its outcome."""
    outcomes = {each.due_on: each for each in obligation.outcomes.all()}
    for day in days_due(obligation, today=today, until=until):
        yield _due(obligation, day, outcomes.pop(day, None), today)
    for day, outcome in sorted(outcomes.items()):  # what was done stays when dates move
        yield _due(obligation, day, outcome, today)


def days_due(obligation: Obligation, *, today: date, until: date) -> list[date]:
    """The days up to ``until`` on which it is due, as its terms are known on ``today``."""
    last = min(filter(None, (until, obligation.last_due, _ends(obligation, today))))
    recurrence = Recurrence(obligation.every, obligation.every_unit)
    days = {
        day for first in _anchors(obligation, today) for day in due_days(first, recurrence, last)
    }
    since = obligation.followed_from
    return sorted(day for day in days if since is None or day >= since)


def _due(obligation: Obligation, day: date, outcome: ObligationOutcome | None, today: date) -> Due:
    left = (day - today).days
    return Due(obligation, day, _standing(obligation, left, outcome), left, outcome)


def _standing(
    obligation: Obligation, days_left: int, outcome: ObligationOutcome | None
) -> DueStanding:
    if outcome is not None:
        return DueStanding(outcome.kind)
    if days_left < 0:
        return DueStanding.OVERDUE
    return DueStanding.SOON if days_left <= obligation.lead_days else DueStanding.AHEAD


def _anchors(obligation: Obligation, today: date) -> Iterator[date]:
    """The first due day; without a recurrence, one for each term that began."""
    if obligation.first_due is not None:
        yield obligation.first_due
        return
    assert obligation.contract is not None
    terms = terms_of(obligation.contract, today=today)
    for term in terms[:1] if obligation.every else terms:
        day = _event_day(obligation.contract, obligation.event, term)
        if day is not None:
            yield moved(day, obligation.offset, obligation.offset_unit)


def _event_day(contract: Contract, event: str, term: Term) -> date | None:
    if event == Event.TERM_START or term.last_day is None:
        return term.first_day if event == Event.TERM_START else None
    return term.last_day if event == Event.TERM_END else notice_of(contract, term.last_day)[0]


def _ends(obligation: Obligation, today: date) -> date | None:
    """The last day on which what recurs is due: the contract's, unless it goes on by itself."""
    contract = obligation.contract
    if contract is None or not obligation.every:
        return None
    term = current_term(contract, today=today)
    renews = contract.renewal == Contract.Renewal.AUTO and not term.has_ended
    return None if renews else term.last_day


def _urgency(due: Due) -> tuple[date, str]:
    return due.due_on, due.obligation.code


def evidence_shown(outcome: ObligationOutcome | None, scope: Scope) -> Document | None:
    """The evidence of an outcome, unless it was put away or is kept from this reader."""
    evidence = outcome.evidence if outcome else None
    if evidence is None or evidence.archived_at:
        return None
    return evidence if scope.is_internal or not evidence.is_internal else None
