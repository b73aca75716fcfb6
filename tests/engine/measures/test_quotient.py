"""quotient: one sum over another."""

from __future__ import annotations

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import pairs

from .table import Case, check

CASES = (
    Case("is a unit cost", pairs((300, 100), (100, 100)), "2", unit="EUR per filing"),
    Case("may pass 1", Totals(1, 9, 4), "2.25", unit="errors per filing"),
    Case("is multiplied in percent", Totals(1, 1, 8), "12.5", unit="percent"),
    Case("may be negative above", Totals(1, -3, 4), "-0.75"),
    Case("nothing over nothing is no activity", Totals(1, 0, 0), state=Status.NO_ACTIVITY),
    Case("something over nothing is undefined", Totals(1, 5, 0), state=Status.UNDEFINED),
    Case("a negative base is impossible", Totals(1, 5, -1), state=Status.INVALID),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_quotient(case: Case) -> None:
    check("quotient", case)
