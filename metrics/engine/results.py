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
from .items import OpenWork
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

    @property
    def is_miss(self) -> bool:
        return self in (Status.BELOW_MINIMUM, Status.BELOW_EXPECTED)


VERDICTS = frozenset({Status.MET, Status.BELOW_EXPECTED, Status.BELOW_MINIMUM})
STATE_ORDER = tuple(status for status in Status if status not in VERDICTS)


def late_is_miss(status: Status, late: bool, level: Level | None) -> bool:
    """Whether the clause judges a late or missing report as a miss; what is excused is none."""
    if level is None or level.late_report_is != "breached":
        return False
    return late and status is not Status.EXCLUDED


class Consequence(StrEnum):
    """What a result sets off, apart from its status."""

    NONE = "none"
    COUNTED = "counted"
    DEFAULT = "default"
    CRITICAL = "critical"


REMOVE, GOOD = TREATMENTS = ("remove_both", "count_as_good")


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
        problem = one_of("treatment", self.treatment, TREATMENTS)
        raise_if_any([problem] if problem else [])


@dataclass(frozen=True, slots=True)
class Excuse:
    """One excused event.

    It covers the rows whose time lies in one of `spans` ([start, end), UTC microseconds), the rows
    that `covers` says yes to, or with `whole` the period itself. `remove_both` takes what failed
    in them out of both sides, and a whole period out altogether; `count_as_good` out of the
    failures alone. `name` and `words` tell of it.

    Raises:
        EngineError: for another treatment.
    """

    name: str
    words: str = ""
    treatment: str = REMOVE
    spans: tuple[tuple[int, int], ...] = ()
    covers: Callable[[Row], bool] | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        problem = one_of("treatment", self.treatment, TREATMENTS)
        raise_if_any([problem] if problem else [])

    def holds(self, row: Row) -> bool:
        """Whether it covers a row."""
        if self.whole or any(start <= row.at < end for start, end in self.spans):
            return True
        return self.covers is not None and self.covers(row)


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
    took out. `relief`: approved intervals, for availability. `excuses`: excused events, which
    take rows and time out of this figure and need its rows. `coverage`: share of what the feeds
    owed that arrived, 0..1, None where nothing is owed by declaration; `late`: some of it came
    late or not at all. `source`: whose figure is judged, ours or vendor; `reported`: the vendor's,
    in the KPI's unit. `training`: frozen series in stored integers of the same scale, for scaled
    forecast errors. `placed_by`: which of an item's times puts it into the period.
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
    zone: str = "UTC"
    excused: int = 0
    relief: Sequence[Relief] = ()
    excuses: Sequence[Excuse] = ()
    coverage: Fraction | None = None
    late: bool = False
    source: str = "ours"
    reported: Fraction | None = None
    placed_by: str = "finished"


@dataclass(frozen=True)
class Result:
    """A figure with its status, its consequence and what made it.

    `value`, `shortfall` and `interval` are in the KPI's unit; `numerator`, `denominator` and
    `volume` in natural units; `attainment` is 0..100. `ours`: the value of our own rows, where
    `value` is the vendor's. `open_work`: what is not finished beside it, where items are followed.
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
    ours: Fraction | None = None
    open_work: OpenWork | None = None

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The way to the figure with the numbers filled in, one line each."""
        return self.explain(self)

    @property
    def verdict(self) -> Status | None:
        """The verdict that counts, also where the clause judges silence; None without one."""
        level = self.inputs.level
        if self.is_late_miss:
            return Status.BELOW_MINIMUM
        if self.status.is_verdict or level is None:
            return self.status if self.status.is_verdict else None
        if self.status is Status.NO_ACTIVITY and level.no_activity_is == "met":
            return Status.MET
        if self.status is Status.NO_DATA and level.no_data_is == "breached":
            return Status.BELOW_MINIMUM
        return None

    @property
    def is_late_miss(self) -> bool:
        """Whether the clause makes it a miss that something came late."""
        return late_is_miss(self.status, self.inputs.late, self.inputs.level)

    @property
    def is_bedding_in(self) -> bool:
        return self.inputs.level is not None and not self.inputs.level.enforced

    @property
    def is_breach(self) -> bool:
        """A default or critical consequence: a missed single level is a default too."""
        return self.consequence in (Consequence.DEFAULT, Consequence.CRITICAL)
