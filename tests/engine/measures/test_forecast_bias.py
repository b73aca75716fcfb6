"""forecast_bias: over- and under-forecast."""

from __future__ import annotations

import pytest

from metrics.engine import Status
from tests.engine.making import pairs

from .table import Case, check

CASES = (
    Case("over-forecast is positive", pairs((12, 10)), "20", unit="percent"),
    Case("under-forecast is negative", pairs((8, 10)), "-20", unit="percent"),
    Case("errors of both signs cancel", pairs((12, 10), (8, 10)), "0", unit="percent"),
    Case("negative actuals count by their size", pairs((-8, -10)), "0.2"),
    Case("zero forecast as zero has none", pairs((0, 0)), "0"),
    Case(
        "opposite errors over nothing are undefined", pairs((5, 0), (-5, 0)), state=Status.UNDEFINED
    ),
    Case(
        "the mean of the series",
        pairs((12, 10), series="a") + pairs((40, 100), series="b"),
        near=-0.2,
        parameters={"averaging": "per_series"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_forecast_bias(case: Case) -> None:
    check("forecast_bias", case)
