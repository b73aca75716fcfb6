"""percentile: nearest rank, or interpolated by clause."""

from __future__ import annotations

import pytest

from metrics.engine import Row, Status
from tests.engine.making import rows, us

from .table import Case, check

CASES = (
    Case("the 7th of 100 is the 7th", rows(*range(1, 101)), "7", parameters={"p": "0.07"}),
    Case("a written float means its digits", rows(*range(1, 101)), "55", parameters={"p": 0.55}),
    Case(
        "says its rank",
        rows(30, 10, 20),
        "20",
        parameters={"p": "1/2"},
        details={"rank": "2 of 3"},
        step="k = ceil(0.5 x 3) = 2 of 3",
    ),
    Case("p = 1 is the largest", rows(3, 1, 2), "3", parameters={"p": 1}),
    Case("one row is every percentile", rows(8), "8", parameters={"p": "0.001"}),
    Case(
        "interpolated lies between neighbours",
        rows(10, 20),
        "19",
        parameters={"p": "0.9", "method": "interpolated"},
    ),
    Case("rows without a value do not count", rows(None, 7, None), "7", parameters={"p": "0.5"}),
    Case("no value at all", rows(None), state=Status.NO_ACTIVITY, parameters={"p": "0.5"}),
    Case(
        "of durations",
        [Row(0, a=us("2026-03-02T00:00"), b=us("2026-03-02T00:45"))],
        "0.75",
        unit="hours",
        parameters={"p": "0.95"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_percentile(case: Case) -> None:
    check("percentile", case)
