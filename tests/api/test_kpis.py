"""KPIs are registered, changed, archived and brought back as on their page."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from contracts.models import AuditEvent
from contracts.models.managed import ManagedBy
from metrics.models import Kpi
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
KPIS = "/api/v1/kpis"


@pytest.fixture
def manager(db: None) -> Program:
    return a_program("read", "manage")


def send(
    program: Program, method: str, path: str, body: Any = None, **headers: str
) -> HttpResponse:
    return Client(raise_request_exception=False).generic(
        method,
        path,
        "" if body is None else json_of(body),
        content_type="application/json",
        headers={**program.headers, **headers},
    )


def json_of(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def a_new_kpi(contract: str, **changes: Any) -> dict[str, Any]:
    return {
        "code": "upheld",
        "name": "Decisions upheld",
        "contract": contract,
        "family": "outcome",
        "direction": "higher",
        "time_field": "finished",
        "decimals": 1,
        "definition": {"measure": "ratio", "unit": "percent", "period": "month"},
        "service_level": {"operator": ">=", "expected": 95.5, "minimum": 90, "weight": 60},
    } | changes


def pointers(answer: HttpResponse) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [one["pointer"] for one in answer.json()["errors"]]


def test_a_kpi_is_registered_with_its_first_terms(manager: Program, acme: Holding) -> None:
    answer = send(manager, "POST", KPIS, a_new_kpi(acme.contract))
    assert answer.status_code == 201, answer.content
    assert answer["Location"] == "http://testserver/api/v1/kpis/upheld"
    assert answer["ETag"]
    told = answer.json()
    (level,) = told["service_levels"]
    (definition,) = told["definitions"]
    assert (level["expected"], level["minimum"], level["weight"]) == (95.5, 90, 60)
    assert (definition["measure"], definition["period"], definition["grace_days"]) == (
        "ratio",
        "month",
        5,
    )
    assert level["valid_from"] == told["first_day"]
    kpi = Kpi.objects.get(code="upheld")
    assert kpi.managed_by == ManagedBy.PERSON
    assert AuditEvent.objects.filter(label__contains="upheld").exists()


def test_everything_wrong_is_told_by_its_member(manager: Program, acme: Holding) -> None:
    bad = a_new_kpi(
        "nope",
        definition={"measure": "percentile", "unit": "percent", "period": "month", "anchr": 1},
        service_level={"operator": "~", "expected": "95"},
    )
    assert sorted(pointers(send(manager, "POST", KPIS, bad))) == [
        "#/contract",
        "#/definition/anchr",
        "#/service_level/expected",
        "#/service_level/operator",
    ]


def test_what_the_checks_refuse_is_told_by_its_member(manager: Program, acme: Holding) -> None:
    bad = a_new_kpi(
        acme.contract,
        direction="lower",
        definition={
            "measure": "percentile",
            "unit": "hours",
            "period": "day",
            "anchor": "2026-01-01",
        },
        service_level={"operator": "<=", "expected": 4, "minimum": 3},
    )
    found = pointers(send(manager, "POST", KPIS, bad))
    assert "#/definition/anchor" in found or "#/definition/period" in found
    bad["definition"] = {"measure": "percentile", "unit": "hours", "period": "month"}
    assert set(pointers(send(manager, "POST", KPIS, bad))) == {
        "#/definition/parameters/p",
        "#/service_level/minimum",
    }
    assert not Kpi.objects.filter(code="upheld").exists()


@pytest.mark.parametrize(
    ("member", "value", "pointer"),
    [
        ("code", "acme-accuracy", "#/code"),
        ("code", "a b", "#/code"),
        ("name", "x" * 201, "#/name"),
        ("name", "a\x00b", "#"),
        ("name", "\ud800", "#"),
        ("decimals", 1.5, "#/decimals"),
        ("decimals", True, "#/decimals"),
        ("time_field", "never", "#/time_field"),
        ("first_day", "2026-02-30", "#/first_day"),
        ("process", "nope", "#/process"),
        ("definition", [], "#/definition"),
        ("service_level", {"operator": ">=", "expected": 1e300}, "#/service_level/expected"),
        (
            "definition",
            {"measure": "ratio", "unit": "percent", "period": "month", "parameters": {"x": "\x01"}},
            "#/definition/parameters",
        ),
    ],
)
def test_hostile_members_are_refused(
    manager: Program, acme: Holding, member: str, value: Any, pointer: str
) -> None:
    answer = send(manager, "POST", KPIS, a_new_kpi(acme.contract, **{member: value}))
    assert any(one.startswith(pointer) for one in pointers(answer)), answer.content


def test_only_keys_that_manage_terms_write(reader: Program, acme: Holding) -> None:
    body, path = a_new_kpi(acme.contract), f"{KPIS}/acme-accuracy"
    for program in (reader, a_program("manage", vendor=acme.vendor)):
        for method, where in (
            ("POST", KPIS),
            ("PATCH", path),
            ("DELETE", path),
            ("POST", f"{path}/restore"),
            ("POST", f"{path}/service-levels"),
            ("POST", f"{path}/definitions"),
        ):
            assert send(program, method, where, body).status_code == 403


def test_what_the_page_changes_is_changed_and_the_rest_stays(
    manager: Program, acme: Holding
) -> None:
    path = f"{KPIS}/acme-accuracy"
    before = send(manager, "GET", path)
    answer = send(manager, "PATCH", path, {"name": "Accuracy", "clause": "2.10"})
    assert answer.status_code == 200, answer.content
    told, was = answer.json(), before.json()
    assert (told["name"], told["clause"]) == ("Accuracy", "2.10")
    assert told["definitions"] == was["definitions"]
    assert told["service_levels"] == was["service_levels"]
    assert answer["ETag"] != before["ETag"]
    assert pointers(send(manager, "PATCH", path, {"family": "throughput"})) == ["#/family"]
    assert pointers(send(manager, "PATCH", path, {"last_day": "2026-01-31"})) == ["#/last_day"]


def test_a_change_of_an_older_state_is_refused(manager: Program, acme: Holding) -> None:
    path = f"{KPIS}/acme-accuracy"
    tag = send(manager, "GET", path)["ETag"]
    assert send(manager, "PATCH", path, {"name": "B"}, **{"If-Match": tag}).status_code == 200
    assert send(manager, "PATCH", path, {"name": "C"}, **{"If-Match": tag}).status_code == 412
    assert send(manager, "DELETE", path, **{"If-Match": tag}).status_code == 412


@pytest.mark.parametrize("day", ["20261231", "2026-W53-4", 20261231])
def test_a_day_is_written_one_way(manager: Program, acme: Holding, day: Any) -> None:
    answer = send(manager, "PATCH", f"{KPIS}/acme-accuracy", {"last_day": day})
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/last_day"]


def test_it_is_archived_and_brought_back(manager: Program, acme: Holding) -> None:
    path = f"{KPIS}/acme-accuracy"
    assert send(manager, "DELETE", f"{path}?reason=ended").status_code == 204
    assert AuditEvent.objects.filter(action="archived", reason="ended").exists()
    assert send(manager, "GET", path).json()["archived_at"]
    assert send(manager, "DELETE", path).status_code == 409
    answer = send(manager, "POST", f"{path}/restore")
    assert (answer.status_code, answer.json()["archived_at"]) == (200, None)
    again = send(manager, "POST", f"{path}/restore")
    assert (again.status_code, "is in use" in again.json()["detail"]) == (409, True)
    assert AuditEvent.objects.filter(action="restored").count() == 1


def test_what_files_manage_is_left_to_them(manager: Program, acme: Holding) -> None:
    Kpi.objects.update(managed_by=ManagedBy.PORTFOLIO)
    path = f"{KPIS}/acme-accuracy"
    for method, where in (
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/restore"),
        ("POST", f"{path}/service-levels"),
    ):
        body = {"operator": ">=", "expected": 1} if "levels" in where else {"name": "x"}
        answer = send(manager, method, where, body)
        assert answer.status_code == 409, answer.content
        assert "portfolio file" in answer.json()["detail"]
