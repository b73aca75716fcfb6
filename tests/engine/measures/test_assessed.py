"""assessed: surveyed, audited or typed-in values."""

from __future__ import annotations

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import rows

from .table import Case, check

CASES = (
    Case(
        "publishes how it came about",
        rows("4.2", scale=1),
        "4.2",
        unit="points",
        scale=1,
        parameters={"scored_by": "internal audit", "population": 900, "sample": 60},
        details={"scored by": "internal audit", "population": "900", "sample": "60"},
    ),
    Case("several scores are averaged", rows(4, 5), "4.5", unit="points"),
    Case("a value in percent stays as it is", rows(97), "97", unit="percent"),
    Case(
        "agreement of two scorers",
        Totals(1, 57, 60),
        "95",
        unit="percent",
        parameters={"of": "quotient", "second_scorer": "quality team"},
    ),
    Case("nothing was assessed", Totals(), state=Status.NO_ACTIVITY, more={"attested": True}),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_assessed(case: Case) -> None:
    check("assessed", case)
