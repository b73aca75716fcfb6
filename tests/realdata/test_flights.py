"""Departures from New York: a vendor per carrier, months by New York time, lateness by threshold."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from metrics.models import Kpi, KpiPeriod, Observation, ResultRevision
from tests.realdata.running import apply, figures, ingest, parts, portfolio, value, verify

pytestmark = pytest.mark.django_db
RECEIVED = "--received-at=2013-07-02T09:00:00Z"
SHARE = {"family": "outcome", "direction": "higher", "measure": "ratio", "unit": "percent"}
DELAY = {"family": "outcome", "direction": "lower", "measure": "mean", "unit": "minutes"}
MEDIAN = {"measure": "percentile", "parameters": {"p": 0.5, "method": "interpolated"}}
CARRIER_KPIS = {
    "on-time-of-arrived": SHARE,
    "on-time-of-scheduled": SHARE,
    "arrival-delay": DELAY,
    "arrival-delay-median": DELAY | MEDIAN,
    "departure-delay": DELAY,
    "cancelled": {"family": "throughput", "direction": "lower", "measure": "count", "unit": "-"},
}
# Scheduled 08:30 on New Year's Day, 15 minutes late in Chicago to the minute.
FIFTEEN_LATE = "B6 / 905 / 2013-01-01T13:00:00Z"
# Scheduled 23:59 on 31 January in New York, which is February in UTC.
LAST_OF_JANUARY = "B6 / 739 / 2013-02-01T04:00:00Z"


def with_carriers(content: dict[str, Any], carriers: list[dict[str, str]]) -> dict[str, Any]:
    """The portfolio with a vendor, a contract and six KPIs for every carrier."""
    codes = {row["carrier"]: row["name"] for row in carriers}
    content["vendors"] = [{"code": code, "name": name} for code, name in codes.items()]
    content["contracts"] = [_contract(code) for code in codes]
    content["kpis"] = [
        {
            "code": f"{code}-{ending}",
            "name": f"{name}: {ending}",
            "contract": f"{code}-2013",
            "time": "started",
            "period": "month",
            **terms,
        }
        for code, name in codes.items()
        for ending, terms in CARRIER_KPIS.items()
    ]
    return content


def _contract(carrier: str) -> dict[str, Any]:
    return {
        "reference": f"{carrier}-2013",
        "title": "Flights from New York",
        "vendor": carrier,
        "kind": "order",
        "zone": "America/New_York",
        "currency": "USD",
        "pricing": "per_item",
        "first_day": date(2013, 1, 1),
        "last_day": date(2013, 6, 30),
    }


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def flights(data: Path) -> Path:
    return data / "flights"


@pytest.fixture(scope="module")
def truth(flights: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The independently computed figures by carrier and month."""
    return {
        (row["carrier"], f"2013-{int(row['month']):02}"): row
        for row in table(flights / "truth_carrier_month.csv")
    }


@pytest.fixture(scope="module", autouse=True)
def counts(
    flights: Path, loading: None, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What became of the rows of the half year."""
    content = with_carriers(portfolio("flights.yaml"), table(flights / "airlines.csv"))
    apply(content, tmp_path_factory.mktemp("portfolio"))
    return ingest("departures", flights / "flights_2013_h1.csv.gz", RECEIVED)


def by_carrier_and_month(
    ending: str, truth: dict[tuple[str, str], dict[str, str]]
) -> dict[tuple[str, str], ResultRevision]:
    """Every figure of one kind that has rows."""
    return {
        (carrier, month): revision
        for carrier in {carrier for carrier, _ in truth}
        for month, revision in figures(f"{carrier}-{ending}").items()
    }


def test_every_departure_is_accepted(counts):
    assert counts["read"] == counts["accepted"] == 166_158


@pytest.mark.parametrize(
    ("base", "column", "percent"),
    [
        ("arrived", "arrived", "ontime_pct_of_arrived"),
        ("scheduled", "scheduled", "ontime_pct_of_scheduled"),
    ],
)
def test_every_carrier_has_its_share_on_time_in_every_month(base, column, percent, truth):
    found = by_carrier_and_month(f"on-time-of-{base}", truth)

    on_time = {key: int(row["arrived"]) - int(row["late15"]) for key, row in truth.items()}
    assert {key: parts(revision) for key, revision in found.items()} == {
        key: (on_time[key], int(row[column])) for key, row in truth.items()
    }
    for key, revision in found.items():
        assert value(revision) == pytest.approx(float(truth[key][percent]), rel=1e-12)


@pytest.mark.parametrize(
    ("ending", "column"),
    [
        ("arrival-delay", "mean_arr_delay"),
        ("arrival-delay-median", "median_arr_delay"),
        ("departure-delay", "mean_dep_delay"),
    ],
)
def test_every_carrier_has_its_delays_in_every_month(ending, column, truth):
    found = by_carrier_and_month(ending, truth)

    assert {key: value(revision) for key, revision in found.items()} == pytest.approx(
        {key: float(row[column]) for key, row in truth.items()}, rel=1e-12
    )


def test_every_carrier_has_its_cancellations_in_every_month(truth):
    found = by_carrier_and_month("cancelled", truth)

    cancelled = {key: int(row["cancelled"]) for key, row in truth.items()}
    assert {key: revision.rows for key, revision in found.items()} == {
        key: count for key, count in cancelled.items() if count
    }


def test_a_flight_exactly_fifteen_minutes_late_is_late():
    flight = kept("B6-on-time-of-arrived", FIFTEEN_LATE)

    assert (flight.a, flight.b) == (0, 1)


def test_a_late_evening_departure_belongs_to_its_month_in_new_york():
    flight = kept("B6-on-time-of-arrived", LAST_OF_JANUARY)
    january = KpiPeriod.objects.get(kpi_id=flight.kpi_id, label="2013-01")

    assert flight.at > micros(datetime(2013, 2, 1, tzinfo=UTC))
    assert micros(january.starts_at) <= flight.at < micros(january.ends_at)


def kept(kpi: str, ref: str) -> Observation:
    return Observation.objects.get(kpi_id=Kpi.objects.get(code=kpi).pk, ref=ref)


def micros(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000


def test_every_figure_is_what_its_rows_give():
    assert verify() == []
