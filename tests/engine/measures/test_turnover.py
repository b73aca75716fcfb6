"""turnover: leavers over mean headcount, annualised."""

from __future__ import annotations

from datetime import date

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import stretch

from .table import Case, check

CASES = (
    Case("a month times twelve", Totals(1, 2, 100), "24", unit="percent"),
    Case(
        "the mean of several headcounts",
        Totals(4, 3, 400),
        "36",
        unit="percent",
        details={"leavers": "3", "mean headcount": "100", "periods per year": "12"},
        step="turnover = 3 / 100 x 12 = 36 %",
    ),
    Case(
        "as it stands where the clause says so",
        Totals(1, 2, 100),
        "0.02",
        unit="ratio",
        parameters={"annualise": False},
    ),
    Case(
        "a quarter times four",
        Totals(3, 3, 300),
        "12",
        unit="percent",
        more={"period": stretch(date(2026, 1, 1), date(2026, 3, 31))},
    ),
    Case(
        "ten days by days of the year",
        Totals(1, 1, 100),
        "36.5",
        unit="percent",
        more={"period": stretch(date(2026, 3, 1), date(2026, 3, 10))},
    ),
    Case("nobody left nobody", Totals(1, 0, 0), state=Status.NO_ACTIVITY, unit="percent"),
    Case(
        "leavers from nowhere are undefined",
        Totals(1, 1, 0),
        state=Status.UNDEFINED,
        unit="percent",
    ),
    Case("negative people are impossible", Totals(1, -1, 10), state=Status.INVALID, unit="percent"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_turnover(case: Case) -> None:
    check("turnover", case)
