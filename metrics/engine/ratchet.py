"""Continuous improvement: the level proposed after a year beyond the target; never set by us."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .errors import refusal

MONTHS = 12


def propose_ratchet(
    target: Fraction,
    values: Sequence[Fraction],
    operator: str = ">=",
    cap: Fraction | None = None,
) -> Fraction | None:
    """target + (mean of the last 12 values - target) / 2; None if not all lie beyond the target.

    Works in either direction; `cap` is the furthest the clause lets a level move. Source:
    continuous improvement clauses of outsourcing contracts.

    Raises:
        EngineError: for fewer than 12 values, or `within`, which has no direction.
    """
    if operator not in (">=", ">", "<=", "<"):
        raise refusal("operator", operator, "has no better side", "use a one-sided level")
    if len(values) < MONTHS:
        raise refusal("values", len(values), "a year is needed", "give the last 12 months")
    sign = 1 if operator in (">=", ">") else -1
    year = values[-MONTHS:]
    if not all((value - target) * sign > 0 for value in year):
        return None
    proposed = target + (sum(year, Fraction(0)) / MONTHS - target) / 2
    if cap is None:
        return proposed
    return min(proposed, cap) if sign > 0 else max(proposed, cap)
