"""One figure over several periods."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import EngineError, Result, Status, Totals, roll_up

from .making import figure, level, number, pairs, rows

UNDER = level(">=", 95, minimum=90)


def month(good: int, valid: int, n: int | None = None, **more: Any) -> Result:
    count = valid if n is None else n
    return figure("ratio", Totals(count, good, valid), "percent", level=UNDER, **more)


QUARTER = [month(98, 100), month(900, 1000), month(50, 50)]


@pytest.mark.parametrize(
    ("how", "value", "status"),
    [
        ("pooled", "104800/1150", Status.BELOW_EXPECTED),
        ("mean_of_periods", "96", Status.MET),
        ("worst", "90", Status.BELOW_EXPECTED),
        ("last", "100", Status.MET),
        ("sum", "288", Status.MET),
        ("all_must_pass", None, Status.BELOW_EXPECTED),
    ],
)
def test_a_quarter_follows_its_clause(how: str, value: str | None, status: Status) -> None:
    found = roll_up(QUARTER, how, UNDER)
    assert found.value == (None if value is None else number(value))
    assert found.status is status
    assert found.n == 1150


def test_pooling_shows_every_period_and_its_parts() -> None:
    found = roll_up(QUARTER, "pooled", UNDER)
    assert (found.numerator, found.denominator) == (1048, 1150)
    assert "2026-03: 900 / 1000" in found.steps


def test_a_period_that_is_missing_leaves_the_figure_incomplete() -> None:
    found = roll_up([month(98, 100), month(0, 0, n=0)], "pooled", UNDER)
    assert found.status is Status.INCOMPLETE
    assert found.missing == ("2026-03",)
    assert found.value == 98


def test_a_silent_period_takes_nothing_away() -> None:
    silent = month(0, 0, n=0, attested=True)
    excluded = month(0, 0, n=0, excused=3)
    assert roll_up([month(98, 100), silent, excluded], "pooled", UNDER).status is Status.MET
    assert roll_up([silent, silent], "pooled", UNDER).status is Status.NO_ACTIVITY


def test_nothing_but_silence_without_attestation_is_no_data() -> None:
    assert roll_up([month(0, 0, n=0)] * 3).status is Status.NO_DATA


ALL_PASS = (
    ([month(99, 100), month(95, 100)], Status.MET),
    ([month(99, 100), month(85, 100)], Status.BELOW_MINIMUM),
    ([month(0, 0, n=0), month(85, 100)], Status.BELOW_MINIMUM),
    ([month(0, 0, n=0), month(99, 100)], Status.INCOMPLETE),
)


@pytest.mark.parametrize(("results", "wanted"), ALL_PASS)
def test_all_must_pass(results: list[Result], wanted: Status) -> None:
    assert roll_up(results, "all_must_pass", UNDER).status is wanted


POOLED: tuple[tuple[str, list[Result], str], ...] = (
    ("counts add up", [figure("count", Totals(3)), figure("count", Totals(4))], "7"),
    ("sums add up", [figure("sum", Totals(1, value=25), scale=1)] * 2, "5"),
    ("means weigh by rows", [figure("mean", rows(1)), figure("mean", rows(4, 4, 4))], "13/4"),
    ("percent means stay in percent", [figure("mean", rows(90), "percent")] * 2, "90"),
    (
        "quotients by their bases",
        [figure("quotient", Totals(1, 6, 2)), figure("quotient", Totals(1, 0, 1))],
        "2",
    ),
    ("turnover stays annual", [figure("turnover", Totals(1, 1, 100), "percent")] * 3, "12"),
    (
        "accuracy over all actuals",
        [figure("forecast_accuracy", pairs((9, 10))), figure("forecast_accuracy", pairs((60, 90)))],
        "0.69",
    ),
    (
        "an undefined month still adds its error",
        [
            figure("forecast_accuracy", pairs((10, 0)), parameters={"method": "wape"}),
            figure("forecast_accuracy", pairs((90, 100)), parameters={"method": "wape"}),
        ],
        "0.2",
    ),
    (
        "a change against the same baseline",
        [
            figure("change_from_baseline", rows(v), "percent", parameters={"baseline": 100})
            for v in (80, 60)
        ],
        "30",
    ),
)


@pytest.mark.parametrize(("results", "value"), [p[1:] for p in POOLED], ids=[p[0] for p in POOLED])
def test_every_additive_measure_pools_by_its_own_rule(results: list[Result], value: str) -> None:
    assert roll_up(results).value == number(value)


def test_within_is_worst_where_it_is_furthest_out() -> None:
    under = level("within", lo=-5, hi=5)
    results = [figure("mean", rows(v), level=under) for v in (4, -9, 7)]
    assert roll_up(results, "worst", under).value == Fraction(-9)


REFUSED: tuple[tuple[list[Result], str, str], ...] = (
    ([], "pooled", "nothing to roll up"),
    (QUARTER, "median", "mean_of_periods"),
    (QUARTER, "worst", "needs to know the worse side"),
    ([figure("percentile", rows(1), parameters={"p": 1})], "pooled", "no parts to merge"),
    ([figure("count", Totals(1)), figure("sum", Totals(1))], "pooled", "roll up one KPI"),
)


@pytest.mark.parametrize(("results", "how", "says"), REFUSED)
def test_what_cannot_be_rolled_up_is_refused(results: list[Result], how: str, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        roll_up(results, how)
