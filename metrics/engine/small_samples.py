"""Few items: failures that a clause allows below a volume, and intervals that decide by clause."""

from __future__ import annotations

from fractions import Fraction

from .errors import refusal
from .judging import Sample
from .levels import Level
from .measures import Compiled, Outcome
from .numbers import exact, plain, round_half_up, with_unit
from .results import Failures

_PLACES = 2


def is_allowed(found: Compiled, level: Level, failures: Failures | None) -> bool:
    """Whether the failures of a small sample are no more than the clause allows.

    Raises:
        EngineError: where the measure or the level counts no failures.
    """
    if level.min_volume_policy != "allow_k_failures" or not level.has_target:
        return False
    if failures is None:
        raise refusal(
            "min_volume_policy",
            "allow_k_failures",
            f"{found.measure.name} under this level counts no failures",
            "use insufficient or evaluate_anyway",
        )
    return failures.used <= level.allow_failures


def sample_of(found: Compiled, outcome: Outcome, level: Level | None) -> Sample | None:
    """The items of a share whose interval decides; None where the value itself does.

    Raises:
        EngineError: where the clause lets an interval decide over what is no share of items.
    """
    if level is None or not level.interval_decides or outcome.value is None:
        return None
    top, bottom = outcome.numerator, outcome.denominator
    if not found.measure.counts_items or top is None or not bottom:
        raise refusal(
            "interval_decides",
            "true",
            f"{found.measure.name} is no share of items",
            "leave it out, or measure a ratio or share_within",
        )
    return Sample(top, bottom, found.factor)


def allowed_line(volume: Fraction, level: Level, failures: Failures | None) -> str | None:
    """What a small sample allows; None where it is not one, or nothing is allowed."""
    if level.min_volume_policy != "allow_k_failures" or failures is None:
        return None
    if level.min_volume is None or volume >= level.min_volume:
        return None
    return (
        f"volume {plain(volume)} is below {plain(level.min_volume)}: up to "
        f"{level.allow_failures} failures are allowed, {plain(failures.used)} counted"
    )


def interval_line(level: Level, interval: tuple[float, float] | None, unit: str) -> str | None:
    """The interval that decided; None where the value itself did."""
    if not level.interval_decides or interval is None:
        return None
    low, high = (round_half_up(exact(edge), _PLACES) for edge in interval)
    return f"the 95 % interval decides: {plain(low)} to {with_unit(high, unit)}"
