"""A contract with its credits in one call, for tables of cases."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from metrics.engine.credits import (
    Charge,
    Days,
    Inputs,
    Outcome,
    Portion,
    Purse,
    Required,
    Terms,
    read_rule,
    required,
)

USD = Purse("USD", 2)
TERM = Days(date(2026, 1, 1), date(2028, 12, 31))
TODAY = date(2028, 12, 31)


def cents(text: str | int) -> int:
    """Minor units of an amount such as "1500.00"."""
    found = Fraction(str(text)) * 100
    assert found.denominator == 1
    return int(found)


def month(number: int, year: int = 2026) -> Days:
    """A calendar month, counted from January 2026 on."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    return Days(date(year, number, 1), date(year, number, monthrange(year, number)[1]))


def monthly(amount: str, months: int = 12) -> list[Charge]:
    """The same charge for each month from January 2026 on."""
    return [Charge(month(number), cents(amount)) for number in range(1, months + 1)]


def a_failure(number: int = 1, in_month: int = 1, **more: Any) -> Outcome:
    """A KPI's failed month."""
    stated: dict[str, Any] = {
        "kpi": number,
        "label": f"KPI {number} {month(in_month)}",
        "days": month(in_month),
        "failed": True,
        "tallied": True,
        "rule": 1,
    }
    return Outcome(number, **(stated | more))


def short(value: str, target: str, **more: Any) -> Outcome:
    """A failure of ``>= target``."""
    low, high = Fraction(value), Fraction(target)
    return a_failure(**{"value": low, "target": high, "shortfall": high - low} | more)


def met(number: int, kpi: int, in_month: int, **more: Any) -> Outcome:
    """A month in which the KPI met its level."""
    stated: dict[str, Any] = {"failed": False, "tallied": False, "met": True, "kpi": kpi}
    return a_failure(number, in_month, **(stated | more))


def percent(written: str) -> Portion:
    return Portion(percent=Fraction(written))


def amount(written: str) -> Portion:
    return Portion(amount=Fraction(cents(written)))


def credits_of(
    outcomes: Sequence[Outcome],
    rule: tuple[str, Mapping[str, Any]] = ("weight", {"allocation": "100"}),
    charges: Sequence[Charge] = (),
    *,
    today: date = TODAY,
    term: Days = TERM,
    rules: Mapping[int, tuple[str, Mapping[str, Any]]] | None = None,
    choices: Mapping[int, Sequence[int]] | None = None,
    **terms: Any,
) -> Required:
    """What the ledger requires under one set of terms and one rule for all."""
    known = rules or {1: rule}
    return required(
        Inputs(
            contract=7,
            purse=USD,
            term=term,
            terms=(Terms(number=1, **terms),),
            rules={number: read_rule(*each) for number, each in known.items()},
            outcomes=outcomes,
            charges=charges,
            today=today,
            choices=choices or {},
        )
    )


def amounts(found: Required) -> list[int]:
    return [line.amount for line in found.lines]
