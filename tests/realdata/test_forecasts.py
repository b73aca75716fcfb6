"""A forecasting competition: error figures as its organisers print them."""

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest

from metrics.models import ResultRevision
from tests.realdata.running import apply, figure, ingest, portfolio, value, verify

pytestmark = pytest.mark.django_db
RECEIVED = "--received-at=2018-06-15T09:00:00Z"
SEASONS = {"hourly": 24, "weekly": 1}
METHODS = ("249", "Naive2", "SES", "sNaive")
CASES = [
    (method, frequency, error)
    for method in METHODS
    for frequency in SEASONS
    for error in ("smape", "mase")
]


def competition(content: dict[str, Any]) -> dict[str, Any]:
    """The portfolio with a KPI for each published figure."""
    content["kpis"] = [
        {
            "code": f"{method}-{frequency}-{error}",
            "name": f"{error} of {method}, {frequency}",
            "contract": "M4",
            "family": "outcome",
            "direction": "lower",
            "time": "due",
            "decimals": 10,
            "measure": "forecast_accuracy",
            "period": "year",
            **error_terms(frequency, error),
        }
        for method, frequency, error in CASES
    ]
    return content


def error_terms(frequency: str, error: str) -> dict[str, Any]:
    """The competition averages per series; it prints sMAPE in percent of 0..2."""
    parameters: dict[str, Any] = {"method": error, "averaging": "per_series"}
    if error == "smape":
        return {"parameters": parameters, "unit": "percent"}
    scale = {"season": SEASONS[frequency], "training": f"{frequency}-training"}
    return {"parameters": parameters | scale, "unit": "ratio"}


@pytest.fixture(scope="module")
def m4(data: Path) -> Path:
    return data / "m4"


@pytest.fixture(scope="module")
def published(m4: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (m4 / "published.csv").open() as text:
        return {(row["method"], row["freq"].lower()): row for row in csv.DictReader(text)}


@pytest.fixture(scope="module", autouse=True)
def counts(
    m4: Path, loading: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Hourly training comes before its forecasts, weekly training after them."""
    apply(competition(portfolio("m4.yaml")), tmp_path_factory.mktemp("portfolio"))
    files = {
        "hourly-training": "Hourly-train.csv.gz",
        "hourly-forecasts": "hourly_forecasts.csv.gz",
        "weekly-forecasts": "weekly_forecasts.csv.gz",
        "weekly-training": "Weekly-train.csv.gz",
    }
    return {feed: ingest(feed, m4 / file, RECEIVED) for feed, file in files.items()}


def test_every_forecast_and_every_training_series_is_read(counts):
    accepted = {feed: found["accepted"] for feed, found in counts.items()}

    assert accepted == {
        "hourly-training": 414,
        "hourly-forecasts": 79_488,
        "weekly-forecasts": 18_668,
        "weekly-training": 359,
    }
    assert all(found["read"] == found["accepted"] for found in counts.values())


@pytest.mark.parametrize(("method", "frequency", "error"), CASES)
def test_the_figure_is_the_published_one_to_three_decimals(method, frequency, error, published):
    found = figure(f"{method}-{frequency}-{error}")
    truth = published[method, frequency]

    assert f"{value(found):.3f}" == f"{float(truth[f'{error}_pub']):.3f}"
    assert value(found) == pytest.approx(float(truth[error]), rel=1e-12)
    assert found.rows == int(truth["points"])


def test_training_that_comes_late_defines_the_scaled_figures_it_was_missing_for():
    revisions = ResultRevision.objects.filter(period__kpi__code="SES-weekly-mase")

    assert list(revisions.order_by("number").values_list("status", flat=True)) == [
        "UNDEFINED",
        "NO_TARGET",
    ]


def test_frozen_training_is_not_replaced_by_a_later_delivery(m4, tmp_path):
    before = figure("SES-weekly-mase")
    with gzip.open(m4 / "Weekly-train.csv.gz", "rt") as text:
        shortened = [",".join(line.split(",")[:60]) for line in text]
    later = tmp_path / "later.csv"
    later.write_text("\n".join(shortened))

    assert ingest("weekly-training", later, RECEIVED)["accepted"] == 359
    assert figure("SES-weekly-mase") == before


def test_every_figure_is_what_its_rows_give():
    assert verify() == []
