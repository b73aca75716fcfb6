"""A service level as agreed: what is expected, what is the least, and how it is compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from .choices import unbuilt
from .errors import Problem, one_of, raise_if_any

OPERATORS = (">=", ">", "<=", "<", "within")
KINDS = ("critical", "key", "reporting")
ROUNDINGS = ("half_up", "truncate")
VOLUME_POLICIES = ("insufficient", "allow_k_failures", "evaluate_anyway")
ATTAINMENTS = ("linear", "met_or_not", "bands")


@dataclass(frozen=True, slots=True)
class Band:
    """A named stretch of values between `lo` and `hi` (None: unbounded), in the KPI's unit.

    A band holds its worse edge and not its better one. `attainment` (0..100) and `severity`
    (minor, major, critical) are what the clause gives to it, where it does.
    """

    name: str
    lo: Fraction | None
    hi: Fraction | None
    attainment: Fraction | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One version of a service level. All numbers are exact and in the KPI's unit.

    One level only: give `expected` and no `minimum` (or the reverse). `within` takes `lo` and
    `hi`. Bands run from best to worst. `attainment` None means linear where a floor or a minimum
    apart from expected exists, else met or not.

    Raises:
        EngineError: with every contradiction of the clause at once.
    """

    operator: str = ">="
    expected: Fraction | None = None
    minimum: Fraction | None = None
    lo: Fraction | None = None
    hi: Fraction | None = None
    bands: tuple[Band, ...] = ()
    compare_places: int | None = None
    compare_rounding: str = "half_up"
    weight: Fraction = Fraction(1)
    kind: str = "critical"
    enforced: bool = True
    min_volume: Fraction | None = None
    min_volume_policy: str = "insufficient"
    allow_failures: int = 0
    attainment: str | None = None
    floor: Fraction | None = None
    critical: Fraction | None = None
    min_coverage: Fraction | None = None
    no_data_is: str = "none"
    no_activity_is: str = "none"
    higher_is_better: bool = field(init=False, repr=False, compare=False, default=True)
    strict: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "higher_is_better", self.operator in (">=", ">"))
        object.__setattr__(self, "strict", self.operator in (">", "<"))
        raise_if_any(_problems(self))

    @property
    def target(self) -> Fraction | None:
        """The level to be met: expected, or the minimum where it is the only one."""
        return self.expected if self.expected is not None else self.minimum

    @property
    def has_target(self) -> bool:
        return self.lo is not None or self.target is not None

    @property
    def has_two_levels(self) -> bool:
        return self.expected is not None and self.minimum is not None


def _problems(level: Level) -> Iterator[Problem]:
    yield from _unknown_choices(level)
    yield from _bad_numbers(level)
    if level.operator == "within":
        yield from _within_problems(level)
    else:
        yield from _order_problems(level)
        yield from _band_problems(level)
    if level.attainment == "bands" and not all(b.attainment is not None for b in level.bands):
        yield Problem("attainment", "bands", "a band has no attainment", "give each band one")


def _unknown_choices(level: Level) -> Iterator[Problem]:
    found = [
        one_of("operator", level.operator, OPERATORS),
        one_of("kind", level.kind, KINDS),
        one_of("compare_rounding", level.compare_rounding, ROUNDINGS),
        unbuilt("min_volume_policy", level.min_volume_policy)
        or one_of("min_volume_policy", level.min_volume_policy, VOLUME_POLICIES),
        one_of("no_data_is", level.no_data_is, ("none", "breached")),
        one_of("no_activity_is", level.no_activity_is, ("none", "met")),
        None if level.attainment is None else one_of("attainment", level.attainment, ATTAINMENTS),
    ]
    yield from (problem for problem in found if problem)


def _bad_numbers(level: Level) -> Iterator[Problem]:
    if level.compare_places is not None and not 0 <= level.compare_places <= 10:
        yield Problem("compare_places", level.compare_places, "must be 0 to 10", "leave it out")
    if level.weight < 0:
        yield Problem("weight", str(level.weight), "is negative", "use 0 or more")
    if level.min_coverage is not None and not 0 <= level.min_coverage <= 1:
        yield Problem("min_coverage", str(level.min_coverage), "is a share", "use 0 to 1")
    if level.allow_failures < 0:
        yield Problem("allow_failures", level.allow_failures, "is negative", "use 0 or more")


def _within_problems(level: Level) -> Iterator[Problem]:
    if level.lo is None or level.hi is None or level.lo > level.hi:
        yield Problem("within", (level.lo, level.hi), "needs lo <= hi", "give both edges")
    for name in ("expected", "minimum", "floor", "critical"):
        if getattr(level, name) is not None:
            yield Problem(name, str(getattr(level, name)), "has no place in `within`", "drop it")
    if level.bands or level.attainment == "linear":
        yield Problem(
            "within", "bands or linear", "need one better side", "use met_or_not without bands"
        )


def _order_problems(level: Level) -> Iterator[Problem]:
    if level.lo is not None or level.hi is not None:
        yield Problem("lo/hi", (level.lo, level.hi), "belong to `within`", "use expected")
    for worse, better in (("minimum", "expected"), ("floor", "expected"), ("critical", "target")):
        low, high = getattr(level, worse), getattr(level, better)
        if low is None or high is None:
            continue
        if (low > high) if level.higher_is_better else (low < high):
            yield Problem(
                worse, str(low), f"is better than {better} {high}", "move it to the worse side"
            )
    if level.floor is not None and level.floor == level.target:
        yield Problem("floor", str(level.floor), "equals the expected level", "move it away")


def _band_problems(level: Level) -> Iterator[Problem]:
    edges = [band_edges(band, level.higher_is_better) for band in level.bands]
    for band, (better, worse) in zip(level.bands, edges, strict=True):
        empty = better is not None and worse is not None and better == worse
        turned = band.lo is not None and band.hi is not None and band.lo > band.hi
        if empty or turned:
            yield Problem("band", band.name, "holds nothing", "give lo < hi")
    if edges and edges[0][0] is not None:
        yield Problem("band", level.bands[0].name, "the best band must be open", "drop its edge")
    for (_, worse), (better, _), band in zip(edges, edges[1:], level.bands[1:], strict=False):
        if worse is None or worse != better:
            yield Problem(
                "band",
                band.name,
                "leaves a hole or overlaps the band before it",
                "end the band before, best band first"
                if worse is None
                else f"start it at {worse}, best band first",
            )
    for first, second in pairwise(sorted(band.name for band in level.bands)):
        if first == second:
            yield Problem("band", first, "is named twice", "give each band its own name")


def band_edges(band: Band, higher_is_better: bool) -> tuple[Fraction | None, Fraction | None]:
    """The (better, worse) edges of a band."""
    return (band.hi, band.lo) if higher_is_better else (band.lo, band.hi)
