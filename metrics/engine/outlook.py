"""Where a running period is heading: an estimate, never a result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from .errors import refusal
from .failures import failures_left
from .judging import verdict
from .levels import Level
from .results import Failures, Status

WARN_AT = (Fraction(1, 2), Fraction(3, 4))


class Heading(StrEnum):
    """How a running period will end, as far as can be said."""

    ON_TRACK = "ON_TRACK"
    AT_RISK = "AT_RISK"
    CANNOT_RECOVER = "CANNOT_RECOVER"


@dataclass(frozen=True, slots=True)
class Outlook:
    """An estimate for the whole period.

    `best` is the value if nothing fails any more, `pace` the value if failures go on as so far,
    both in the KPI's unit. `passed` holds the shares of the failures allowed (1/2, 3/4) that are
    used up.
    """

    heading: Heading
    best: Fraction
    pace: Fraction
    failures: Failures
    passed: tuple[Fraction, ...]
    estimate: bool = True


def outlook(
    bad: Fraction, so_far: Fraction, projected: Fraction, level: Level, unit: str
) -> Outlook | None:
    """Where a share is heading after `bad` failures in `so_far` of a `projected` volume.

    Only for shares whose rest is bounded: scheduled time, or items known to fall due. None without
    volume, and below the clause's minimum volume. Source: Site Reliability Workbook, alerting on
    error budgets.

    Raises:
        EngineError: if more has happened than is projected, or the level has no better side.
    """
    if not 0 <= bad <= so_far <= projected:
        raise refusal(
            "volume",
            (str(bad), str(so_far), str(projected)),
            "must not shrink",
            "give failures <= volume so far <= projected volume",
        )
    if level.target is None or unit not in ("percent", "ratio"):
        raise refusal("level", level.operator, "has no better side", "use a one-sided share")
    if not so_far or so_far < (level.min_volume or 0):
        return None
    factor = 100 if unit == "percent" else 1
    best = _share(bad / projected, level, factor)
    pace = _share(bad / so_far, level, factor)
    share = level.target / factor
    target = share if level.higher_is_better else 1 - share
    failures = failures_left(bad, so_far, target, projected)
    passed = tuple(mark for mark in WARN_AT if failures.consumed >= mark)
    return Outlook(_heading(best, pace, level), best, pace, failures, passed)


def _share(failing: Fraction, level: Level, factor: int) -> Fraction:
    return (1 - failing if level.higher_is_better else failing) * factor


def _heading(best: Fraction, pace: Fraction, level: Level) -> Heading:
    if verdict(best, level) is not Status.MET:
        return Heading.CANNOT_RECOVER
    return Heading.ON_TRACK if verdict(pace, level) is Status.MET else Heading.AT_RISK
