"""What each address says about its records."""

from datetime import date
from fractions import Fraction

import pytest

from contracts.api.numbers import number
from tests import factories
from tests.api.world import MARCH, Holding, Program, found

pytestmark = pytest.mark.django_db


def test_a_result_is_one_flat_row(acme: Holding, reader: Program) -> None:
    (row,) = found(reader, "results")
    assert row.pop("updated_at").startswith("20")
    assert row == {
        "id": acme.result.pk,
        "vendor": "acme",
        "contract": "acme-1",
        "kpi": "acme-accuracy",
        "family": "outcome",
        "period": "2026-03",
        "first_day": "2026-03-01",
        "last_day": "2026-03-31",
        "value": 89.5,
        "value_exact": "179/2",
        "unit": "percent",
        "status": "BELOW_MINIMUM",
        "status_text": "Minimum missed",
        "consequence": "default",
        "is_breach": True,
        "phase": "final",
        "revision": 1,
        "target_operator": ">=",
        "target_expected": 95,
        "target_minimum": 90,
        "target_lower": None,
        "target_upper": None,
        "attainment": 0,
        "rows": 200,
        "has_late_rows": False,
    }
    assert reader.get(f"/api/v1/results/{acme.result.pk}").json()["value"] == 89.5


def test_a_result_without_a_value_says_null_and_not_zero(reader: Program, acme: Holding) -> None:
    factories.a_figure(acme.kpi, date(2026, 4, 1), None, "NO_DATA")
    (row,) = found(reader, "results", status="NO_DATA")
    assert (row["value"], row["value_exact"], row["attainment"]) == (None, None, None)
    assert row["status_text"] == "No data"


def test_a_period_that_was_never_evaluated_is_no_result(acme: Holding, reader: Program) -> None:
    head = factories.a_period(acme.kpi, date(2026, 5, 1))
    assert [row["id"] for row in found(reader, "results")] == [acme.result.pk]
    assert reader.get(f"/api/v1/results/{head.pk}").status_code == 404


def test_a_result_belongs_to_the_vendor_of_its_process(acme: Holding, reader: Program) -> None:
    process = factories.a_process(acme.kpi.contract)
    kpi = factories.a_kpi(None, "by-process", process=process, level=None)
    factories.a_figure(kpi, MARCH, "1/3", "NO_TARGET")
    (row,) = found(reader, "results", kpi="by-process")
    assert (row["vendor"], row["contract"]) == ("acme", "acme-1")
    assert (row["value"], row["target_operator"]) == (1 / 3, None)
    (line,) = found(reader, "kpis", kpi="by-process")
    assert (line["vendor"], line["contract"], line["process"]) == ("acme", "acme-1", "claims")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("179/2", 89.5),
        ("95", 95),
        ("1/3", 1 / 3),
        (str(2**53), float(2**53)),
        ("0", 0),
        ("-1/8", -0.125),
        ("", None),
        (None, None),
        (str(Fraction(10**400)), None),
    ],
)
def test_numbers_are_the_nearest_json_numbers(text: str | None, said: float | None) -> None:
    assert number(text) == said


def test_a_kpi_shows_its_dated_lines(acme: Holding, reader: Program) -> None:
    contract = acme.kpi.contract
    assert contract is not None
    amendment = factories.an_amendment(contract, 3)
    factories.a_level(acme.kpi, valid_from=date(2026, 1, 1), expected="96.5", amendment=amendment)
    kpi = reader.get("/api/v1/kpis/acme-accuracy").json()
    assert [(one["valid_from"], one["measure"], one["unit"]) for one in kpi["definitions"]] == [
        ("2024-01-01", "ratio", "percent")
    ]
    levels = [
        (one["valid_from"], one["expected"], one["minimum"], one["amendment"])
        for one in kpi["service_levels"]
    ]
    assert levels == [("2024-01-01", 95, 90, None), ("2026-01-01", 96.5, None, 3)]


def test_a_contract_shows_its_amendments(acme: Holding, reader: Program) -> None:
    contract = acme.kpi.contract
    assert contract is not None
    for position in (2, 1):
        factories.an_amendment(contract, position)
    body = reader.get("/api/v1/contracts/acme-1").json()
    assert [one["number"] for one in body["amendments"]] == [1, 2, 9]
    assert (body["vendor"], body["parent"]) == ("acme", None)


def test_a_breach_shows_its_steps(acme: Holding, reader: Program) -> None:
    acme.case.transitions.create(
        revision=acme.result.current,
        from_state="open",
        to_state="acknowledged",
        by="dana",
        reason="on it",
    )
    body = reader.get(f"/api/v1/breaches/{acme.case.pk}").json()
    assert (body["state"], body["state_text"], body["severity"]) == ("open", "Open", "major")
    assert (body["status"], body["status_text"]) == ("BELOW_MINIMUM", "Minimum missed")
    assert (body["kpi"], body["period"], body["value"]) == ("acme-accuracy", "2026-03", 89.5)
    steps = [(one["from_state"], one["to_state"], one["by"]) for one in body["transitions"]]
    assert steps == [("", "open", "kpotracker"), ("open", "acknowledged", "dana")]


def test_a_delivery_shows_counts_and_groups_its_errors(acme: Holding, reader: Program) -> None:
    rejects = [
        {"column": "closed", "value": f"{day}/02", "rule": "time", "message": "no day"}
        for day in (30, 31)
    ]
    delivery = factories.a_delivery(acme.feed, "two.csv", accepted=7, filtered=1, rejects=rejects)
    body = reader.get(f"/api/v1/deliveries/{delivery.pk}").json()
    assert (body["status"], body["is_finished"], body["feed"]) == ("done", True, "acme-desk")
    assert {name: count for name, count in body["counts"].items() if count} == {
        "read": 10, "accepted": 7, "filtered": 1, "quarantined": 2,
    }  # fmt: skip
    (group,) = body["same_errors"]
    assert (group["rule"], group["rows"], group["first_line"], group["example"]) == (
        "time", 2, 2, "30/02",
    )  # fmt: skip
    rows = reader.get(body["quarantined_rows_url"], limit=1).json()
    assert [row["line"] for row in rows["results"]] == [2]
    rest = reader.get(rows["next"]).json()
    assert [row["line"] for row in rest["results"]] == [3]
    assert rest["next"] is None


def test_a_rejected_file_says_why(acme: Holding, reader: Program) -> None:
    error = {"rule": "structure", "message": "unclosed quote", "hint": "close it", "line": 7}
    delivery = factories.a_delivery(acme.feed, "bad.csv", status="rejected", error=error)
    body = reader.get(f"/api/v1/deliveries/{delivery.pk}").json()
    assert (body["status"], body["rejection"]) == ("rejected", error)


def test_a_scorecard_has_a_score_per_family_and_none_over_them(
    acme: Holding, reader: Program
) -> None:
    body = reader.get("/api/v1/scorecards/contracts/acme-1/", period="2026-03").json()
    assert (body["subject"]["code"], body["period"]) == ("acme-1", "2026-03")
    scores = {one["family"]: one["score"] for one in body["families"]}
    assert scores == {
        "outcome": 0, "throughput": None, "transparency": None, "compliance": None,
    }  # fmt: skip
    assert "score" not in body
    (line,) = body["families"][0]["kpis"]
    assert (line["kpi"], line["figure"]["result"]) == ("acme-accuracy", acme.result.pk)


def test_a_scorecard_without_a_period_is_of_the_newest_result(
    acme: Holding, reader: Program
) -> None:
    body = reader.get("/api/v1/scorecards/vendors/acme").json()
    assert (body["period"], body["subject"]["kind"]) == ("2026-03", "vendor")
    assert [one["reference"] for one in body["contracts"]] == ["acme-1"]


def test_the_root_says_where_everything_is(acme: Holding, reader: Program) -> None:
    told = reader.get("/api/v1").json()
    assert {"vendors", "results", "fact_result", "service-levels"} <= told["lists"].keys()
    assert not [name for name in told["lists"] if "." in name or "/" in name]
    for where in (told["schema"], told["docs"], told["odata"], told["lists"]["dim_vendor"]):
        assert reader.get(where.removeprefix("http://testserver")).status_code == 200
