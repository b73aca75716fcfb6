"""Notice, options, obligations and termination clauses as a file states them."""

from contracts.models import Contract, ContractOption, Obligation
from metrics.models import TerminationRule
from metrics.portfolio.editing.entries import Entry
from metrics.portfolio.exporting.concise import concise
from metrics.portfolio.exporting.credits import portion_stated
from metrics.portfolio.shapes.dates import (
    NoticeShape,
    ObligationShape,
    OptionShape,
    TerminationShape,
)

_SAME = (
    "code",
    "title",
    "kind",
    "clause",
    "owed_by",
    "owner",
    "first_due",
    "event",
    "offset",
    "offset_unit",
    "every",
    "every_unit",
    "last_due",
    "followed_from",
    "lead_days",
)
_RULE = (
    "code",
    "valid_from",
    "clause",
    "kind",
    "count",
    "of",
    "scope",
    "gap",
    "further",
    "expiry_days",
)


def notice_stated(contract: Contract) -> Entry | None:
    """The notice of a contract; None where it states none."""
    if contract.notice_length is None:
        return None
    stated = {
        "length": contract.notice_length,
        "unit": contract.notice_unit,
        "working_day": contract.notice_working_day,
        "calendar": contract.notice_calendar.code if contract.notice_calendar else None,
        "country": contract.notice_country,
        "deemed_delivery_days": contract.notice_deemed_days,
        "lead_time_days": contract.notice_lead_days,
    }
    return concise(stated, NoticeShape)


def option_stated(option: ContractOption) -> Entry:
    """An option with what became of it."""
    own = {"length": option.notice_length, "unit": option.notice_unit}
    stated = {
        "number": option.number,
        "description": option.description,
        "months": option.extends_months,
        "until": option.extends_to,
        "exercise_by": option.exercise_by,
        "notice": own if option.notice_length is not None else None,
        "exercised": option.exercised_on,
        "declined": option.declined_on,
    }
    return concise(stated, OptionShape)


def obligation_stated(obligation: Obligation) -> Entry:
    """An obligation; what was done about it is kept in the database alone."""
    stated = {name: getattr(obligation, name) for name in _SAME} | {
        "evidence": obligation.needs_evidence,
        "internal": obligation.is_internal,
    }
    return concise(stated, ObligationShape)


def rule_stated(rule: TerminationRule) -> Entry:
    """A termination clause."""
    stated = {name: getattr(rule, name) for name in _RULE} | {
        "amendment": rule.amendment.number if rule.amendment else None,
        "worse_than": None if rule.is_of_credits else rule.threshold,
        "at_least": _least(rule),
        "kpis": sorted(kpi.code for kpi in rule.kpis.all()),
    }
    return concise(stated, TerminationShape)


def _least(rule: TerminationRule) -> Entry | None:
    """What accumulated credits have to come to; None for other clauses."""
    if rule.kind != TerminationRule.Kind.ACCUMULATED_CREDITS:
        return None
    return portion_stated(rule.threshold, rule.amount_minor, rule.contract.currency)
