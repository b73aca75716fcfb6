"""Expressions over columns: what is true, what is missing, and whose fault it is."""

from fractions import Fraction
from typing import Any

import pytest

from metrics.feeds.mapping.evaluate import Evaluator
from metrics.feeds.mapping.grammar import parse_expression

from .batches import batch_of

COLUMNS: dict[str, list[str | None]] = {
    "a": ["1", "2", "", "x"],
    "b": ["1", "1.5", "3", "4"],
    "t": ["Red", " red ", "?", "blue"],
    "p": ["99.9%", "5%", "", "7"],
    "zero": ["0", "0", "0", "0"],
}


def evaluator() -> Evaluator:
    return Evaluator(batch_of(COLUMNS), missing=["?"])


@pytest.mark.parametrize(
    ("source", "expected", "faulty"),
    [
        ("a == 1", [True, False, None, None], [3]),
        ("a == b", [True, False, None, False], []),
        ("a < b", [False, False, None, None], [3]),
        ("b >= 1.5", [False, True, True, True], []),
        ('t == "Red"', [True, False, None, False], []),
        ('t != "Red"', [False, True, None, True], []),
        ('lower(trim(t)) == "red"', [True, True, None, False], []),
        ('t in ("Red", "blue")', [True, False, None, True], []),
        ('t not in ("Red", "blue")', [False, True, None, False], []),
        ("a in (1, 2.0)", [True, True, None, None], [3]),
        ("present(a)", [True, True, False, True], []),
        ("missing(t)", [False, False, True, False], []),
        ("present(a) and a == 1", [True, False, False, None], [3]),
        ('t == "blue" or a == 1', [True, False, None, True], []),
        ('t == "Red" and a == 1', [True, False, None, False], []),
        ("not (a == 1)", [False, True, None, None], [3]),
        ("not missing(a)", [True, True, False, True], []),
        ("a", [True, True, None, None], [3]),
        ("zero", [False] * 4, []),
    ],
)
def test_truths(source: str, expected: list[bool | None], faulty: list[int]) -> None:
    truths = evaluator().truth(parse_expression(source))
    found = [bool(v) if ok else None for v, ok in zip(truths.data, truths.ok, strict=True)]
    assert found == expected
    assert [row for fault in truths.faults for row in fault.rows.nonzero()[0]] == faulty


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + b", [2, Fraction(7, 2), None, None]),
        ("a - b * 2", [-1, -1, None, None]),
        ("b / 3", [Fraction(1, 3), Fraction(1, 2), 1, Fraction(4, 3)]),
        ("b / zero", [None] * 4),
        ("-b", [-1, Fraction(-3, 2), -3, -4]),
        ("abs(1 - b)", [0, Fraction(1, 2), 2, 3]),
        ("percent(p)", [Fraction(999, 10), 5, None, None]),
        ("b > 2", [0, 0, 1, 1]),
        ("(b > 2) + (b > 3)", [0, 0, 1, 2]),
        ("0.1 + 0.2", [Fraction(3, 10)] * 4),
        ("9223372036854775807 * b", [2**63 - 1, Fraction(3, 2) * (2**63 - 1), 3 * (2**63 - 1), 4 * (2**63 - 1)]),
    ],
)  # fmt: skip
def test_numbers(source: str, expected: list[Any]) -> None:
    numbers = evaluator().number(parse_expression(source))
    values = numbers.fractions()
    assert [v if ok else None for v, ok in zip(values, numbers.ok, strict=True)] == expected
