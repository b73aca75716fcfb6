"""Tiers: half-open stretches of values, best first, each with what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from metrics.engine.errors import Problem
from metrics.engine.numbers import exact, plain


@dataclass(frozen=True, slots=True)
class Tier:
    """From ``lower`` to ``upper`` in the KPI's unit, None where open; ``gives`` percent or points.

    It holds its worse edge and not its better one, like the bands of a service level.
    """

    lower: Fraction | None
    upper: Fraction | None
    gives: Fraction

    def edges(self, higher_is_better: bool) -> tuple[Fraction | None, Fraction | None]:
        """(better, worse)."""
        return (self.upper, self.lower) if higher_is_better else (self.lower, self.upper)

    def __str__(self) -> str:
        low = "" if self.lower is None else f"from {plain(self.lower)} "
        high = "" if self.upper is None else f"to {plain(self.upper)} "
        return (low + high).strip() or "any value"


def tier_of(
    value: Fraction | None,
    tiers: Sequence[Tier],
    *,
    higher_is_better: bool,
    missed: Fraction | None,
) -> Tier:
    """The tier of a value; the worst one of a failure without any.

    ``missed``: a level that its own value misses, as 99 misses ``> 99``; it lies in the tier below.
    """
    if value is None:
        return tiers[-1]
    for tier in tiers[:-1]:
        worse = tier.edges(higher_is_better)[1]
        if worse is None or _reaches(value, worse, higher_is_better, worse == missed):
            return tier
    return tiers[-1]


def _reaches(value: Fraction, edge: Fraction, higher_is_better: bool, strict: bool) -> bool:
    return not strict if value == edge else (value > edge) is higher_is_better


def read_tiers(key: str) -> Any:
    """A reader of [{lower, upper, <key>}, ...]; it raises ValueError with the rule broken."""

    def read(written: Any) -> tuple[Tier, ...]:
        if not isinstance(written, list) or not written:
            raise ValueError(f"is no list of tiers; write [{{upper: 98, {key}: 10}}, ...]")
        return tuple(_tier(each, key) for each in written)

    return read


def _tier(written: Any, key: str) -> Tier:
    if not isinstance(written, Mapping) or not set(written) <= {"lower", "upper", key}:
        raise ValueError(f"has another key; a tier has lower, upper and {key}")
    if written.get(key) is None:
        raise ValueError(f"has a tier that gives nothing; state its {key}")
    return Tier(_edge(written.get("lower")), _edge(written.get("upper")), _edge(written[key]))  # type: ignore[arg-type]


def _edge(written: Any) -> Fraction | None:
    try:
        return None if written is None else exact(written)
    except ValueError:
        raise ValueError(f"has {written!r}, which is not a number; write digits") from None


def tier_problems(
    tiers: Sequence[Tier], target: Fraction | None, higher: bool
) -> Iterator[Problem]:
    """Holes and contradictions: every failure has to have its tier, and the worse never gives less."""
    edges = [tier.edges(higher) for tier in tiers]
    if edges[-1][1] is not None:
        yield _problem(
            tiers[-1], "leaves what is worse without a credit", "leave its worse edge out"
        )
    for (tier, (_, worse)), (_, (better, _)) in pairwise(zip(tiers, edges, strict=True)):
        if worse is None or worse != better:
            yield _problem(tier, "does not end where the next tier begins", _meeting(better))
    for tier in tiers:
        if tier.lower is not None and tier.upper is not None and tier.lower >= tier.upper:
            yield _problem(tier, "holds nothing", "let lower lie below upper")
        if tier.gives < 0:
            yield _problem(tier, "gives less than nothing", "state 0 or more")
    for before, after in pairwise(tiers):
        if after.gives < before.gives:
            yield _problem(after, "gives less than a better tier", "let it rise with the failure")
    best = edges[0][0]
    if best is not None and target is not None and _reaches(target, best, higher, strict=True):
        yield _problem(tiers[0], "leaves a hole up to the level", f"begin at {plain(target)}")


def _meeting(edge: Fraction | None) -> str:
    """How two tiers meet at the better edge of the second one."""
    if edge is None:
        return "write them best first, each with the edge at which it begins"
    return f"write them best first, and end it at {plain(edge)}, where the next one begins"


def _problem(tier: Tier, rule: str, way_out: str) -> Problem:
    return Problem("tiers", str(tier), rule, way_out)
