"""Writing what was agreed about service credits. A line that a posting rests on stands still."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from contracts.models import Contract
from contracts.services.writing import assign, save, touch, writing
from metrics.credits.stated import pool_problems, rule_problems, terms_problems
from metrics.models import CreditEntry, CreditRule, CreditTerms, Kpi

Line = CreditTerms | CreditRule
_TERMS: Final = frozenset(
    field.name
    for field in CreditTerms._meta.concrete_fields
    if field.name not in {"id", "contract", "valid_from", "updated_at"}
)
_RULE: Final = frozenset({"kind", "parameters", "clause", "amendment"})


def credit_terms_add(
    *, contract: Contract, valid_from: date, values: Mapping[str, Any]
) -> CreditTerms:
    """What a contract agrees about credits, for credit periods that begin on ``valid_from`` or
    later. ``values``: fields of CreditTerms. Raises ValidationError with everything wrong."""
    line = CreditTerms(contract=contract, valid_from=valid_from)
    credit_terms_correct(line=line, values=values)
    return line


def credit_terms_correct(*, line: CreditTerms, values: Mapping[str, Any]) -> CreditTerms:
    """Write terms that no posting rests on. Raises ValidationError."""
    with writing():
        credit_terms_write(line=line, values=values)
        _refuse_beyond_pool(line.contract)
    return line


def credit_terms_write(*, line: CreditTerms, values: Mapping[str, Any]) -> CreditTerms:
    """The same without a look at the pool, for those who write many lines and look at its end."""
    with writing():
        _refuse_used(line)
        assign(line, values, _TERMS)
        _refuse(terms_problems(line))
        save(line)
        touch(line.contract)
    return line


def credit_rule_add(*, kpi: Kpi, valid_from: date, values: Mapping[str, Any]) -> CreditRule:
    """What a failure of ``kpi`` gives, in periods that begin on ``valid_from`` or later.

    ``values``: ``kind``, ``parameters``, ``clause``, ``amendment``. Raises ValidationError with
    everything wrong, also for a KPI that is not a critical service level then.
    """
    line = CreditRule(kpi=kpi, valid_from=valid_from)
    credit_rule_correct(line=line, values=values)
    return line


def credit_rule_correct(*, line: CreditRule, values: Mapping[str, Any]) -> CreditRule:
    """Write a rule that no posting rests on. Raises ValidationError."""
    with writing():
        credit_rule_write(line=line, values=values)
        if contract := line.kpi.governing_contract:
            _refuse_beyond_pool(contract)
    return line


def credit_rule_write(*, line: CreditRule, values: Mapping[str, Any]) -> CreditRule:
    """The same without a look at the pool, for those who write many lines and look at its end."""
    with writing():
        _refuse_used(line)
        assign(line, values, _RULE)
        _refuse(rule_problems(line))
        save(line)
        touch(line.kpi)
    return line


def credit_line_withdraw(*, line: Line) -> None:
    """Take back terms or a rule that no posting rests on. Raises ValidationError."""
    with writing():
        _refuse_used(line)
        line.delete()
        touch(line.contract if isinstance(line, CreditTerms) else line.kpi)


def credits_kept(contract: Contract) -> bool:
    """Whether anything was posted for a contract, in the currency that it has."""
    return CreditEntry.objects.filter(contract=contract).exists()


def is_used(line: Line) -> bool:
    """Whether anything was posted for the time in which this line holds, or would hold: what was
    posted then follows the lines that held, and terms never reach back."""
    if isinstance(line, CreditTerms):
        posted = CreditEntry.objects.filter(contract=line.contract)
        days = posted.values_list("counted_in", flat=True)
        following = _first_after(line.contract.credit_terms.all(), line)
    else:
        posted = CreditEntry.objects.filter(kpi_period__kpi=line.kpi)
        days = posted.values_list("kpi_period__first_day", flat=True)
        following = _first_after(line.kpi.credit_rules.all(), line)
    return any(line.valid_from <= day and (not following or day < following) for day in days)


def _first_after(lines: QuerySet[Any], line: Line) -> date | None:
    """The day from which a later line holds."""
    later = lines.filter(valid_from__gt=line.valid_from).order_by("valid_from")
    return later.values_list("valid_from", flat=True).first()


def _refuse_used(line: Line) -> None:
    if is_used(line):
        raise ValidationError(
            f"Credits were posted for the time of the {line}: "
            "leave what held then, and add a line with a later day, by an amendment."
        )


def _refuse_beyond_pool(contract: Contract) -> None:
    if problems := pool_problems(contract):
        raise ValidationError([f"{said}: lower an allocation." for said in problems])


def _refuse(problems: Mapping[str, list[str]]) -> None:
    if problems:
        raise ValidationError(dict(problems))
