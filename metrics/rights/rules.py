"""Termination clauses: noted and corrected; one that a right rests on is never rewritten."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.db.models.functions import Coalesce

from contracts.models import Contract
from contracts.services.usable import refuse_archived
from contracts.services.writing import assign, save, touch, writing
from metrics.engine.errors import EngineError
from metrics.engine.rights import Chronic, Further, Gap, Trigger
from metrics.models import Kpi, TerminationRight, TerminationRule

VALUES = (
    "amendment",
    "clause",
    "kind",
    "count",
    "of",
    "threshold",
    "amount_minor",
    "scope",
    "gap",
    "further",
    "expiry_days",
)
_CHANGEABLE = frozenset(VALUES)


def rule_add(
    *, contract: Contract, code: str, valid_from: date, kpis: Sequence[Kpi] = (), **values: Any
) -> TerminationRule:
    """A clause of ``contract`` from a day on; ``values``: any of ``VALUES``.

    Raises ValidationError, also where a later line of the same code is there already.
    """
    rule = TerminationRule(contract=contract, code=code, valid_from=valid_from)
    with writing():
        refuse_archived(contract)
        _refuse_before_rights(rule)
        assign(rule, values, _CHANGEABLE)
        return _saved(rule, kpis)


def rule_correct(
    *, rule: TerminationRule, kpis: Sequence[Kpi] | None = None, **values: Any
) -> TerminationRule:
    """Correct a line that opened no right yet. Raises ValidationError for one that did."""
    with writing():
        if rule.rights.exists():
            raise ValidationError(
                f"A right rests on {rule}: add a line of {rule.code} with a later valid_from."
            )
        assign(rule, values, _CHANGEABLE)
        return _saved(rule, list(rule.kpis.all()) if kpis is None else kpis)


def chronic_of(rule: TerminationRule, *, lower_is_better: bool = False) -> Chronic:
    """The rule as the engine reads it. Raises EngineError with all problems."""
    return Chronic(
        trigger=Trigger(rule.kind),
        count=rule.count,
        of=rule.of,
        threshold=None if rule.threshold is None else Fraction(rule.threshold),
        lower_is_better=lower_is_better,
        gap=Gap(rule.gap),
        further=Further(rule.further),
        amount=None if rule.amount_minor is None else Fraction(rule.amount_minor),
    )


def _saved(rule: TerminationRule, kpis: Sequence[Kpi]) -> TerminationRule:
    _refuse(rule, kpis)
    save(rule)
    rule.kpis.set(kpis)
    touch(rule.contract)
    return rule


def _refuse(rule: TerminationRule, kpis: Sequence[Kpi]) -> None:
    try:
        chronic_of(rule)
    except EngineError as error:
        raise ValidationError([str(problem) for problem in error.problems]) from None
    if rule.is_of_credits and (kpis or rule.scope != TerminationRule.Scope.CRITICAL):
        raise ValidationError(
            {"scope": "It goes by the credits of the whole contract: leave it out."}
        )
    if (rule.scope == TerminationRule.Scope.KPIS) != bool(kpis):
        raise ValidationError({"scope": "Name KPIs where the rule is about some, and only there."})
    owners = {kpi: kpi.governing_contract for kpi in kpis}
    foreign = [kpi.code for kpi, owner in owners.items() if owner != rule.contract]
    if foreign:
        raise ValidationError(f"{', '.join(foreign)}: not measured under {rule.contract}.")
    if rule.amendment is not None and rule.amendment.contract_id != rule.contract_id:
        raise ValidationError({"amendment": f"{rule.amendment} is no amendment of this contract."})


def _refuse_before_rights(rule: TerminationRule) -> None:
    """A line that begins before a right of its code opened would have opened it otherwise."""
    rights = TerminationRight.objects.filter(rule__contract=rule.contract, rule__code=rule.code)
    first_day = Coalesce("period__first_day", "credit_period")
    last = rights.aggregate(last=Max(first_day))["last"]
    if last and rule.valid_from <= last:
        said = f"A right of {rule.code} rests on the period from {last}: begin later."
        raise ValidationError({"valid_from": said})
