"""forecast_accuracy: errors of forecasts, and their averaging."""

from __future__ import annotations

import pytest

from metrics.engine import Row, Status
from tests.engine.making import pairs

from .table import Case, check

TWO_SERIES = pairs((8, 10), (10, 10), series="a") + pairs((150, 100), series="b")
TRAINING = {"": (2, 4, 6, 8)}


CASES = (
    Case("perfect is 100 %", pairs((5, 5), (7, 7)), "100", unit="percent"),
    Case(
        "by total error over total actuals",
        pairs((90, 100), (30, 20)),
        "5/6",
        unit="ratio",
        step="numerator / denominator",
    ),
    Case("never below 0", pairs((900, 100)), "0", unit="percent"),
    Case(
        "its error has no ceiling",
        pairs((900, 100)),
        "800",
        unit="percent",
        parameters={"method": "wape"},
    ),
    Case("all zero and forecast so is no error", pairs((0, 0)), "0", parameters={"method": "wape"}),
    Case(
        "errors over nothing are undefined",
        pairs((1, 0), (0, 0)),
        state=Status.UNDEFINED,
        parameters={"method": "wape"},
    ),
    Case(
        "mape leaves out zero actuals and says how many",
        pairs((5, 4), (3, 0)),
        "0.25",
        parameters={"method": "mape"},
        details={"excluded terms": "1"},
    ),
    Case(
        "mape of zero actuals only",
        pairs((3, 0)),
        state=Status.UNDEFINED,
        parameters={"method": "mape"},
    ),
    Case("smape reaches 2 and no more", pairs((3, 0)), "2", parameters={"method": "smape"}),
    Case("smape of nothing is 0", pairs((0, 0)), "0", parameters={"method": "smape"}),
    Case(
        "mase against the steps of the training",
        pairs((11, 10), (12, 10)),
        "0.75",
        parameters={"method": "mase"},
        more={"training": TRAINING},
    ),
    Case(
        "mase with a season of two",
        pairs((11, 10), (12, 10)),
        "0.375",
        parameters={"method": "mase", "season": 2},
        more={"training": TRAINING},
    ),
    Case(
        "rmsse drops leading zeros",
        pairs((13, 10), (14, 10)),
        near=(12.5 / 4) ** 0.5,
        parameters={"method": "rmsse"},
        more={"training": {"": (0, 0, 2, 4, 6, 8)}},
    ),
    Case(
        "flat training defines no scale",
        pairs((11, 10)),
        state=Status.UNDEFINED,
        parameters={"method": "rmsse"},
        more={"training": {"": (0, 3, 3, 3)}},
    ),
    Case(
        "training shorter than a season defines no scale",
        pairs((11, 10)),
        state=Status.UNDEFINED,
        parameters={"method": "mase", "season": 4},
        more={"training": TRAINING},
    ),
    Case(
        "no training defines no scale",
        pairs((1, 2)),
        state=Status.UNDEFINED,
        parameters={"method": "mase"},
    ),
    Case("pooled over series", TWO_SERIES, "13/30", parameters={"method": "wape"}),
    Case(
        "the mean of the series",
        TWO_SERIES,
        near=0.3,
        parameters={"method": "wape", "averaging": "per_series"},
        details={"series": "2"},
    ),
    Case(
        "series weigh the same whatever their length",
        TWO_SERIES,
        near=0.3,
        parameters={"method": "mape", "averaging": "per_series"},
    ),
    Case(
        "one undefined series leaves no mean",
        TWO_SERIES + pairs((1, 0), series="c"),
        state=Status.UNDEFINED,
        parameters={"method": "wape", "averaging": "per_series"},
    ),
    Case(
        "a series without a term is left out of mape and counted",
        TWO_SERIES + pairs((1, 0), series="c"),
        near=0.3,
        parameters={"method": "mape", "averaging": "per_series"},
        details={"excluded terms": "1", "series": "2"},
    ),
    Case(
        "a missing actual is pending, not zero",
        pairs((10, 10), (5, None)),
        "100",
        state=Status.PENDING,
        unit="percent",
        details={"pending actuals": "1"},
    ),
    Case("only missing actuals", pairs((5, None)), state=Status.PENDING),
    Case(
        "an actual that nobody forecast is counted apart",
        pairs((10, 10), (None, 5)),
        "100",
        unit="percent",
        details={"rows without a forecast": "1"},
    ),
    Case("nothing was forecast", [Row(0)], state=Status.NO_ACTIVITY),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_forecast_accuracy(case: Case) -> None:
    check("forecast_accuracy", case)
