"""Values and durations side by side: a row gives `value`, or a start and an end instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..clock import elapsed_us
from ..errors import Problem, refusal
from ..rows import Row
from .base import TIME_UNITS, Given, Roles

VALUE: Roles = {"value": "value"}
FROM_TO: Roles = {"from": "a", "to": "b"}


def calendar_problems(unit: str, calendar_given: bool, where: str = "unit") -> list[Problem]:
    """A working day has no fixed length, so days and a calendar do not go together."""
    if unit == "days" and calendar_given:
        return [Problem(where, unit, "working days have no fixed length", "use hours")]
    return []


def unit_us(given: Given, unit: str | None) -> int:
    """Microseconds of the unit durations are given in.

    Raises:
        EngineError: if rows give durations but the unit is no unit of time.
    """
    if unit is not None and unit in TIME_UNITS:
        return TIME_UNITS[unit]
    where = "limit_unit" if given.inputs.measure == "share_within" else "unit"
    raise refusal(
        where, unit, "rows give from and to", f"use one of {', '.join(TIME_UNITS)} as {where}"
    )


def total(given: Given) -> tuple[int, int]:
    """(sum, divisor) over values and durations of sums alone: 24x7 time.

    Both kinds may be present: the start and end of a row that gives a value are empty, and so add
    nothing.
    """
    totals = given.totals
    if not (totals.a or totals.b):
        return totals.value, given.divisor
    unit = unit_us(given, given.inputs.unit)
    return totals.value * unit + (totals.b - totals.a) * given.divisor, unit * given.divisor


def amounts(given: Given, unit: str | None) -> tuple[list[int], int]:
    """(amounts, divisor): one integer per row with something to measure.

    Rows with neither a value nor both ends of a duration are left out.
    """
    rows = given.rows
    if all(row.a is None or row.value is not None for row in rows):
        return [row.value for row in rows if row.value is not None], given.divisor
    one_unit = unit_us(given, unit)
    found = (_amount(row, given, one_unit) for row in rows)
    return [amount for amount in found if amount is not None], one_unit * given.divisor


def _amount(row: Row, given: Given, one_unit: int) -> int | None:
    if row.value is not None:
        return row.value * one_unit
    if row.a is None or row.b is None:
        return None
    return elapsed_us(row.a, row.b, given.inputs.calendar) * given.divisor


def roles_by_option(options: Mapping[str, Any], quotient: Roles) -> tuple[Roles, ...]:
    """`of: quotient` takes a numerator and a denominator, everything else a value."""
    return (quotient,) if options.get("of") == "quotient" else (VALUE,)
