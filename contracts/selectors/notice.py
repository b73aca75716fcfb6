"""The last day on which a contract can still be stopped, or its option exercised.

The rules are in contracts.rules.terms; this reads what they need of a contract.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from contracts.models import Contract, ContractOption
from contracts.rules import terms as rules
from contracts.rules.terms import Extension, NoticeRule, Renewals, Term
from contracts.selectors.opendays import arrival_days

__all__ = [
    "Notice",
    "OptionDue",
    "Term",
    "current_term",
    "next_notice",
    "next_option",
    "notice_of",
    "terms_of",
    "with_terms",
]
Renewal = Contract.Renewal
_BY_ITSELF = frozenset({Renewal.AUTO, Renewal.EVERGREEN})
_PURPOSES = {
    Renewal.OPTION: "Last day to exercise the option",
    Renewal.AUTO: "Last day to stop the renewal",
    Renewal.EXPRESS: "Last day to agree on a renewal",
    Renewal.EVERGREEN: "Earliest end if notice is served today",
}
_SERVE = "Last day to serve notice"
_WARNINGS = {
    Renewal.OPTION: "Without that, the option is lost and the contract ends on",
    Renewal.AUTO: "Without that, it renews itself after",
    Renewal.EXPRESS: "Without an agreement it ends on",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What to do about the term that runs, and by when.

    ``term_ends``: last day of the term that runs, and of one without an end the earliest day on
    which it can end; ``serve_by``: last day to serve notice, or to exercise the option; ``decide_by``:
    our own day before it. ``serve_by`` and ``decide_by`` are None where none is stated.
    """

    term_ends: date
    serve_by: date | None
    renewal: str
    decide_by: date | None = None

    @property
    def purpose(self) -> str:
        """What must be done by ``serve_by``, in words."""
        return _PURPOSES.get(Renewal(self.renewal), _SERVE)

    @property
    def is_earliest_end(self) -> bool:
        """Whether ``term_ends`` is the day on which notice of today ends the contract."""
        return self.renewal == Renewal.EVERGREEN

    @property
    def warning(self) -> str:
        """What happens otherwise, in words that end before the last day of the term."""
        return _WARNINGS.get(Renewal(self.renewal), "The term ends on")

    def days_left(self, today: date) -> int | None:
        """Days from ``today`` until the last day to serve; negative once it has passed."""
        return None if self.serve_by is None else (self.serve_by - today).days


@dataclass(frozen=True, slots=True)
class OptionDue:
    """An option that nobody decided on, the last day to exercise it and the day it extends to."""

    option: ContractOption
    exercise_by: date
    decide_by: date
    extends_to: date


def with_terms(found: "QuerySet[Contract]") -> "QuerySet[Contract]":
    """``found`` with what its terms and notice are computed from, in one more query."""
    return found.select_related("notice_calendar").prefetch_related("options")


def next_notice(contract: Contract, *, today: date) -> Notice | None:
    """What to do about the term running on ``today``; None without an end or after the last term."""
    if contract.renewal == Renewal.EVERGREEN:
        return _earliest_end(contract, today)
    if contract.last_day is None:
        return None
    term = current_term(contract, today=today)
    if term.has_ended or term.last_day is None:
        return None
    if due := next_option(contract, today=today):
        return Notice(term.last_day, due.exercise_by, Renewal.OPTION, due.decide_by)
    serve_by, decide_by = notice_of(contract, term.last_day)
    return Notice(term.last_day, serve_by, _what_follows(contract, term, today), decide_by)


def _earliest_end(contract: Contract, today: date) -> Notice | None:
    """A contract that runs until notice; not before the first term's last day, if it has one."""
    rule = rule_of(contract)
    if rule is None:
        return None
    end = rules.earliest_end(today, rule, arrival_days(contract))
    return Notice(max(end, contract.last_day or end), None, Renewal.EVERGREEN)


def _what_follows(contract: Contract, term: Term, today: date) -> str:
    """What happens after ``term``: nothing any more once it renewed as often as it may, or once
    every option is decided on or lost."""
    if contract.renewal == Renewal.OPTION:
        return Renewal.NONE if _options(contract) else Renewal.OPTION
    limit = contract.renewal_limit
    renewed = term.renewals - sum(each.since <= today for each in _extensions(contract))
    is_over = contract.renewal == Renewal.AUTO and limit is not None and renewed >= limit
    return Renewal.NONE if is_over else contract.renewal


def notice_of(contract: Contract, last_day: date) -> tuple[date | None, date | None]:
    """(last day to serve notice, our own day before it) of a term that ends on ``last_day``."""
    rule = rule_of(contract)
    if rule is None:
        return None, None
    serve_by = rules.last_day_to_serve(last_day, rule, arrival_days(contract))
    return serve_by, rules.day_to_decide(serve_by, rule)


def next_option(contract: Contract, *, today: date) -> OptionDue | None:
    """The first option on which nobody decided and that can still be exercised on ``today``.

    None of a contract that renews itself: what counts there is the day to stop it.
    """
    if contract.renewal in _BY_ITSELF:
        return None
    return next((due for due in _options_due(contract, today) if due.exercise_by >= today), None)


def _options_due(contract: Contract, today: date) -> Iterator[OptionDue]:
    ends = current_term(contract, today=today).last_day
    for option in _options(contract):
        if not option.is_open or ends is None:
            continue
        by, decide_by = exercise_days(option, contract, ends)
        if by is not None and decide_by is not None:
            yield OptionDue(option, by, decide_by, extension_of(option, today).end(ends))


def exercise_days(
    option: ContractOption, contract: Contract, term_ends: date
) -> tuple[date | None, date | None]:
    """(last day to exercise the option, our own day before it): as it is stated, or by its own
    notice before the term's end, or by the contract's; None where neither says a day."""
    rule = rule_of(contract)
    lead = contract.notice_lead_days
    if option.exercise_by is not None:
        stated = NoticeRule(0, "days", lead_days=lead)
        return option.exercise_by, rules.day_to_decide(option.exercise_by, stated)
    if option.notice_length is not None:
        deemed = contract.notice_deemed_days
        rule = NoticeRule(option.notice_length, option.notice_unit, deemed, lead)
    if rule is None:
        return None, None
    by = rules.last_day_to_serve(term_ends, rule, arrival_days(contract))
    return by, rules.day_to_decide(by, rule)


def term_end(contract: Contract, *, today: date) -> date:
    """Last day of the term running on ``today``, or of the last term there is."""
    last_day = current_term(contract, today=today).last_day
    if last_day is None:
        raise ValueError(f"contract {contract.reference} has no last day: ask only where it has")
    return last_day


def current_term(contract: Contract, *, today: date) -> Term:
    """The term running on ``today``, or the last one there is."""
    *_, last = terms_of(contract, today=today)
    return last


def terms_of(contract: Contract, *, today: date) -> list[Term]:
    """The terms that began by ``today``, the first one always.

    ``contract.last_day`` ends the first term; options exercised by ``today`` extend it.
    """
    if contract.last_day is None or contract.renewal == Renewal.EVERGREEN:
        return [Term(contract.first_day, None, 0, False)]
    return list(
        rules.terms_until(
            contract.first_day,
            contract.last_day,
            today,
            renewals_of(contract),
            _extensions(contract),
        )
    )


def renewals_of(contract: Contract) -> Renewals:
    """How the contract renews itself."""
    if contract.renewal != Renewal.AUTO:
        return rules.NEVER
    return Renewals(contract.renewal_months or 0, contract.renewal_limit)


def rule_of(contract: Contract) -> NoticeRule | None:
    """The notice that the contract states."""
    if contract.notice_length is None:
        return None
    return NoticeRule(
        contract.notice_length,
        contract.notice_unit,
        contract.notice_deemed_days,
        contract.notice_lead_days,
    )


def extension_of(option: ContractOption, since: date) -> Extension:
    """What exercising the option on ``since`` comes to."""
    return Extension(since, option.extends_months or 0, option.extends_to)


def _extensions(contract: Contract) -> list[Extension]:
    exercised = ((each, each.exercised_on) for each in _options(contract))
    return [extension_of(option, since) for option, since in exercised if since is not None]


def _options(contract: Contract) -> list[ContractOption]:
    """The options by number; none of a contract that is not stored yet."""
    if contract._state.adding:
        return []
    return sorted(contract.options.all(), key=lambda option: option.number)
