"""Where a running period is heading."""

from __future__ import annotations

from fractions import Fraction

import pytest

from metrics.engine import EngineError, Heading, Level, outlook

from .making import level, number

UNDER = level(">=", 95)
CASES: tuple[tuple[Level, int, int, int, Heading, str, str], ...] = (
    (UNDER, 1, 50, 100, Heading.ON_TRACK, "99", "98"),
    (UNDER, 4, 50, 100, Heading.AT_RISK, "96", "92"),
    (UNDER, 5, 50, 100, Heading.AT_RISK, "95", "90"),
    (UNDER, 6, 50, 100, Heading.CANNOT_RECOVER, "94", "88"),
    (level("<=", 5), 4, 50, 100, Heading.AT_RISK, "4", "8"),
    (level("<", 5), 5, 50, 100, Heading.CANNOT_RECOVER, "5", "10"),
)


@pytest.mark.parametrize(("under", "bad", "so_far", "projected", "heading", "best", "pace"), CASES)
def test_a_running_share_heads_somewhere(
    under: Level, bad: int, so_far: int, projected: int, heading: Heading, best: str, pace: str
) -> None:
    found = outlook(Fraction(bad), Fraction(so_far), Fraction(projected), under, "percent")
    assert found is not None
    assert (found.heading, found.best, found.pace) == (heading, number(best), number(pace))
    assert found.estimate
    assert found.failures.allowed == 5


@pytest.mark.parametrize(
    ("bad", "passed"), [(2, []), (3, ["1/2"]), (4, ["1/2", "3/4"]), (9, ["1/2", "3/4"])]
)
def test_used_failures_pass_their_marks(bad: int, passed: list[str]) -> None:
    found = outlook(Fraction(bad), Fraction(50), Fraction(100), UNDER, "percent")
    assert found is not None
    assert list(found.passed) == [number(mark) for mark in passed]


def test_too_little_volume_says_nothing() -> None:
    under = level(">=", 95, min_volume=20)
    assert outlook(Fraction(5), Fraction(19), Fraction(100), under, "percent") is None
    assert outlook(Fraction(5), Fraction(20), Fraction(100), under, "percent") is not None
    assert outlook(Fraction(0), Fraction(0), Fraction(100), UNDER, "percent") is None


def test_a_target_of_everything_passes_every_mark_with_the_first_failure() -> None:
    found = outlook(Fraction(1), Fraction(5), Fraction(10), level(">=", 1), "ratio")
    assert found is not None
    assert (found.heading, len(found.passed)) == (Heading.CANNOT_RECOVER, 2)


@pytest.mark.parametrize(
    ("volumes", "under", "unit"),
    [
        ((2, 1, 10), UNDER, "percent"),
        ((1, 20, 10), UNDER, "percent"),
        ((1, 5, 10), level("within", lo=1, hi=2), "percent"),
        ((1, 5, 10), UNDER, "hours"),
    ],
)
def test_what_has_no_outlook_is_refused(
    volumes: tuple[int, int, int], under: Level, unit: str
) -> None:
    with pytest.raises(EngineError):
        outlook(*map(Fraction, volumes), level=under, unit=unit)
