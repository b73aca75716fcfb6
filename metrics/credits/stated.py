"""What is wrong with credit terms and rules before they are stored."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from django.core.exceptions import ValidationError

from contracts.models import Contract
from contracts.services.currencies import MINOR_UNITS
from metrics.credits.agreed import engine_rule, engine_terms, purse_of
from metrics.credits.facts import governed_by, term_of
from metrics.engine import EngineError, Problem
from metrics.engine.credits import Rule, share_of_pool, tier_problems
from metrics.engine.credits.days import CreditCalendar
from metrics.engine.numbers import plain
from metrics.evaluation.terms import engine_level
from metrics.models import CreditRule, CreditTerms, Kpi, ServiceLevel

Faults = dict[str, list[str]]
_AT_RISK = frozenset({"pool_allocation", "weight", "weight_tier"})
_CRITICAL = ServiceLevel.Kind.CRITICAL


def terms_problems(line: CreditTerms) -> Faults:
    """{field: what is wrong with it} of credit terms, each fault with its way out."""
    found: Faults = {}
    for field, said in (*_of_numbers(line), *_of_begin(line)):
        found.setdefault(field, []).append(said)
    try:
        line.clean_fields(exclude=["points_value", "earn_back"])
        engine_terms(line, purse_of(line.contract))
    except ValidationError as error:
        found |= error.message_dict
    except EngineError as error:
        _add(found, error)
    return found


def _add(found: Faults, error: EngineError) -> None:
    for problem in error.problems:
        found.setdefault("__all__", []).append(_said(problem))


def _said(problem: Problem) -> str:
    """A refusal of the engine as one sentence that ends in its way out."""
    value = "" if problem.value is None else f" {problem.value!r}"
    return f"{problem.where}{value} {problem.rule}: {problem.way_out}."


def _of_numbers(line: CreditTerms) -> Iterator[tuple[str, str]]:
    for name in ("at_risk", "period_cap", "annual_cap"):
        percent, minor = (getattr(line, f"{name}_{kind}") for kind in ("percent", "minor"))
        if percent is not None and minor is not None:
            yield f"{name}_percent", "State a percentage or an amount, not both."
        for kind, value in (("percent", percent), ("minor", minor)):
            if value is not None and Fraction(str(value)) < 0:
                yield f"{name}_{kind}", f"{value} is below nothing: state 0 or more."


def _of_begin(line: CreditTerms) -> Iterator[tuple[str, str]]:
    first = line.contract.first_day
    if line.valid_from < first:
        yield "valid_from", f"The contract begins later, on {first}."
    elif line.every in CreditTerms.Every.values:
        calendar = CreditCalendar(line.every, term_of(line.contract))
        begin = calendar.whole(line.valid_from).first
        if line.valid_from not in (begin, first):
            after = calendar.whole(line.valid_from, 1).first
            yield "valid_from", f"Terms begin with a credit period: write {begin} or {after}."


def rule_problems(
    line: CreditRule,
    *,
    levels: Sequence[ServiceLevel] | None = None,
    terms: Sequence[CreditTerms] | None = None,
) -> Faults:
    """{field: what is wrong with it} of a credit rule, each fault with its way out.

    ``levels`` of its KPI and ``terms`` of its contract, oldest first: those that are stored unless
    others are given.
    """
    try:
        rule = engine_rule(line)
    except EngineError as error:
        found: Faults = {}
        for problem in error.problems:
            field = "kind" if problem.where == "rule" else "parameters"
            found.setdefault(field, []).append(_said(problem))
        return found
    if rule is None:
        return {"parameters": ["A line that ends a rule has none."]} if line.parameters else {}
    contract = line.kpi.governing_contract
    if contract is None:
        return {"kpi": ["It belongs to no contract that could carry credits: give it one."]}
    known = line.kpi.levels.order_by("valid_from") if levels is None else levels
    begun = [level for level in known if level.valid_from <= line.valid_from]
    agreed = contract.credit_terms.order_by("valid_from") if terms is None else terms
    faults = [
        *_of_level(line.kpi, begun[-1] if begun else None),
        *_of_amounts(rule, contract),
        *_of_terms(rule, line, list(agreed)),
    ]
    if begun:
        faults += _of_tiers(rule, begun[-1])
    return {"parameters": faults} if faults else {}


def _of_level(kpi: Kpi, level: ServiceLevel | None) -> Iterator[str]:
    if level is None:
        yield "It has no service level on that day: let the rule begin with one."
    elif level.kind != _CRITICAL:
        kind = ServiceLevel.Kind(level.kind).label.lower()
        yield (
            f"It is a {kind} then, and only a critical service level carries credits: "
            "let its class be critical, or leave the rule out."
        )


def _of_tiers(rule: Rule, level: ServiceLevel) -> Iterator[str]:
    tiers = rule.values.get("tiers")
    if not tiers:
        return
    if level.operator == ServiceLevel.Operator.WITHIN:
        yield "Tiers need one better side, and a range has none: use another rule."
        return
    judged = engine_level(level, level.valid_from)
    for problem in tier_problems(tiers, judged.target, judged.higher_is_better):
        yield f"Tier {problem.value} {problem.rule}: {problem.way_out}."


def _of_amounts(rule: Rule, contract: Contract) -> Iterator[str]:
    """Amounts in the contract's currency have no more decimals than it has."""
    purse = purse_of(contract)
    for amount in (rule.values.get("amount"), (rule.critical or {}).get("amount")):
        if amount is not None and purse.minor(amount).denominator != 1:
            decimals = MINOR_UNITS[contract.currency]
            yield f"{plain(amount)} has more than the {decimals} decimals of {contract.currency}."


def _of_terms(rule: Rule, line: CreditRule, lines: Sequence[CreditTerms]) -> Iterator[str]:
    """What a rule needs of the contract's terms on its day, or of the first that follow."""
    begun = [terms for terms in lines if terms.valid_from <= line.valid_from]
    terms = next(iter([*reversed(begun), *lines]), None)
    if terms is None:
        contract = line.kpi.governing_contract
        yield f"Contract {contract} states no credit terms: state those first."
    elif (
        rule.kind.name in _AT_RISK and terms.at_risk_percent is None and terms.at_risk_minor is None
    ):
        yield f"The {terms} state no amount at risk: add it, or use another rule."
    elif rule.kind.name == "service_points" and not terms.points_value:
        yield f"The {terms} do not say what service points are worth: add it."


def pool_problems(contract: Contract) -> list[str]:
    """Days on which the KPIs of a contract take more than its pool together: Σ category ×
    allocation may not pass it."""
    rules = CreditRule.objects.filter(governed_by(contract, "kpi__"), kpi__archived_at=None)
    lines = list(rules.select_related("kpi").order_by("valid_from"))
    return beyond_pool(lines, list(contract.credit_terms.order_by("valid_from")))


def beyond_pool(lines: Sequence[CreditRule], terms: Sequence[CreditTerms]) -> list[str]:
    """The same of given rules and terms, each oldest first."""
    days = sorted({line.valid_from for line in lines} | {line.valid_from for line in terms})
    return [said for day in days if (said := _beyond_pool(day, lines, terms))]


def _beyond_pool(day: date, lines: Sequence[CreditRule], terms: Sequence[CreditTerms]) -> str:
    begun = [line for line in terms if line.valid_from <= day]
    if not begun:
        return ""
    newest = {line.kpi_id: line for line in lines if line.valid_from <= day}
    shares = {line.kpi.code: _share(line) for line in newest.values()}
    taken, pool = sum(shares.values(), Fraction(0)), Fraction(begun[-1].pool_percent)
    if taken <= pool:
        return ""
    each = ", ".join(f"{code} {plain(share)} %" for code, share in shares.items() if share)
    return (
        f"from {day} on the KPIs take {plain(taken)} % of the pool together ({each}), "
        f"and it has {plain(pool)} %"
    )


def _share(line: CreditRule) -> Fraction:
    rule = engine_rule(line)
    return share_of_pool(rule) if rule else Fraction(0)
