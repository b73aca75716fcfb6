"""count: how many rows a period holds."""

from __future__ import annotations

import pytest

from metrics.engine import Status, Totals
from tests.engine.making import rows

from .table import Case, check

CASES = (
    Case("counts rows, whatever they hold", rows(5, None, 7), "3", step="rows = 3"),
    Case("sums and rows agree", Totals(3), "3"),
    Case("a nil return counts 0", Totals(), "0", more={"attested": True}),
    Case("silence is not zero", Totals(), state=Status.NO_DATA),
    Case(
        "everything excused is excluded",
        Totals(),
        state=Status.EXCLUDED,
        more={"attested": True, "excused": 4},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_count(case: Case) -> None:
    check("count", case)
