"""When repeated failure opens a right to terminate: a rule over final results, nothing stored.

Sources: section "chronic failure" of services agreements (consecutive failures, n failures in m
periods, a rolling average below a floor).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from .errors import Problem, raise_if_any


class Trigger(StrEnum):
    """What opens a right."""

    CONSECUTIVE = "consecutive"
    N_OF_M = "n_of_m"
    ROLLING_AVERAGE = "rolling_average"


class Gap(StrEnum):
    """What a period without a verdict does to a run: end it, or leave it as it is."""

    BREAKS = "breaks"
    SKIPS = "skips"


class Further(StrEnum):
    """After a right opened: each further period may open one, or the count begins anew."""

    EACH = "each_further"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Judged:
    """A final result. ``failed`` None without a verdict; ``value`` None without one; ``counts``
    False for a period that is looked at and cannot complete a trigger."""

    first_day: date
    final_on: date
    failed: bool | None
    value: Fraction | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Chronic:
    """``count`` failures in a row, or of the last ``of``; or the mean of the last ``count`` values
    on the wrong side of ``threshold``: below it, or above it where ``lower_is_better``."""

    trigger: Trigger
    count: int
    of: int | None = None
    threshold: Fraction | None = None
    lower_is_better: bool = False
    gap: Gap = Gap.BREAKS
    further: Further = Further.EACH

    def __post_init__(self) -> None:
        raise_if_any(_problems(self))


@dataclass(frozen=True, slots=True)
class Opening:
    """The first days of the periods that opened a right, the last of them, and when it was final."""

    periods: tuple[date, ...]
    opened_on: date

    @property
    def last(self) -> date:
        return self.periods[-1]


def openings(rule: Chronic, results: Sequence[Judged]) -> Iterator[Opening]:
    """What the final ``results`` of one KPI, in order of time, open.

    A right opens on the day on which the last result it rests on became final, or an earlier one
    that became final later.
    """
    begins = 0
    for end in range(1, len(results) + 1):
        found = _met(rule, results[begins:end])
        if not found or not results[end - 1].counts:
            continue
        yield Opening(tuple(p.first_day for p in found), max(p.final_on for p in found))
        if rule.further is Further.RESET:
            begins = end


def _met(rule: Chronic, results: Sequence[Judged]) -> Sequence[Judged]:
    """The periods that meet the rule with the last result; empty where they do not."""
    if rule.trigger is Trigger.ROLLING_AVERAGE:
        return _average(rule, results)
    if not results[-1].failed:
        return ()
    return _of_m(rule, results) if rule.trigger is Trigger.N_OF_M else _run(rule, results)


def _of_m(rule: Chronic, results: Sequence[Judged]) -> Sequence[Judged]:
    """A period without a verdict keeps its slot."""
    assert rule.of is not None
    failed = [p for p in results[-rule.of :] if p.failed]
    return failed if len(failed) >= rule.count else ()


def _run(rule: Chronic, results: Sequence[Judged]) -> Sequence[Judged]:
    seen = [p for p in results if p.failed is not None] if rule.gap is Gap.SKIPS else results
    last = seen[-rule.count :]
    return last if len(last) == rule.count and all(p.failed for p in last) else ()


def _average(rule: Chronic, results: Sequence[Judged]) -> Sequence[Judged]:
    if results[-1].value is None:
        return ()
    seen = [p for p in results if p.value is not None] if rule.gap is Gap.SKIPS else results
    last = seen[-rule.count :]
    values = [p.value for p in last if p.value is not None]
    if len(values) < rule.count:
        return ()
    return last if _is_worse(rule, sum(values, Fraction(0)) / rule.count) else ()


def _is_worse(rule: Chronic, mean: Fraction) -> bool:
    assert rule.threshold is not None
    return mean > rule.threshold if rule.lower_is_better else mean < rule.threshold


def _problems(rule: Chronic) -> Iterator[Problem]:
    if rule.count < 1:
        yield Problem("count", rule.count, "is not a number of periods", "state 1 or more")
    if rule.trigger is Trigger.N_OF_M and (rule.of is None or rule.of < rule.count):
        yield Problem("of", rule.of, f"is less than count, {rule.count}", "state as many or more")
    if rule.trigger is not Trigger.N_OF_M and rule.of is not None:
        yield Problem("of", rule.of, f"means nothing for {rule.trigger}", "leave it out")
    if (rule.trigger is Trigger.ROLLING_AVERAGE) != (rule.threshold is not None):
        yield Problem(
            "threshold",
            rule.threshold,
            "belongs to a rolling average, and to nothing else",
            "state the value below which the average opens the right, or leave it out",
        )
