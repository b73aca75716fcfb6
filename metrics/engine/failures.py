"""Failures left (what a target still allows) and the uncertainty of small samples."""

from __future__ import annotations

import math
from fractions import Fraction

from .errors import refusal
from .levels import Level
from .results import Failures

Z95 = 1.959963984540054


def failures_left(
    bad: Fraction, valid: Fraction, target: Fraction, expected_volume: Fraction | None = None
) -> Failures:
    """Failures allowed, used and left for a target share of good items (0..1).

    allowed = (1 - target) x valid, or x the projected volume of the whole period; consumed = used
    / allowed; burn = (bad / valid) / (1 - target). Seconds of downtime work the same way.
    Source: Site Reliability Workbook, error budgets.

    Raises:
        EngineError: for a target outside 0..1.
    """
    if not 0 <= target <= 1:
        raise refusal("target", str(target), "is not a share", "give 0 to 1, not percent")
    allowed = (1 - target) * (valid if expected_volume is None else expected_volume)
    rate = bad / valid if valid else Fraction(0)
    return Failures(allowed, bad, allowed - bad, _over(bad, allowed), _over(rate, 1 - target))


def _over(part: Fraction, whole: Fraction) -> Fraction | float:
    if whole:
        return part / whole
    return math.inf if part else Fraction(0)


def failures_of_share(
    numerator: Fraction, denominator: Fraction, level: Level, factor: int
) -> Failures | None:
    """Failures left of a share under its level; None where the level allows no such reading.

    Where less is better, the numerator counts the failures and the level is what is allowed.
    """
    target = level.target
    if target is None or not 0 <= target <= factor or not denominator:
        return None
    share = target / factor
    if level.higher_is_better:
        return failures_left(denominator - numerator, denominator, share)
    return failures_left(numerator, denominator, 1 - share)


def wilson_95(good: int, valid: int) -> tuple[float, float] | None:
    """The Wilson score interval of good / valid, within 0..1; None for an empty sample.

    Source: Wilson 1927.
    """
    if not 0 <= good <= valid or valid == 0:
        return None
    share, square = good / valid, Z95 * Z95
    shrink = 1 + square / valid
    centre = (share + square / (2 * valid)) / shrink
    half = Z95 / shrink * math.sqrt(share * (1 - share) / valid + square / (4 * valid * valid))
    low = 0.0 if good == 0 else max(0.0, centre - half)
    return low, 1.0 if good == valid else min(1.0, centre + half)
