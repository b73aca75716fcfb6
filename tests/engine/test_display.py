"""Figures as people see them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from metrics.engine import Level, display, plain, round_half_up

from .making import level, number

CASES: tuple[tuple[str, int, Level | None, str], ...] = (
    ("94.996", 2, None, "95.00"),
    ("94.996", 2, level(">=", 95), "94.99"),
    ("95.004", 2, level(">", 95), "95.01"),
    ("0.504", 2, level("<=", "0.5"), "0.51"),
    ("0.4999", 2, level("<", "0.5"), "0.49"),
    ("95", 0, level(">=", 95), "95"),
    ("97.2", 0, level(">=", 95), "97"),
    ("89.6", 0, level(">=", 95, minimum=90), "89"),
    ("94.7", 0, level(">=", 95, minimum="94.5"), "94.7"),
    ("5.004", 2, level("within", lo=-5, hi=5), "5.01"),
    ("97.95", 2, level(">=", 98, compare_places=1), "98.0"),
    ("-0.004", 2, None, "0.00"),
    ("-1.005", 2, None, "-1.01"),
)


@pytest.mark.parametrize(("value", "places", "under", "wanted"), CASES)
def test_a_shown_value_looks_like_its_verdict(
    value: str, places: int, under: Level | None, wanted: str
) -> None:
    assert display(number(value), places, under) == wanted


def test_plain_rounding_would_show_a_missed_value_as_met() -> None:
    missed = number("94.996")
    assert round_half_up(missed, 2) >= 95
    assert Fraction(display(missed, 2, level(">=", 95))) < 95


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (Fraction(1, 8), "0.125"),
        (Fraction(-5, 2), "-2.5"),
        (Fraction(1, 3), "≈0.333333"),
        (Fraction(7), "7"),
    ],
)
def test_explanations_are_exact_or_say_that_they_are_not(value: Fraction, wanted: str) -> None:
    assert plain(value) == wanted
