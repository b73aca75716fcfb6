"""When repeated failure opens a right to terminate: a rule over final results, nothing stored.

Sources: section "chronic failure" of services agreements (consecutive failures, n failures in m
periods, a rolling average below a floor, credits of a year that reach a share of the charges, credits
at their cap again and again).
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
    ACCUMULATED_CREDITS = "accumulated_credits"
    CREDITS_AT_CAP = "credits_at_cap"


OF_CREDITS = (Trigger.ACCUMULATED_CREDITS, Trigger.CREDITS_AT_CAP)
_WITHIN = (Trigger.N_OF_M, Trigger.CREDITS_AT_CAP)  # so many of the last so many


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
    """A final result, or a credit period. ``failed`` None without a verdict; ``value`` None without
    one; ``counts`` False for a period that is looked at and cannot complete a trigger.

    Of a credit period ``failed``: its credits came up to their cap; ``value``: what they come to in
    minor units; ``charges``: its charges in minor units, None where they are not known.
    """

    first_day: date
    final_on: date
    failed: bool | None
    value: Fraction | None = None
    counts: bool = True
    charges: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Chronic:
    """``count`` failures in a row, or of the last ``of``; or the mean of the last ``count`` values
    on the wrong side of ``threshold``: below it, or above it where ``lower_is_better``.

    Of credit periods: the credits of the last ``count`` come to ``threshold`` percent of their
    charges or more, or to ``amount`` minor units; or were at their cap in ``count`` of the last ``of``.
    """

    trigger: Trigger
    count: int
    of: int | None = None
    threshold: Fraction | None = None
    lower_is_better: bool = False
    gap: Gap = Gap.BREAKS
    further: Further = Further.EACH
    amount: Fraction | None = None

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
    if rule.trigger is Trigger.ACCUMULATED_CREDITS:
        return _accumulated(rule, results)
    if not results[-1].failed:
        return ()
    return _of_m(rule, results) if rule.trigger in _WITHIN else _run(rule, results)


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


def _accumulated(rule: Chronic, results: Sequence[Judged]) -> Sequence[Judged]:
    """The periods with credits among the last ones, where these come to enough with the last."""
    last = results[-rule.count :]
    with_credits = [p for p in last if p.value]
    if not with_credits or with_credits[-1] is not last[-1]:
        return ()
    together = sum((p.value for p in with_credits if p.value), Fraction(0))
    least = rule.amount if rule.amount is not None else _share_of_charges(rule, last)
    return with_credits if least is not None and together >= least else ()


def _share_of_charges(rule: Chronic, last: Sequence[Judged]) -> Fraction | None:
    """The agreed percentage of the charges of ``last``; None while one of them is not known, or
    there are not as many periods yet: a share of a year is not one of its first month."""
    charges = [p.charges for p in last if p.charges is not None]
    if len(charges) < rule.count or rule.threshold is None:
        return None
    return rule.threshold * sum(charges, Fraction(0)) / 100


def _problems(rule: Chronic) -> Iterator[Problem]:
    yield from _count_problems(rule)
    yield from _least_problems(rule)


def _count_problems(rule: Chronic) -> Iterator[Problem]:
    within = rule.trigger in _WITHIN
    if rule.count < 1:
        yield Problem("count", rule.count, "is not a number of periods", "state 1 or more")
    if within and (rule.of is None or rule.of < rule.count):
        yield Problem("of", rule.of, f"is less than count, {rule.count}", "state as many or more")
    if not within and rule.of is not None:
        yield Problem("of", rule.of, f"means nothing for {rule.trigger}", "leave it out")


def _least_problems(rule: Chronic) -> Iterator[Problem]:
    accumulated = rule.trigger is Trigger.ACCUMULATED_CREDITS
    if accumulated and (rule.threshold is None) == (rule.amount is None):
        yield Problem(
            "at_least",
            None,
            "is stated in no way, or in two",
            "state a percentage of the charges, or an amount",
        )
    if not accumulated and rule.amount is not None:
        yield Problem("amount", rule.amount, f"means nothing for {rule.trigger}", "leave it out")
    if accumulated:
        least = rule.threshold if rule.amount is None else rule.amount
        if least is not None and least <= 0:
            yield Problem("at_least", least, "is nothing", "state more than 0")
    elif (rule.trigger is Trigger.ROLLING_AVERAGE) != (rule.threshold is not None):
        yield Problem(
            "threshold",
            rule.threshold,
            "belongs to a rolling average, and to nothing else",
            "state the value below which the average opens the right, or leave it out",
        )
