"""Excused events: what approved relief and announced maintenance take out of a figure.

Only what failed is taken out. An item, an hour of an outage, counts once, however many events
excuse it; where they would treat it differently, it is left out of both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from .clock import merged
from .errors import Problem, one_of, raise_if_any
from .numbers import plain
from .results import GOOD, REMOVE, TREATMENTS, Excuse, Relief
from .rows import Row, Totals
from .zones import SECOND_US, to_us

if TYPE_CHECKING:
    from .measures import Given, Measure

Span = tuple[int, int]


def excuse_problem(measure: Measure, treatment: str) -> Problem | None:
    """What is wrong with a treatment under a measure; None if it has a meaning."""
    if treatment != GOOD or measure.forgives:
        return one_of("treatment", treatment, TREATMENTS)
    return Problem(
        "treatment", GOOD, f"{measure.name} has no good items", f"use {REMOVE}: leave the rows out"
    )


def covers_all(excuses: Iterable[Excuse]) -> bool:
    """Whether nothing is left to measure, whatever the rows say."""
    return any(each.whole and each.treatment == REMOVE for each in excuses)


def excused_given(measure: Measure, given: Given) -> tuple[Given, Mapping[str, str]]:
    """What is left to compute with, and what the explanation tells of it.

    Raises:
        EngineError: for totals instead of rows, and for a treatment without a meaning.
    """
    excuses = given.inputs.excuses
    if not excuses:
        return given, {}
    problems = (excuse_problem(measure, each.treatment) for each in excuses)
    raise_if_any([problem for problem in problems if problem])
    told = {each.name: each.words for each in excuses}
    if not measure.relief_takes_rows:
        relief = (*given.inputs.relief, *_time_out(given))
        return replace(given, inputs=replace(given.inputs, relief=relief)), told
    rows, failed = _rows_left(measure, given)
    removed = given.inputs.excused + len(given.rows) - len(rows)
    inputs = replace(given.inputs, rows=rows, excused=removed)
    what = "excused failures" if measure.forgives else "excused rows"
    return replace(given, inputs=inputs, totals=Totals.of(rows)), {**told, what: plain(failed)}


def _rows_left(measure: Measure, given: Given) -> tuple[list[Row], Fraction]:
    """The rows without what failed in those that are covered, and how much that was."""
    kept: list[Row] = []
    failed = Fraction(0)
    for row in given.rows:
        treatments = {each.treatment for each in given.inputs.excuses if each.holds(row)}
        failing = measure.failing(row, given) if treatments else Fraction(0)
        left: Row | None = row
        if failing:
            failed += failing
            left = measure.left_of(row) if REMOVE in treatments else measure.forgiven(row, given)
        if left is not None:
            kept.append(left)
    return kept, failed


def _time_out(given: Given) -> Iterator[Relief]:
    """The time that is excused where rows are outages.

    An outage that is covered by what it says is excused from its begin to its end, an open one to
    `as_of`; spans excuse themselves, whatever began in them.
    """
    inputs, now = given.inputs, to_us(given.inputs.as_of)
    for each in inputs.excuses:
        spans = [(inputs.period.start_us, inputs.period.end_us)] if each.whole else [*each.spans]
        if each.covers is not None:
            covered = (row for row in given.rows if each.covers(row))
            spans += [(row.at, now if row.ends_at is None else row.ends_at) for row in covered]
        for start, end in merged(spans):
            yield Relief(start, end, each.treatment)


def allowance(spans: Sequence[Span], most: int) -> list[Span]:
    """The first `most` microseconds of time in `spans`, earliest first; overlaps count once."""
    allowed: list[Span] = []
    for start, end in merged(list(spans)):
        left = most - duration(allowed)
        if left <= 0:
            break
        allowed.append((start, min(end, start + left)))
    return allowed


def duration(spans: Iterable[Span]) -> int:
    """The time in `spans`, each counted once, in microseconds."""
    return sum(end - start for start, end in merged(list(spans)))


def hours(microseconds: int) -> Fraction:
    """Microseconds as hours."""
    return Fraction(microseconds, 3600 * SECOND_US)
