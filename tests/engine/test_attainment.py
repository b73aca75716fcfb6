"""Attainment, 0 to 100."""

from __future__ import annotations

from fractions import Fraction

import pytest

from metrics.engine import Band, Level, attainment

from .making import level, number

BANDS = (
    Band("good", number(99), None, attainment=number(100)),
    Band("fair", number(98), number(99), attainment=number(60)),
)
CASES: tuple[tuple[str, Level, dict[str, str]], ...] = (
    (
        "the default floor mirrors the minimum",
        level(">=", 95, minimum=90),
        {"95": "100", "90": "50", "85": "0", "80": "0", "99": "100"},
    ),
    ("a floor of the clause", level(">=", 95, floor=75), {"85": "50", "75": "0"}),
    ("less is better", level("<=", 2, minimum=4), {"2": "100", "3": "75", "6": "0", "9": "0"}),
    ("one level is met or not", level(">=", 95), {"95": "100", "94.99": "0"}),
    (
        "linear without a floor is met or not",
        level(">=", 95, attainment="linear"),
        {"95": "100", "90": "0"},
    ),
    ("a minimum equal to expected too", level(">=", 95, minimum=95), {"95": "100", "94": "0"}),
    (
        "met or not by clause",
        level(">=", 95, minimum=90, attainment="met_or_not"),
        {"94": "0", "95": "100"},
    ),
    (
        "by bands",
        level(">=", 99, bands=BANDS, attainment="bands"),
        {"99": "100", "98": "60", "97": "0"},
    ),
    ("within", level("within", lo=-1, hi=1), {"0": "100", "2": "0"}),
    ("as the clause compares", level(">=", 98, compare_places=1), {"97.95": "100", "97.94": "0"}),
)


@pytest.mark.parametrize(("under", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_attainment_follows_the_clause(under: Level, wanted: dict[str, str]) -> None:
    for value, expected in wanted.items():
        assert attainment(number(value), under) == Fraction(expected), value


def test_without_a_target_there_is_no_attainment() -> None:
    assert attainment(number(5), level(">=")) is None
