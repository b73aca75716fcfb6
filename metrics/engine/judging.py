"""How a value is judged: comparison, bands, shortfall and consequence."""

from __future__ import annotations

from fractions import Fraction

from .levels import Band, Level, band_edges
from .numbers import round_half_up, truncate
from .results import Consequence, Status


def compared(value: Fraction, level: Level) -> Fraction:
    """The value as the clause compares it: exact, unless it names the places."""
    if level.compare_places is None:
        return value
    rounding = truncate if level.compare_rounding == "truncate" else round_half_up
    return rounding(value, level.compare_places)


def verdict(value: Fraction, level: Level) -> Status:
    """MET, BELOW_EXPECTED or BELOW_MINIMUM of an exact value in the KPI's unit."""
    return _verdict(compared(value, level), level)


def plain_verdict(value: Fraction, level: Level) -> Status:
    """The verdict of a value as it stands, whatever rounding the clause names."""
    return _verdict(value, level)


def _verdict(value: Fraction, level: Level) -> Status:
    if level.lo is not None and level.hi is not None:
        return Status.MET if level.lo <= value <= level.hi else Status.BELOW_MINIMUM
    target = level.target
    if target is None:
        return Status.NO_TARGET
    if reaches(value, target, level):
        return Status.MET
    if level.has_two_levels and level.minimum is not None and reaches(value, level.minimum, level):
        return Status.BELOW_EXPECTED
    return Status.BELOW_MINIMUM


def reaches(value: Fraction, edge: Fraction, level: Level) -> bool:
    """Whether a value is on the good side of an edge; equality follows the operator."""
    if value == edge:
        return not level.strict
    return (value > edge) is level.higher_is_better


def band_of(value: Fraction, level: Level) -> Band | None:
    """The band that holds a value; None without bands and beyond the worst one."""
    value = compared(value, level)
    for band in level.bands:
        worse = band_edges(band, level.higher_is_better)[1]
        if worse is None or _holds_from(value, worse, level):
            return band
    return None


def _holds_from(value: Fraction, worse: Fraction, level: Level) -> bool:
    if value == worse:
        return not (level.strict and worse == level.target)
    return (value > worse) is level.higher_is_better


def shortfall(value: Fraction, level: Level) -> Fraction | None:
    """How far a value lies on the worse side of the target, in the KPI's unit; never negative."""
    value = compared(value, level)
    if level.lo is not None and level.hi is not None:
        return max(level.lo - value, value - level.hi, Fraction(0))
    if level.target is None:
        return None
    short = level.target - value if level.higher_is_better else value - level.target
    return max(short, Fraction(0))


def consequence_of(status: Status, value: Fraction | None, level: Level | None) -> Consequence:
    """What a status sets off under a level, before any repetition rule."""
    if level is None or level.kind == "reporting" or not level.enforced:
        return Consequence.NONE
    if status is Status.NO_DATA and level.no_data_is == "breached":
        return Consequence.DEFAULT
    if status not in (Status.BELOW_MINIMUM, Status.BELOW_EXPECTED):
        return Consequence.NONE
    if value is not None and is_critical(value, level):
        return Consequence.CRITICAL
    return Consequence.DEFAULT if status is Status.BELOW_MINIMUM else Consequence.COUNTED


def is_critical(value: Fraction, level: Level) -> bool:
    """Whether a value fails the clause's critical threshold."""
    return level.critical is not None and not reaches(compared(value, level), level.critical, level)
