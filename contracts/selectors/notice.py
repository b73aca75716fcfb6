"""The last day on which a contract can still be stopped, or its option exercised.

A term has a last day. Notice counts back from it by the calendar: three months before
31 December is 30 September, and a month that is too short gives its own last day.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.models import Contract

_MONTHS = 12
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Notice:
    """``term_ends``: last day of the term that runs; ``serve_by``: last day to serve notice."""

    term_ends: date
    serve_by: date | None
    renewal: str

    @property
    def purpose(self) -> str:
        """What must be done by ``serve_by``, in words."""
        if self.renewal == Contract.Renewal.OPTION:
            return "Last day to exercise the option"
        if self.renewal == Contract.Renewal.AUTO:
            return "Last day to stop the renewal"
        return "Last day to serve notice"

    def days_left(self, today: date) -> int | None:
        """Days from ``today`` until the last day to serve; negative once it has passed."""
        return None if self.serve_by is None else (self.serve_by - today).days


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch a contract runs for: ``renewals`` behind it, ``last_day`` None without an end."""

    first_day: date
    last_day: date | None
    renewals: int
    has_ended: bool


def next_notice(contract: Contract, *, today: date) -> Notice | None:
    """The notice of the term running on ``today``; None without an end or after the last term."""
    if contract.last_day is None:
        return None
    term_ends = term_end(contract, today=today)
    if term_ends < today:
        return None
    return Notice(term_ends, _serve_by(contract, term_ends), contract.renewal)


def term_end(contract: Contract, *, today: date) -> date:
    """Last day of the term running on ``today``, or of the last term there is."""
    last_day = current_term(contract, today=today).last_day
    if last_day is None:
        raise ValueError(f"contract {contract.reference} has no last day: ask only where it has")
    return last_day


def current_term(contract: Contract, *, today: date) -> Term:
    """The term running on ``today``, or the last one there is.

    ``contract.last_day`` ends the first term; renewals count from it, never from each other,
    so that a month's end stays a month's end.
    """
    first_end = contract.last_day
    if first_end is None:
        return Term(contract.first_day, None, 0, False)
    months, number = contract.renewal_months or 0, _renewals(contract, first_end, today)
    last = months_later(first_end, number * months)
    before = months_later(first_end, (number - 1) * months)
    first = before + timedelta(days=1) if number else contract.first_day
    return Term(first, last, number, last < today)


def _renewals(contract: Contract, first_end: date, today: date) -> int:
    """How often the contract has renewed itself by ``today``."""
    if contract.renewal != Contract.Renewal.AUTO or not contract.renewal_months:
        return 0
    limit = contract.renewal_limit
    number = max(0, -(-_months_between(first_end, today) // contract.renewal_months) - 1)
    number = number if limit is None else min(number, limit)
    while months_later(first_end, number * contract.renewal_months) < today:
        if limit is not None and number >= limit:
            break
        number += 1
    return number


def months_later(day: date, months: int) -> date:
    """``months`` later; a month's last day stays a last day, others are clamped."""
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    last = monthrange(year, month + 1)[1]
    is_month_end = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_month_end else min(day.day, last))


def months_before(day: date, months: int) -> date:
    """The corresponding day ``months`` earlier, clamped to the month's last day."""
    year, month = divmod(day.year * _MONTHS + day.month - 1 - months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _serve_by(contract: Contract, term_ends: date) -> date | None:
    length = contract.notice_length
    if length is None:
        return None
    if contract.notice_unit == Contract.NoticeUnit.MONTHS:
        return months_before(term_ends, length)
    days = length * (_WEEK if contract.notice_unit == Contract.NoticeUnit.WEEKS else 1)
    return term_ends - timedelta(days=days)


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * _MONTHS + later.month - earlier.month
