"""Terms of KPIs: one flat row per version, amended from a day on, and previewed before."""

from datetime import date
from typing import Any

import pytest

from contracts.models import Amendment, Contract
from metrics.models import KpiDefinition, KpiPeriod, ServiceLevel
from tests import factories
from tests.api.test_kpis import pointers, send
from tests.api.world import Holding, Program, a_program, found

pytestmark = pytest.mark.django_db
PATH = "/api/v1/kpis/acme-accuracy/service-levels"
DEFINITIONS = "/api/v1/kpis/acme-accuracy/definitions"
LATER = {"valid_from": "2026-06-01", "operator": ">=", "expected": 97.25, "minimum": 92}


@pytest.fixture
def manager(db: None) -> Program:
    return a_program("read", "manage")


def test_there_is_one_row_per_version(manager: Program, acme: Holding, zeta: Holding) -> None:
    send(manager, "POST", PATH, LATER)
    rows = found(manager, "service-levels", kpi="acme-accuracy")
    assert [(row["valid_from"], row["valid_to"], row["expected"]) for row in rows] == [
        (rows[0]["valid_from"], "2026-05-31", rows[0]["expected"]),
        ("2026-06-01", None, 97.25),
    ]
    assert {row["vendor"] for row in rows} == {"acme"}
    assert len(found(manager, "service-levels")) == 3
    assert len(found(manager, "service-levels", vendor="zeta")) == 1
    assert len(found(manager, "kpi-definitions", kpi="acme-accuracy")) == 1
    assert manager.get(PATH).json()["results"] == rows


def test_pages_of_one_row_hold_every_version_once(
    manager: Program, acme: Holding, zeta: Holding
) -> None:
    send(manager, "POST", PATH, LATER)
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = manager.get("/api/v1/service-levels", **query).json()
        seen += [row["id"] for row in page["results"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == sorted(ServiceLevel.objects.values_list("pk", flat=True))
    assert len(seen) == 3


def test_vendors_see_their_own(acme: Holding, zeta: Holding) -> None:
    ours = a_program("read", vendor=acme.vendor)
    assert {row["vendor"] for row in found(ours, "service-levels")} == {"acme"}
    assert {row["vendor"] for row in found(ours, "kpi-definitions")} == {"acme"}
    other = ServiceLevel.objects.get(kpi__code="zeta-accuracy")
    assert ours.get(f"/api/v1/service-levels/{other.pk}").status_code == 404
    assert ours.get("/api/v1/kpis/zeta-accuracy/service-levels").status_code == 404


def test_a_later_level_is_added(manager: Program, acme: Holding) -> None:
    answer = send(manager, "POST", PATH, LATER)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert answer["Location"] == f"http://testserver/api/v1/service-levels/{told['id']}"
    assert (told["expected"], told["minimum"], told["valid_to"]) == (97.25, 92, None)
    assert str(ServiceLevel.objects.get(pk=told["id"]).expected) == "97.25"
    assert manager.get(f"/api/v1/service-levels/{told['id']}").json() == told


def test_a_level_of_the_same_day_is_corrected(manager: Program, acme: Holding) -> None:
    send(manager, "POST", PATH, LATER)
    answer = send(manager, "POST", PATH, LATER | {"expected": 98})
    assert (answer.status_code, answer.json()["expected"]) == (200, 98)
    assert ServiceLevel.objects.filter(kpi=acme.kpi).count() == 2


def test_an_amendment_is_registered_with_it_and_says_its_day(
    manager: Program, acme: Holding
) -> None:
    amendment = {"number": 4, "title": "Higher", "effective_from": "2026-07-01"}
    body = {"new_amendment": amendment, "operator": ">=", "expected": 97}
    told = send(manager, "POST", PATH, body).json()
    assert (told["amendment"], told["valid_from"]) == (4, "2026-07-01")
    assert Amendment.objects.filter(contract=acme.kpi.contract, title="Higher").count() == 1
    body = {"amendment": 4, "operator": ">=", "expected": 99}
    assert send(manager, "POST", PATH, body).json()["expected"] == 99
    assert pointers(send(manager, "POST", PATH, body | {"new_amendment": amendment})) == ["#"]


def test_without_a_day_and_an_amendment_it_is_refused(manager: Program, acme: Holding) -> None:
    body = {"operator": ">=", "expected": 97}
    assert pointers(send(manager, "POST", PATH, body)) == ["#/valid_from"]


def test_what_is_wrong_is_told_by_its_member(manager: Program, acme: Holding) -> None:
    bad = LATER | {"minimum": 99, "amendment": 77}
    assert sorted(pointers(send(manager, "POST", PATH, bad))) == ["#/amendment", "#/minimum"]
    bad = LATER | {"bands": [{"name": "a", "lower": "x"}, {"nme": "b"}], "weight": True}
    assert sorted(pointers(send(manager, "POST", PATH, bad))) == [
        "#/bands/0/lower",
        "#/bands/1/name",
        "#/bands/1/nme",
        "#/weight",
    ]


def test_bands_come_back_as_they_were_stated(manager: Program, acme: Holding) -> None:
    bands = [
        {"name": "good", "lower": 97.5, "upper": None, "attainment": 100, "severity": None},
        {"name": "bad", "lower": None, "upper": 97.5, "attainment": 0, "severity": "major"},
    ]
    body = LATER | {"minimum": None, "expected": 97.5, "bands": bands, "attainment": "bands"}
    answer = send(manager, "POST", PATH, body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["bands"] == bands


def test_a_level_that_figures_rest_on_stays(manager: Program, acme: Holding) -> None:
    first = ServiceLevel.objects.get(kpi=acme.kpi)
    body = {"valid_from": first.valid_from.isoformat(), "operator": ">=", "expected": 50}
    assert pointers(send(manager, "POST", PATH, body))
    assert ServiceLevel.objects.get(kpi=acme.kpi).expected == first.expected


def test_a_dry_run_previews_and_changes_nothing(manager: Program, acme: Holding) -> None:
    factories.a_figure(acme.kpi, date(2026, 6, 1), "96", "MET")
    amendment = {"number": 4, "title": "Higher", "effective_from": "2026-06-01"}
    answer = send(manager, "POST", f"{PATH}?dry_run=true", LATER | {"new_amendment": amendment})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["dry_run"] is True
    assert told["after"]["id"] is None
    assert (told["before"]["expected"], told["after"]["expected"]) == (95, 97.25)
    assert {one["member"] for one in told["differences"]} >= {"expected", "minimum", "amendment"}
    assert told["first_period"]["period"] == "2026-06"
    assert told["touched"] == 1
    (period,) = told["periods"]
    assert (period["period"], period["status_now"]) == ("2026-06", "MET")
    assert period["is_frozen"] is (
        KpiPeriod.objects.get(kpi=acme.kpi, first_day="2026-06-01").phase == "final"
    )
    assert ServiceLevel.objects.filter(kpi=acme.kpi).count() == 1
    assert not Amendment.objects.filter(title="Higher").exists()


def test_a_dry_run_refuses_what_the_real_one_would(manager: Program, acme: Holding) -> None:
    bad = LATER | {"minimum": 99}
    assert pointers(send(manager, "POST", f"{PATH}?dry_run=true", bad)) == ["#/minimum"]
    assert send(manager, "POST", f"{PATH}?dry_run=maybe", LATER).status_code == 400


def test_a_stale_reader_amends_nothing(manager: Program, acme: Holding) -> None:
    tag = send(manager, "GET", "/api/v1/kpis/acme-accuracy")["ETag"]
    assert send(manager, "POST", PATH, LATER, **{"If-Match": tag}).status_code == 201
    again = LATER | {"valid_from": "2026-07-01"}
    assert send(manager, "POST", PATH, again, **{"If-Match": tag}).status_code == 412
    stale = send(manager, "POST", f"{PATH}?dry_run=true", again, **{"If-Match": tag})
    assert stale.status_code == 412


def test_another_way_of_measuring_states_only_what_changes(manager: Program, acme: Holding) -> None:
    body = {"valid_from": "2026-06-01", "grace_days": 9, "calendar": None}
    dry = send(manager, "POST", f"{DEFINITIONS}?dry_run=true", body)
    assert dry.status_code == 200, dry.content
    assert [one["member"] for one in dry.json()["differences"]] == ["grace_days"]
    answer = send(manager, "POST", DEFINITIONS, body)
    assert answer.status_code == 201, answer.content
    first, later = KpiDefinition.objects.filter(kpi=acme.kpi).order_by("valid_from")
    assert (later.grace_days, later.measure, later.period) == (9, first.measure, first.period)
    assert pointers(send(manager, "POST", DEFINITIONS, {"anchor": "2026-06-01"})) == ["#/anchor"]
    assert pointers(send(manager, "POST", DEFINITIONS, body | {"calendar": "nope"})) == [
        "#/calendar"
    ]


def test_a_measure_with_parameters_keeps_their_digits(manager: Program, acme: Holding) -> None:
    body = {
        "valid_from": "2026-06-01",
        "measure": "percentile",
        "parameters": {"p": 0.95},
    }
    answer = send(manager, "POST", DEFINITIONS, body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["parameters"] == {"p": "0.95"}
    assert pointers(send(manager, "POST", DEFINITIONS, body | {"unit": "hours"})) == ["#/unit"]


def test_amendments_of_contracts_of_files_are_left_to_them(manager: Program, acme: Holding) -> None:
    Contract.objects.update(managed_by="portfolio")
    amendment = {"number": 4, "title": "Higher", "effective_from": "2026-07-01"}
    body = {"new_amendment": amendment, "operator": ">=", "expected": 97}
    assert pointers(send(manager, "POST", PATH, body)) == ["#/new_amendment"]
