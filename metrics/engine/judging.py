"""How a value is judged: comparison, bands, shortfall and consequence."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .failures import is_outside_wilson_95
from .levels import Band, Level, band_edges
from .numbers import round_half_up, truncate
from .results import Consequence, Status, late_is_miss


@dataclass(frozen=True, slots=True)
class Sample:
    """The items behind a share: its parts, and 100 where the share is in percent, else 1."""

    numerator: Fraction
    denominator: Fraction
    factor: int

    def excludes(self, edge: Fraction) -> bool:
        """Whether the Wilson interval does not hold `edge`, which is in the KPI's unit."""
        return is_outside_wilson_95(self.numerator, self.denominator, edge / self.factor)


def compared(value: Fraction, level: Level) -> Fraction:
    """The value as the clause compares it: exact, unless it names the places."""
    if level.compare_places is None:
        return value
    rounding = truncate if level.compare_rounding == "truncate" else round_half_up
    return rounding(value, level.compare_places)


def verdict(value: Fraction, level: Level, sample: Sample | None = None) -> Status:
    """MET, BELOW_EXPECTED or BELOW_MINIMUM of an exact value in the KPI's unit.

    With a `sample` an edge is missed only where the whole interval lies on its worse side.
    """
    return _verdict(compared(value, level), level, sample)


def plain_verdict(value: Fraction, level: Level) -> Status:
    """The verdict of a value as it stands, whatever rounding the clause names."""
    return _verdict(value, level)


def _verdict(value: Fraction, level: Level, sample: Sample | None = None) -> Status:
    if level.lo is not None and level.hi is not None:
        return Status.MET if level.lo <= value <= level.hi else Status.BELOW_MINIMUM
    target = level.target
    if target is None:
        return Status.NO_TARGET
    if reaches(value, target, level, sample):
        return Status.MET
    if level.minimum is not None and reaches(value, level.minimum, level, sample):
        return Status.BELOW_EXPECTED
    return Status.BELOW_MINIMUM


def reaches(value: Fraction, edge: Fraction, level: Level, sample: Sample | None = None) -> bool:
    """Whether a value is on the good side of an edge; equality follows the operator."""
    if sample is not None and not sample.excludes(edge):
        return True
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


def consequence_of(
    status: Status,
    value: Fraction | None,
    level: Level | None,
    late: bool = False,
    sample: Sample | None = None,
) -> Consequence:
    """What a status sets off under a level, before any repetition rule. ``late``: something
    that was owed for it came late or not at all."""
    if level is None or level.kind == "reporting" or not level.enforced:
        return Consequence.NONE
    if status is Status.NO_DATA and level.no_data_is == "breached":
        return Consequence.DEFAULT
    if value is not None and status.is_miss and is_critical(value, level, sample):
        return Consequence.CRITICAL
    if late_is_miss(status, late, level):
        return Consequence.DEFAULT
    if not status.is_miss:
        return Consequence.NONE
    return Consequence.DEFAULT if status is Status.BELOW_MINIMUM else Consequence.COUNTED


def is_critical(value: Fraction, level: Level, sample: Sample | None = None) -> bool:
    """Whether a value fails the clause's critical threshold."""
    if level.critical is None:
        return False
    return not reaches(compared(value, level), level.critical, level, sample)
