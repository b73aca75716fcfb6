"""level: the last value of the period."""

from __future__ import annotations

import pytest

from metrics.engine import Row, Status
from tests.engine.making import rows

from .table import Case, check

CASES = (
    Case("is the last by time", rows(9, 4, 6), "6"),
    Case("whatever the order of rows", rows(9, 4, 6)[::-1], "6"),
    Case("is read by its scale", rows("1.5", scale=1), "1.5", scale=1),
    Case("the same value twice is one value", [Row(5, value=3), Row(5, value=3)], "3"),
    Case(
        "two values at one time are refused",
        [Row(5, value=3), Row(5, value=4)],
        state=Status.INVALID,
    ),
    Case("an empty value is no reading", rows(None), state=Status.NO_ACTIVITY),
    Case("silence has no level", [], state=Status.NO_DATA),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_level(case: Case) -> None:
    check("level", case)
