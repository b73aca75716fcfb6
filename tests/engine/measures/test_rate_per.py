"""rate_per: volume per reported or scheduled hour."""

from __future__ import annotations

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import office, pairs

from .table import Case, check

CASES = (
    Case("per reported hour", pairs((30, 4), (10, 4)), "5", unit="cases per hour"),
    Case("keeps the scale of hours", Totals(1, 300, 75), "4", scale=1),
    Case(
        "per scheduled hour: 22 working days of 8 hours",
        Totals(2, 352, 0),
        "2",
        parameters={"hours": "scheduled"},
        more={"calendar": office()},
    ),
    Case(
        "a scheduled idle month has a rate of 0",
        Totals(),
        "0",
        parameters={"hours": "scheduled"},
        more={"calendar": office(), "attested": True},
    ),
    Case(
        "an idle month without hours", Totals(), state=Status.NO_ACTIVITY, more={"attested": True}
    ),
    Case("volume without hours is undefined", Totals(1, 5, 0), state=Status.UNDEFINED),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_rate_per(case: Case) -> None:
    check("rate_per", case)
