"""share_within: items at most a limit."""

from __future__ import annotations

import pytest

from metrics.engine import Row, Status
from tests.engine.making import office, rows, us

from .table import Case, check

CASES = (
    Case(
        "the limit itself is within",
        rows(1, 4, 5, 9),
        "50",
        unit="percent",
        parameters={"limit": 4},
        step="within = 2, items = 4",
    ),
    Case(
        "limits between stored numbers are exact",
        rows("0.1", "0.2", "0.3", scale=1),
        "2/3",
        unit="ratio",
        scale=1,
        parameters={"limit": "0.25"},
    ),
    Case(
        "durations are compared in the unit of the limit",
        [
            Row(0, a=us("2026-03-02T00:00"), b=us("2026-03-02T04:00")),
            Row(1, a=us("2026-03-02T00:00"), b=us("2026-03-02T04:00:00.000001")),
        ],
        "50",
        unit="percent",
        parameters={"limit": 4, "limit_unit": "hours"},
    ),
    Case(
        "with a calendar a weekend passes without counting",
        [Row(0, a=us("2026-03-06T16:00"), b=us("2026-03-09T11:00"))],
        "100",
        unit="percent",
        parameters={"limit": 3, "limit_unit": "hours"},
        more={"calendar": office()},
    ),
    Case(
        "nothing happened has no share",
        [],
        state=Status.NO_ACTIVITY,
        unit="percent",
        parameters={"limit": 4},
        more={"attested": True},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_share_within(case: Case) -> None:
    check("share_within", case)
