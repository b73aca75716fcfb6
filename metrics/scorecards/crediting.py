"""What is agreed about service credits, in words: the terms of a contract, the rule of a KPI."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.models import Contract
from contracts.services.currencies import money_text
from metrics.models import CreditRule, CreditTerms
from metrics.scorecards.describing import Fact
from metrics.scorecards.figures import typed, with_sign

_EARN_BACKS: Final = {
    "met_for": "after {periods} periods in a row that are met",
    "exceeded_for": "after {periods} periods in a row that are exceeded",
    "no_credit_for": "after {periods} periods without any credit",
    "average": "where the average of the contract year reaches the level",
}
_NUMBERS: Final = {
    "category": ("Category", "{} % of the pool"),
    "allocation": ("Allocation", "{} %"),
    "weight": ("Weight", "{} %"),
    "percent": ("Percent", "{} %"),
    "cap": ("At most", "{} %"),
}
_IN_UNIT: Final = {"step": "Step", "floor": "No more is counted beyond"}
_WHEN: Final = {"default": "a service level default", "any_miss": "any miss of the expected level"}


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A dated line: from when, what it is called, its facts, and where it was agreed."""

    since: date
    title: str
    facts: tuple[Fact, ...]
    clause: str
    agreed: str


def terms_lines(terms: Sequence[CreditTerms]) -> list[AgreedLine]:
    """The credit terms of a contract, newest first."""
    return [_line(each, "Credit terms", terms_facts(each)) for each in reversed(terms)]


def rule_lines(rules: Sequence[CreditRule], unit: str, contract: Contract) -> list[AgreedLine]:
    """The credit rules of a KPI, whose figures are in ``unit``, newest first."""
    return [
        _line(each, each.get_kind_display(), rule_facts(each, unit, contract))
        for each in reversed(rules)
    ]


def _line(line: CreditTerms | CreditRule, title: str, facts: Iterator[Fact]) -> AgreedLine:
    found = line.amendment
    agreed = f"{found.number}: {found.title}" if found else "as signed"
    return AgreedLine(line.valid_from, title, tuple(facts), line.clause, agreed)


def terms_facts(terms: CreditTerms) -> Iterator[Fact]:
    """What credit terms say, without what they leave at its default."""
    yield Fact("Credit period", terms.get_every_display())
    yield Fact("Computed of", terms.get_base_display())
    yield from _portions(terms)
    yield Fact("Failures of one cause", terms.get_same_cause_display())
    if terms.critical_replaces:
        yield Fact("A critical failure", "replaces the other credits of its period")
    if terms.excess == CreditTerms.Excess.CARRIED:
        yield Fact("What a cap cuts", terms.get_excess_display())
    if terms.earn_back:
        yield Fact("Earn-back", _earn_back(terms.earn_back))


def _portions(terms: CreditTerms) -> Iterator[Fact]:
    names = {
        "at_risk": ("At-risk amount", "of the charges"),
        "period_cap": ("At most in a credit period", "of the charges"),
        "annual_cap": ("At most in a contract year", "of twelve months' charges"),
    }
    for name, (title, of) in names.items():
        percent, minor = getattr(terms, f"{name}_percent"), getattr(terms, f"{name}_minor")
        if percent is not None:
            yield Fact(title, f"{typed(percent)} % {of}")
        elif minor is not None:
            yield Fact(title, money_text(minor, terms.contract.currency))


def _earn_back(said: Mapping[str, Any]) -> str:
    after = _EARN_BACKS[said["kind"]].format(periods=said.get("periods", ""))
    return f"{typed(said['share'])} % returns {after}"


def rule_facts(rule: CreditRule, unit: str, contract: Contract) -> Iterator[Fact]:
    """What a credit rule says: its numbers, its tiers, what it counts."""
    said = rule.parameters
    for key, (title, text) in _NUMBERS.items():
        if said.get(key) is not None:
            yield Fact(title, text.format(typed(said[key])))
    for key, title in _IN_UNIT.items():
        if said.get(key) is not None:
            yield Fact(title, with_sign(said[key], unit))
    if said.get("amount") is not None:
        yield Fact("Amount", f"{typed(said['amount'])} {contract.currency}")
    for tier in said.get("tiers", ()):
        yield Fact(_ends(tier, unit), _worth(tier))
    if rule.kind != CreditRule.Kind.NONE:
        yield Fact("Credited for", _WHEN[said.get("when", "default")])


def _ends(tier: Mapping[str, Any], unit: str) -> str:
    """A tier's ends as text, such as ``82 to 85 %``."""
    lower, upper = tier.get("lower"), tier.get("upper")
    if lower is None:
        return f"Below {with_sign(str(upper), unit)}"
    if upper is None:
        return f"Beyond {with_sign(lower, unit)}"
    return f"{typed(lower)} to {with_sign(upper, unit)}"


def _worth(tier: Mapping[str, Any]) -> str:
    if tier.get("points") is not None:
        return f"{typed(tier['points'])} points"
    return f"{typed(tier.get('percent', 0))} %"
