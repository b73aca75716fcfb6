"""Attainment: how much of a service level was reached, 0 to 100."""

from __future__ import annotations

from fractions import Fraction

from .judging import band_of, compared, verdict
from .levels import Level
from .results import Status

FULL, NOTHING = Fraction(100), Fraction(0)


def attainment(value: Fraction, level: Level) -> Fraction | None:
    """0..100 by the clause's rule; None without a target.

    Linear is 100 at or beyond expected and 0 at the floor; the floor defaults to as far below the
    minimum as the minimum is below expected. Beyond the worst band it is 0.
    """
    if not level.has_target:
        return None
    floor = floor_of(level)
    if level.attainment == "bands":
        band = band_of(value, level)
        return NOTHING if band is None else band.attainment
    if level.attainment == "met_or_not" or floor is None or level.target is None:
        return FULL if verdict(value, level) is Status.MET else NOTHING
    reached = (compared(value, level) - floor) / (level.target - floor)
    return min(max(reached, NOTHING), Fraction(1)) * 100


def floor_of(level: Level) -> Fraction | None:
    """Where linear attainment is 0; None where nothing sets it."""
    if level.floor is not None:
        return level.floor
    if level.expected is None or level.minimum is None or level.minimum == level.expected:
        return None
    return 2 * level.minimum - level.expected
