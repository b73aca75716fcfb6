"""change_from_baseline: improvement on an agreed value."""

from __future__ import annotations

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import rows

from .table import Case, check

CASES = (
    Case(
        "less is better by default",
        rows(70, 90),
        "20",
        unit="percent",
        parameters={"baseline": 100},
        step="change = (100 - 80) / 100 = 20 %",
    ),
    Case(
        "mirrored where more is better",
        rows(120),
        "0.2",
        unit="ratio",
        parameters={"baseline": 100, "better": "higher"},
    ),
    Case("may be negative", rows(150), "-50", unit="percent", parameters={"baseline": 100}),
    Case(
        "of a unit cost",
        Totals(2, 300, 100),
        "25",
        unit="percent",
        parameters={"baseline": 4, "of": "quotient", "baseline_date": "2025-12-31"},
        details={"baseline date": "2025-12-31"},
    ),
    Case(
        "no base, no change",
        rows(5),
        state=Status.UNDEFINED,
        unit="percent",
        parameters={"baseline": 0},
    ),
    Case(
        "nothing happened changes nothing",
        Totals(1, 0, 0),
        state=Status.NO_ACTIVITY,
        unit="percent",
        parameters={"baseline": 4, "of": "quotient"},
    ),
    Case(
        "reads its scale",
        rows("0.5", scale=1),
        "75",
        unit="percent",
        scale=1,
        parameters={"baseline": 2},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_change_from_baseline(case: Case) -> None:
    check("change_from_baseline", case)
