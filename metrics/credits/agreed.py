"""Stored terms and rules as the engine's."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from contracts.models import Contract
from contracts.services.currencies import MINOR_UNITS
from metrics.engine.credits import (
    Portion,
    Purse,
    Rule,
    Terms,
    read_earn_back,
    read_points,
    read_rule,
)
from metrics.models import CreditRule, CreditTerms


def purse_of(contract: Contract) -> Purse:
    """The contract's currency with its decimals."""
    return Purse(contract.currency, MINOR_UNITS[contract.currency])


def engine_terms(line: CreditTerms, purse: Purse) -> Terms:
    """Raises EngineError with everything wrong."""
    return Terms(
        number=line.pk or 0,
        valid_from=line.valid_from,
        every=line.every,
        base=line.base,
        at_risk=_portion(line.at_risk_percent, line.at_risk_minor),
        pool=Fraction(line.pool_percent),
        same_cause=line.same_cause,
        critical_replaces=line.critical_replaces,
        period_cap=_portion(line.period_cap_percent, line.period_cap_minor),
        annual_cap=_portion(line.annual_cap_percent, line.annual_cap_minor),
        excess=line.excess,
        rounding=line.rounding,
        points=read_points(line.points_value, purse),
        earn_back=read_earn_back(line.earn_back),
    )


def _portion(percent: Decimal | None, minor: int | None) -> Portion | None:
    if percent is None and minor is None:
        return None
    return Portion(
        None if percent is None else Fraction(percent), None if minor is None else Fraction(minor)
    )


def engine_rule(line: CreditRule) -> Rule | None:
    """None for a line that ends what was agreed. Raises EngineError with everything wrong."""
    if line.kind == CreditRule.Kind.NONE:
        return None
    return _rule(line.kind, _Parameters(line.parameters))


class _Parameters(dict[str, Any]):
    """Parameters that can be looked up: equal where they are written the same."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(repr(sorted(self.items())))


@lru_cache(maxsize=1024)
def _rule(kind: str, parameters: Mapping[str, Any]) -> Rule:
    return read_rule(kind, parameters)
