"""What goes into an evaluation and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from .errors import one_of, raise_if_any
from .levels import Level
from .periods import Period
from .rows import Row, Totals
from .worktime import WorkCalendar


class Status(StrEnum):
    """One per result: the first state that applies, else a verdict."""

    INVALID = "INVALID"
    EXCLUDED = "EXCLUDED"
    NO_DATA = "NO_DATA"
    NO_ACTIVITY = "NO_ACTIVITY"
    UNDEFINED = "UNDEFINED"
    PENDING = "PENDING"
    INCOMPLETE = "INCOMPLETE"
    INSUFFICIENT_VOLUME = "INSUFFICIENT_VOLUME"
    NO_TARGET = "NO_TARGET"
    MET = "MET"
    BELOW_EXPECTED = "BELOW_EXPECTED"
    BELOW_MINIMUM = "BELOW_MINIMUM"

    @property
    def is_verdict(self) -> bool:
        return self in VERDICTS


VERDICTS = frozenset({Status.MET, Status.BELOW_EXPECTED, Status.BELOW_MINIMUM})
STATE_ORDER = tuple(status for status in Status if status not in VERDICTS)


class Consequence(StrEnum):
    """What a result sets off, apart from its status."""

    NONE = "none"
    COUNTED = "counted"
    DEFAULT = "default"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Relief:
    """An approved excused interval, UTC microseconds, [start, end).

    `remove_both` takes it out of the outages and of the scheduled time, `count_as_good` out of
    the outages alone.

    Raises:
        EngineError: for another treatment.
    """

    start: int
    end: int
    treatment: str = "remove_both"

    def __post_init__(self) -> None:
        problem = one_of("treatment", self.treatment, ("remove_both", "count_as_good"))
        raise_if_any([problem] if problem else [])


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures left, in the natural units of the measure (items, or seconds of downtime).

    `consumed` = used / allowed and may exceed 1; `burn` is the failing share over the allowed
    share. Both are infinite when nothing was allowed and something failed.
    """

    allowed: Fraction
    used: Fraction
    left: Fraction
    consumed: Fraction | float
    burn: Fraction | float


@dataclass(frozen=True)
class Inputs:
    """Everything a figure depends on. Exactly one of `totals` and `rows` is given.

    `scale`: stored integers are natural values x 10**scale. `excused`: rows that approved relief
    took out. `relief`: approved intervals, for availability. `coverage`: share of what the feeds
    owed that arrived, 0..1, None where nothing is owed by declaration. `training`: frozen series
    in stored integers of the same scale, for scaled forecast errors.
    """

    measure: str
    parameters: Mapping[str, Any]
    unit: str
    scale: int
    period: Period
    as_of: datetime
    totals: Totals | None = None
    rows: Sequence[Row] | None = None
    attested: bool = False
    level: Level | None = None
    calendar: WorkCalendar | None = None
    training: Mapping[str, Sequence[int]] | None = None
    excused: int = 0
    relief: Sequence[Relief] = ()
    coverage: Fraction | None = None


@dataclass(frozen=True)
class Result:
    """A figure with its status, its consequence and what made it.

    `value`, `shortfall` and `interval` are in the KPI's unit; `numerator`, `denominator` and
    `volume` in natural units; `attainment` is 0..100.
    """

    status: Status
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    n: int
    volume: Fraction
    band: str | None
    shortfall: Fraction | None
    consequence: Consequence
    attainment: Fraction | None
    failures: Failures | None
    interval: tuple[float, float] | None
    details: Mapping[str, str]
    formula: str
    inputs: Inputs = field(repr=False, compare=False)
    explain: Callable[[Result], tuple[str, ...]] = field(repr=False, compare=False)

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The way to the figure with the numbers filled in, one line each."""
        return self.explain(self)

    @property
    def verdict(self) -> Status | None:
        """The verdict that counts, also where the clause judges silence; None without one."""
        level = self.inputs.level
        if self.status.is_verdict or level is None:
            return self.status if self.status.is_verdict else None
        if self.status is Status.NO_ACTIVITY and level.no_activity_is == "met":
            return Status.MET
        if self.status is Status.NO_DATA and level.no_data_is == "breached":
            return Status.BELOW_MINIMUM
        return None

    @property
    def is_bedding_in(self) -> bool:
        return self.inputs.level is not None and not self.inputs.level.enforced

    @property
    def is_breach(self) -> bool:
        """A default or critical consequence: a missed single level is a default too."""
        return self.consequence in (Consequence.DEFAULT, Consequence.CRITICAL)
