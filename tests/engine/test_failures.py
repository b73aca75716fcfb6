"""Failures left and the Wilson interval."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import pytest

from metrics.engine import EngineError, Totals, failures_left, wilson_95

from .making import figure, level, number


@pytest.mark.parametrize(
    ("bad", "valid", "target", "wanted"),
    [
        (3, 100, "0.95", ("5", "2", "0.6", "0.6")),
        (10, 100, "0.95", ("5", "-5", "2", "2")),
        (0, 100, "1", ("0", "0", "0", "0")),
        (0, 0, "0.95", ("0", "0", "0", "0")),
    ],
)
def test_failures_left_are_exact(
    bad: int, valid: int, target: str, wanted: tuple[str, str, str, str]
) -> None:
    found = failures_left(Fraction(bad), Fraction(valid), number(target))
    assert (found.allowed, found.left, found.consumed, found.burn) == tuple(map(number, wanted))
    assert found.used == bad


def test_any_failure_under_a_target_of_everything_burns_without_limit() -> None:
    found = failures_left(Fraction(1), Fraction(10), Fraction(1))
    assert (found.consumed, found.burn) == (inf, inf)


def test_a_projected_volume_allows_more_and_burns_the_same() -> None:
    now = failures_left(Fraction(3), Fraction(50), number("0.9"))
    projected = failures_left(Fraction(3), Fraction(50), number("0.9"), Fraction(100))
    assert (now.left, projected.left) == (2, 7)
    assert now.burn == projected.burn


def test_a_target_in_percent_is_refused() -> None:
    with pytest.raises(EngineError, match="not percent"):
        failures_left(Fraction(1), Fraction(10), Fraction(95))


def test_an_error_rate_counts_its_numerator_as_failures() -> None:
    result = figure("ratio", Totals(1, 3, 1000), "percent", level=level("<=", "0.5"))
    assert result.failures is not None
    assert (result.failures.allowed, result.failures.used, result.failures.left) == (5, 3, 2)


def test_a_share_that_should_be_high_counts_the_rest() -> None:
    result = figure("ratio", Totals(1, 990, 1000), "percent", level=level(">=", "99.5"))
    assert result.failures is not None
    assert (result.failures.allowed, result.failures.used, result.failures.left) == (5, 10, -5)


@pytest.mark.parametrize("under", [None, level("within", lo=90, hi=99), level(">=", 120)])
def test_a_level_that_allows_no_such_reading_shows_none(under: object) -> None:
    assert figure("ratio", Totals(1, 9, 10), "percent", level=under).failures is None


def test_amounts_have_no_failures_left() -> None:
    assert figure("mean", Totals(1, value=9), "hours", level=level("<=", 10)).failures is None


@pytest.mark.parametrize(
    ("good", "valid", "low", "high"),
    [(0, 50, 0.0, 0.0713476), (50, 50, 0.9286524, 1.0), (15, 50, 0.1910355, 0.4375035)],
)
def test_the_interval_is_wilsons(good: int, valid: int, low: float, high: float) -> None:
    assert wilson_95(good, valid) == pytest.approx((low, high), abs=5e-8)


def test_an_empty_or_impossible_sample_has_no_interval() -> None:
    assert wilson_95(0, 0) is None
    assert wilson_95(3, 2) is None


def test_the_interval_is_in_the_unit_and_only_for_counted_items() -> None:
    counted = figure("ratio", Totals(1, 15, 50), "percent")
    assert counted.interval == pytest.approx((19.10355, 43.75035), abs=5e-6)
    assert figure("ratio", Totals(1, 15, 55), "ratio", 1).interval is None
    assert figure("availability", [], "percent", attested=True).interval is None
