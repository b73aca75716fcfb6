"""Rare choices that contracts make and this engine does not serve: refused by name."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import EngineError, Problem, one_of

UNBUILT: Mapping[tuple[str, str], str] = {
    ("min_volume_policy", "carry_into_next"): "use insufficient or allow_k_failures",
    ("change_inside", "split"): "use at_start, at_end or time_weighted",
    ("parameter", "maintenance_hours"): "state it beside the measure, in the KPI's definition",
}
BUILT: Mapping[str, tuple[str, ...]] = {
    "change_inside": ("at_start", "at_end", "time_weighted"),
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
