"""A service level that changes inside a period, weighted by the days each version was in force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from .errors import Problem, raise_if_any
from .levels import Level, LevelPart

WEIGHTED = ("expected", "minimum", "lo", "hi")
EQUAL = ("operator", "bands", "critical", "floor")
_WAY_OUT = "state at_start or at_end, or let the versions differ in their numbers alone"


def weighted_level(parts: Sequence[LevelPart]) -> Level:
    """The last version, with its numbers weighted by local days over all versions.

    number = (sum of number x days) / (sum of days), exact. What is not weighted (class, weight,
    small samples and the rest) is the last version's.
    Source: contract practice, levels pro rata temporis.

    Raises:
        EngineError: where the versions differ in what cannot be weighted.
    """
    raise_if_any(weighting_problems([part.level for part in parts]))
    last = parts[-1].level
    return replace(
        last,
        expected=_weighted("expected", parts),
        minimum=_weighted("minimum", parts),
        lo=_weighted("lo", parts),
        hi=_weighted("hi", parts),
        parts=tuple(parts),
    )


def weighting_problems(levels: Sequence[Level]) -> Iterator[Problem]:
    """What keeps versions of a service level from being weighted, each by name."""
    first, last = levels[0], levels[-1]
    for name in EQUAL:
        if any(getattr(level, name) != getattr(first, name) for level in levels):
            rule = f"time_weighted cannot mix versions with different {_plural(name)}"
            yield Problem(name, _said(getattr(last, name)), rule, _WAY_OUT)
    for name in WEIGHTED:
        stated = {getattr(level, name) is not None for level in levels}
        if len(stated) > 1:
            rule = "time_weighted needs it in both versions or in neither"
            yield Problem(name, _said(getattr(last, name)), rule, _WAY_OUT)


def _weighted(name: str, parts: Sequence[LevelPart]) -> Fraction | None:
    if getattr(parts[-1].level, name) is None:
        return None
    days = sum(part.days for part in parts)
    return sum((getattr(part.level, name) * part.days for part in parts), Fraction(0)) / days


def _plural(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(band.name for band in value) or "none"
    return "none" if value is None else str(value)
