"""mean: plain and weighted."""

from __future__ import annotations

import pytest

from metrics.engine import Row, Status, Totals
from tests.engine.making import HOUR_US, rows, us

from .table import Case, check

CASES = (
    Case("is exact", rows(1, 2, 2), "5/3", step="numerator = 5, denominator = 3"),
    Case("rows without a value do not count", rows(4, None), "4"),
    Case("reads stored sums by their scale", Totals(4, value=10), "0.25", scale=1),
    Case(
        "nothing happened is no mean", Totals(), state=Status.NO_ACTIVITY, more={"attested": True}
    ),
    Case("no value at all is no mean", rows(None), state=Status.NO_ACTIVITY),
    Case("percent values stay what they are", rows(90, 100), "95", unit="percent"),
    Case(
        "durations are given in the unit of the KPI",
        Totals(2, a=0, b=3 * HOUR_US),
        "90",
        unit="minutes",
    ),
    Case(
        "weights weigh",
        [Row(0, value=100, b=1), Row(1, value=50, b=3)],
        "62.5",
        parameters={"weighted": True},
        step="sum(w x) / sum(w)",
    ),
    Case(
        "scaled weights and values keep their meaning",
        [Row(0, value=100, b=10), Row(1, value=50, b=30)],
        "6.25",
        scale=1,
        parameters={"weighted": True},
    ),
    Case(
        "a missing weight is an error, never 1",
        [Row(0, value=100, b=1), Row(1, value=50)],
        state=Status.INVALID,
        parameters={"weighted": True},
    ),
    Case(
        "a negative weight is an error",
        [Row(0, value=100, b=-1)],
        state=Status.INVALID,
        parameters={"weighted": True},
    ),
    Case(
        "all weights 0 define no mean",
        [Row(0, value=100, b=0)],
        state=Status.UNDEFINED,
        parameters={"weighted": True},
    ),
    Case(
        "a duration and a value may stand side by side",
        [Row(0, value=2), Row(1, a=us("2026-03-02"), b=us("2026-03-02T01:00"))],
        "1.5",
        unit="hours",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_mean(case: Case) -> None:
    check("mean", case)
