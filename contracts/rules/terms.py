"""Terms of a contract and the days to act on them.

A term has a last day, which is inside it. Notice counts back from it by the calendar: three months
before 31 December is 30 September, and a month that is too short gives its own last day. Where
notice must arrive on a working day, it counts back further to one, and then by the days after
which a letter counts as delivered. (Source: the corresponding-date rule of contract practice.)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.rules.months import months_before, months_between, months_clamped, months_later

IsOpen = Callable[[date], bool]
LONGEST_CLOSURE = 366  # days in a row; a calendar that is closed for longer has no working day
_DAY = timedelta(days=1)
_DAYS = {"days": 1, "weeks": 7}


class NoWorkingDayError(ValueError):
    """A calendar has no working day within a year before or after a day."""


@dataclass(frozen=True, slots=True)
class Renewals:
    """How often a contract renews itself: ``months`` each time (0 is never), ``limit`` at most."""

    months: int = 0
    limit: int | None = None


NEVER = Renewals()


@dataclass(frozen=True, slots=True)
class Extension:
    """An option that was exercised on ``since``: ``last_day`` as it is stated, or ``months`` later."""

    since: date
    months: int = 0
    last_day: date | None = None

    def end(self, before: date) -> date:
        """The last day that follows ``before``; a stated one beats a computed one."""
        return self.last_day or months_later(before, self.months)


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch a contract runs for: ``renewals`` behind it, ``last_day`` None without an end."""

    first_day: date
    last_day: date | None
    renewals: int
    has_ended: bool


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """How long before a term's end notice is served.

    ``unit``: days, weeks or months; ``deemed_days``: days after which what was sent counts as
    delivered; ``lead_days``: days before the last day to serve by which we want to have decided.
    """

    length: int
    unit: str
    deemed_days: int = 0
    lead_days: int = 0


def always_open(_: date) -> bool:
    """Every day is one on which notice can arrive."""
    return True


def first_term_last_day(first_day: date, months: int) -> date:
    """The last day of a first term of ``months``: the day before the corresponding day."""
    return months_clamped(first_day, months) - _DAY


def terms_until(
    first_day: date,
    first_end: date,
    today: date,
    renewals: Renewals = NEVER,
    extensions: Sequence[Extension] = (),
) -> Iterator[Term]:
    """The terms that began by ``today``, the first one always, with the options exercised by then.

    Renewals count from the same last day, never from each other, so that a month's end stays one.
    """
    exercised = sorted((e for e in extensions if e.since <= today), key=lambda e: e.since)
    base, first = first_end, first_day
    for extension in exercised:
        base = extension.end(base)
    for number in range(_renewed(base, today, renewals) + 1):
        last = months_later(base, number * renewals.months)
        yield Term(first, last, len(exercised) + number, last < today)
        first = last + _DAY


def current_term(
    first_day: date,
    first_end: date,
    today: date,
    renewals: Renewals = NEVER,
    extensions: Sequence[Extension] = (),
) -> Term:
    """The term running on ``today``, or the last one there is."""
    *_, last = terms_until(first_day, first_end, today, renewals, extensions)
    return last


def _renewed(base: date, today: date, renewals: Renewals) -> int:
    """How often the contract has renewed itself by ``today``."""
    if not renewals.months:
        return 0
    number = max(0, months_between(base, today) // renewals.months - 1)
    while months_later(base, number * renewals.months) < today:
        number += 1
    return number if renewals.limit is None else min(number, renewals.limit)


def before_notice(last_day: date, rule: NoticeRule) -> date:
    """The notice period back from ``last_day``, before anything else counts."""
    if rule.unit == "months":
        return months_before(last_day, rule.length)
    return last_day - timedelta(days=rule.length * _DAYS[rule.unit])


def last_day_to_serve(last_day: date, rule: NoticeRule, is_open: IsOpen = always_open) -> date:
    """The last day on which notice ends the term that ends on ``last_day``."""
    arrives = open_day_before(before_notice(last_day, rule), is_open)
    return arrives - timedelta(days=rule.deemed_days)


def day_to_decide(serve_by: date, rule: NoticeRule) -> date:
    """The day by which we want to have decided, ``lead_days`` before the last day to serve."""
    return serve_by - timedelta(days=rule.lead_days)


def earliest_end(today: date, rule: NoticeRule, is_open: IsOpen = always_open) -> date:
    """The first day on which a contract without an end can end, if notice is served ``today``."""
    arrives = _open_day_from(today + timedelta(days=rule.deemed_days), is_open)
    end = _after_notice(arrives, rule)
    while last_day_to_serve(end - _DAY, rule, is_open) >= today:
        end -= _DAY
    while last_day_to_serve(end, rule, is_open) < today:
        end += _DAY
    return end


def _after_notice(day: date, rule: NoticeRule) -> date:
    if rule.unit == "months":
        return months_clamped(day, rule.length)
    return day + timedelta(days=rule.length * _DAYS[rule.unit])


def open_day_before(day: date, is_open: IsOpen) -> date:
    """``day``, or the last working day before it. Raises NoWorkingDayError."""
    return _stepped(day, -_DAY, is_open)


def _open_day_from(day: date, is_open: IsOpen) -> date:
    return _stepped(day, _DAY, is_open)


def _stepped(day: date, step: timedelta, is_open: IsOpen) -> date:
    for _ in range(LONGEST_CLOSURE):
        if is_open(day):
            return day
        day += step
    raise NoWorkingDayError(f"no working day within a year of {day}: open the calendar")
