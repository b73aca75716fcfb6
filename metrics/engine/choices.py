"""Rare choices that contracts make and this engine does not serve: refused by name."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import EngineError, Problem, one_of

UNBUILT: Mapping[tuple[str, str], str] = {
    ("min_volume_policy", "carry_into_next"): "use insufficient or allow_k_failures",
    ("level_change", "split"): "use at_start, and let amendments begin with a period",
    ("level_change", "time_weighted"): "use at_start, and let amendments begin with a period",
    ("parameter", "pauses"): "deliver the duration without its pauses as `value`",
    ("parameter", "on_reopen"): "deliver a reopened item as the feed counts it",
    ("parameter", "lead"): "deliver only the forecast that counts by the clause",
    ("parameter", "maintenance_hours"): "deliver outages without their planned maintenance",
}
BUILT: Mapping[str, tuple[str, ...]] = {
    "level_change": ("at_start", "at_end"),
    "stub": ("evaluate", "skip", "merge"),
    "roll_up": ("pooled", "mean_of_periods", "worst", "all_must_pass", "last", "sum"),
}


def unbuilt(field: str, value: object) -> Problem | None:
    """The problem of a known choice that is not built; None for any other value."""
    way_out = UNBUILT.get((field, str(value)))
    if way_out is None:
        return None
    return Problem(field, value, "known from contracts, but not built", way_out)


def check_choice(field: str, value: str) -> str:
    """The value, if `field` may have it.

    Raises:
        EngineError: naming the value, and whether it is unknown or merely not built.
    """
    problem = unbuilt(field, value) or one_of(field, value, BUILT[field])
    if problem:
        raise EngineError([problem])
    return value
