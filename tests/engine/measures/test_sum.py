"""sum: amounts and durations added."""

from __future__ import annotations

import pytest

from metrics.engine import Row, Status, Totals
from tests.engine.making import HOUR_US, office, rows, us

from .table import Case, check

CASES = (
    Case("adds exactly: ten times 0.1 is 1", rows(*["0.1"] * 10, scale=1), "1", scale=1),
    Case("reads stored sums by their scale", Totals(2, value=12345), "123.45", scale=2),
    Case("a nil return adds up to 0", Totals(), "0", more={"attested": True}),
    Case("silence is not zero", Totals(), state=Status.NO_DATA),
    Case(
        "durations come from their ends",
        [Row(0, a=us("2026-03-02"), b=us("2026-03-02T01:30"))],
        "1.5",
        unit="hours",
    ),
    Case(
        "durations from sums alone, beside values",
        Totals(3, a=2 * HOUR_US, b=5 * HOUR_US, value=25),
        "5.5",
        unit="hours",
        scale=1,
    ),
    Case(
        "with a calendar only working time counts",
        [Row(0, a=us("2026-03-06T16:00"), b=us("2026-03-09T10:00"))],
        "120",
        unit="minutes",
        more={"calendar": office()},
    ),
    Case(
        "a reversed range adds nothing",
        [Row(0, a=us("2026-03-03"), b=us("2026-03-02"))],
        "0",
        unit="seconds",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_sum(case: Case) -> None:
    check("sum", case)
