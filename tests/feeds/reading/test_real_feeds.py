"""Public data that nobody here wrote, read in the child as in use."""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metrics.feeds.mapping.calendar import moment
from metrics.feeds.reading import read_file

from .reports import Report, job_for, report_of

RATIO: dict[str, Any] = {"roles": {"good": "a", "valid": "b"}, "share": True}
CARRIERS = [
    "9E",
    "AA",
    "AS",
    "B6",
    "DL",
    "EV",
    "F9",
    "FL",
    "HA",
    "MQ",
    "OO",
    "UA",
    "US",
    "VX",
    "WN",
    "YV",
]


def read(tmp_path: Path, path: Path, mapping: dict[str, Any], kpis: dict[str, Any]) -> Report:
    """The file itself is only read; chunks go to the test's own folder."""
    job = job_for(tmp_path / path.name, mapping=mapping, kpis=kpis)
    return report_of(read_file(type(job)(**{**_fields(job), "path": str(path)})))


def _fields(job: Any) -> dict[str, Any]:
    return {name: getattr(job, name) for name in type(job).__slots__}


def test_the_service_desk_log(tmp_path: Path, shared: Path) -> None:
    mapping = {
        "code": "service-desk",
        "missing": ["?"],
        "zone": "UTC",
        "identity": ["number"],
        "revision": "sys_mod_count",
        "times": {
            "finished": {"column": "closed_at", "format": "%d/%m/%Y %H:%M"},
            "opened": {"column": "opened_at", "format": "%d/%m/%Y %H:%M"},
            "resolved": {"column": "resolved_at", "format": "%d/%m/%Y %H:%M"},
        },
        "targets": [
            {"kpi": "desk", "good": 'made_sla == "true"', "valid": 1},
            {"kpi": "{assignment_group}", "codes": {"Group 70": "g70"}, "if_missing": "skip",
             "good": 'made_sla == "true"', "valid": 1},
            {"kpi": "resolve", "from": "opened", "to": "resolved", "if_missing": "skip"},
        ],
    }  # fmt: skip
    kpis = {
        "desk": {"id": 1, **RATIO},
        "g70": {"id": 2, **RATIO},
        "resolve": {"id": 3, "roles": {"from": "a", "to": "b"}},
    }
    path = shared / "data/uci_incident/incident_event_log.csv.gz"
    report = read(tmp_path, path, mapping, kpis)
    assert report.structure is not None
    assert (report.structure.rows, report.aside) == (141_712, [])
    last: dict[bytes, dict[str, Any]] = {}
    for row in report.rows:
        if row["revision"] >= last.get(row["key"], row)["revision"]:
            last[row["key"]] = row
    assert len(last) == 24_918
    assert sum(row["t0_a"] == 0 for row in last.values()) == 9_115
    of_group = [row for row in last.values() if row["t1_kpi"] == 2]
    assert (len(of_group), sum(row["t1_a"] == 0 for row in of_group)) == (9_444, 1_526)
    resolved = [row for row in last.values() if row["t2_kpi"] == 3]
    assert len(resolved) == 23_362
    hours = sum(row["t2_b"] - row["t2_a"] for row in resolved) / len(resolved) / 3.6e9
    assert hours == pytest.approx(178.17158, abs=5e-6)


def test_flights_by_carrier_and_local_month(tmp_path: Path, shared: Path) -> None:
    mapping = {
        "code": "flights",
        "identity": ["time_hour", "carrier", "flight", "origin", "dest"],
        "times": {"finished": "time_hour"},
        "targets": [
            {"kpi": "{carrier}-flights"},
            {"kpi": "{carrier}-late", "when": "present(arr_delay)", "good": "arr_delay < 15", "valid": 1},
        ],
    }  # fmt: skip
    kpis = {f"{code}-late": {"id": n, **RATIO} for n, code in enumerate(CARRIERS)}
    kpis |= {f"{code}-flights": {"id": 100 + n, "roles": {}} for n, code in enumerate(CARRIERS)}
    report = read(tmp_path, shared / "data/flights/flights_2013_h1.csv.gz", mapping, kpis)
    assert report.aside == []
    assert len(report.rows) == 166_158
    zone = ZoneInfo("America/New_York")
    scheduled: Counter[tuple[str, int]] = Counter()
    arrived: Counter[tuple[str, int]] = Counter()
    late: Counter[tuple[str, int]] = Counter()
    for row in report.rows:
        month = moment(row["t0_at"]).astimezone(zone).month
        key = (CARRIERS[row["t0_kpi"] - 100], month)
        scheduled[key] += 1
        if row["t1_kpi"] is not None:
            arrived[key] += row["t1_b"]
            late[key] += 1 - row["t1_a"]
    with (shared / "data/flights/truth_carrier_month.csv").open() as file:
        for truth in csv.DictReader(file):
            key = (truth["carrier"], int(truth["month"]))
            found = (scheduled[key], arrived[key], late[key])
            assert found == tuple(int(truth[name]) for name in ("scheduled", "arrived", "late15"))


@pytest.mark.parametrize(
    ("name", "rows", "errors"), [("mnist", 100, 15), ("cifar10", 275, 54), ("imdb", 1310, 725)]
)
def test_label_errors_are_nested_json(
    tmp_path: Path, shared: Path, name: str, rows: int, errors: int
) -> None:
    mapping = {
        "code": "labels",
        "format": {"type": "json"},
        "identity": ["id"],
        "times": {"finished": {"fixed": "2021-03-01T00:00:00Z"}},
        "targets": [{"kpi": "labels", "good": "mturk.given >= 3", "valid": 1}],
    }
    path = shared / f"data/label_errors/{name}.json"
    report = read(tmp_path, path, mapping, {"labels": {"id": 1, **RATIO}})
    assert len(report.rows) == rows
    assert sum(row["t0_a"] == 0 for row in report.rows) == errors


@pytest.mark.parametrize(("name", "rows"), [("hourly", 79_488), ("weekly", 18_668)])
def test_forecasts_are_exact(tmp_path: Path, shared: Path, name: str, rows: int) -> None:
    roles = {"forecast": "a", "actual": "b", "series": "series"}
    vendors = ["249", "Naive2", "SES", "sNaive"]
    mapping = {
        "code": "m4",
        "identity": ["vendor", "series_id", "step"],
        "times": {"due": {"fixed": "2018-06-01T00:00:00Z"}},
        "targets": [
            {"kpi": "{vendor}-smape", "forecast": "forecast", "actual": "actual", "series": "series_id"}
        ],
    }  # fmt: skip
    kpis = {f"{v}-smape": {"id": n, "scale": 10, "time": "due", "roles": roles} for n, v in enumerate(vendors)}  # fmt: skip
    report = read(tmp_path, shared / f"data/m4/{name}_forecasts.csv.gz", mapping, kpis)
    assert (len(report.rows), report.aside) == (rows, [])
    assert {moment(at) for at in report.column("t0_at")} == {datetime(2018, 6, 1, tzinfo=UTC)}
    first = report.rows[0]
    assert first["t0_series"] == {"hourly": "H1", "weekly": "W1"}[name]
    assert first["t0_a"] == {"hourly": 7_533_825_762_430, "weekly": 369_789_184_725_000}[name]


@pytest.mark.parametrize(
    ("name", "series", "first"),
    [("Hourly", 414, ["605", "586", "586"]), ("Weekly", 359, ["1089.2", "1078.91", "1079.88"])],
)
def test_training_series_are_exact(
    tmp_path: Path, shared: Path, name: str, series: int, first: list[str]
) -> None:
    from fractions import Fraction

    reference = {"unpivot": True, "series": "V1", "decimals": 10}
    mapping = {"code": "training", "reference": reference}
    report = read(tmp_path, shared / f"data/m4/{name}-train.csv.gz", mapping, {})
    assert (len(report.rows), report.aside) == (series, [])
    values = report.rows[0]["values"][:3]
    assert [Fraction(value, 10**10) for value in values] == [Fraction(text) for text in first]
