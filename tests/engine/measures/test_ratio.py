"""ratio: a part of a whole."""

from __future__ import annotations

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import pairs

from .table import Case, check

CASES = (
    Case("is in percent where the KPI is", Totals(8, 7, 8), "87.5", unit="percent"),
    Case("is a plain ratio otherwise", Totals(8, 7, 8), "0.875", unit="ratio"),
    Case("pools rows, never averages shares", pairs((1, 1), (0, 9)), "10", unit="percent"),
    Case("keeps thirds exact", Totals(3, 2, 3), "200/3", unit="percent", step="≈66.666667 %"),
    Case("scales cancel out", Totals(1, 25, 100), "25", unit="percent", scale=2),
    Case("none of nothing is no activity", Totals(2, 0, 0), state=Status.NO_ACTIVITY, unit="ratio"),
    Case("more good than valid is impossible", Totals(1, 2, 1), state=Status.INVALID, unit="ratio"),
    Case("a negative part is impossible", Totals(1, -1, 1), state=Status.INVALID, unit="ratio"),
    Case("silence has no share", Totals(), state=Status.NO_DATA, unit="ratio"),
    Case(
        "nothing happened has no share",
        Totals(),
        state=Status.NO_ACTIVITY,
        unit="ratio",
        more={"attested": True},
    ),
    Case(
        "an error rate says what it counts",
        Totals(1, 3, 1000),
        "0.3",
        unit="percent",
        parameters={"counting": "defective_items", "basis": "sample"},
        details={"counting": "defective_items", "basis": "sample"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_ratio(case: Case) -> None:
    check("ratio", case)
