"""The portfolio file over HTTP: exported, planned, and applied as it was planned."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from contracts.models import AuditEvent, Vendor
from metrics.api import portfolio_bodies
from metrics.models import Kpi
from metrics.portfolio import reader
from metrics.portfolio.plan import Plan
from tests.api.world import PROBLEM, Holding, Program, a_program
from tests.portfolio.conftest import PORTFOLIO, with_change

pytestmark = pytest.mark.django_db
YAML = "application/yaml"
EXPORT = "/api/v1/portfolio"
PLAN, APPLY = f"{EXPORT}/plan", f"{EXPORT}/apply"
CHANGED = with_change(("owner: Dana", "owner: Priya"))


@pytest.fixture
def manager(db: None) -> Program:
    return a_program("manage")


def send(
    program: Program, path: str, body: str | bytes, kind: str = YAML, **headers: str
) -> HttpResponse:
    raw = body.encode() if isinstance(body, str) else body
    return Client(raise_request_exception=False).post(
        path, raw, content_type=kind, headers={**program.headers, **headers}
    )


def done(answer: HttpResponse) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(answer: HttpResponse, status: int) -> Any:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == PROBLEM
    return answer.json()


@pytest.fixture
def applied(manager: Program) -> Any:
    return done(send(manager, APPLY, PORTFOLIO))


def test_a_plan_tells_and_changes_nothing(manager: Program) -> None:
    told = done(send(manager, PLAN, PORTFOLIO))
    assert told["applied"] is False
    assert told["changes"][0]["action"] == "create"
    assert {"field": "name", "old": "", "new": "Acme Analytics"} in told["changes"][0]["fields"]
    assert not Vendor.objects.exists()
    assert not AuditEvent.objects.filter(subject__startswith="contracts.vendor").exists()


def test_applying_does_it_once(manager: Program, applied: Any) -> None:
    assert applied["applied"] is True
    assert Kpi.objects.count() == 2
    again = done(send(manager, APPLY, PORTFOLIO))
    assert (again["changes"], again["counts"]) == ([], {"unchanged": 8})


def test_old_and_new_values_come_with_each_change(manager: Program, applied: Any) -> None:
    (change,) = done(send(manager, PLAN, CHANGED))["changes"]
    assert change == {
        "action": "change",
        "kind": "vendor",
        "code": "acme",
        "fields": [{"field": "owner", "old": "Dana", "new": "Priya"}],
    }


def test_what_was_planned_is_what_is_applied(manager: Program, applied: Any) -> None:
    digest = done(send(manager, PLAN, CHANGED))["digest"]
    assert done(send(manager, PLAN, CHANGED))["digest"] == digest
    assert done(send(manager, f"{APPLY}?plan={digest}", CHANGED))["applied"] is True
    assert Vendor.objects.get().owner == "Priya"


def test_a_plan_of_another_state_is_not_applied(manager: Program, applied: Any) -> None:
    digest = done(send(manager, PLAN, CHANGED))["digest"]
    Vendor.objects.update(owner="Somebody else")
    told = refused(send(manager, f"{APPLY}?plan={digest}", CHANGED), 409)
    assert "Plan it again" in told["detail"]
    assert Vendor.objects.get().owner == "Somebody else"


def test_a_plan_of_another_file_is_not_applied(manager: Program, applied: Any) -> None:
    digest = done(send(manager, PLAN, CHANGED))["digest"]
    other = CHANGED.replace("name: Acme Analytics", "name: Acme")
    refused(send(manager, f"{APPLY}?plan={digest}", other), 409)
    assert Vendor.objects.get().owner == "Dana"


def test_without_comparing_digests_it_would_be_applied(
    manager: Program, applied: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plan, "digest", "0" * 64)
    done(send(manager, f"{APPLY}?plan={'0' * 64}", CHANGED))
    assert Vendor.objects.get().owner == "Priya"


def test_a_plan_that_archives_stays_the_same_plan(manager: Program, applied: Any) -> None:
    feedless = PORTFOLIO.split("feeds:")[0]
    planned = done(send(manager, f"{PLAN}?prune=true", feedless))
    assert [one["action"] for one in planned["changes"]] == ["archive"]
    done(send(manager, f"{APPLY}?prune=true&plan={planned['digest']}", feedless))


def test_json_applies_like_yaml(manager: Program, applied: Any, reader_key: Program) -> None:
    answer = reader_key.get_json(EXPORT)
    assert done(send(manager, PLAN, answer, "application/json"))["changes"] == []


class _Reader(Program):
    def get_json(self, path: str) -> bytes:
        headers = {**self.headers, "Accept": "application/json"}
        answer = Client().get(path, headers=headers)
        assert answer["Content-Type"] == "application/json"
        return answer.content


@pytest.fixture
def reader_key(reader: Program) -> _Reader:
    return _Reader(reader.headers)


def test_the_export_is_a_file_that_plans_to_no_change(
    manager: Program, applied: Any, reader: Program
) -> None:
    answer = reader.get(EXPORT)
    assert answer["Content-Type"].startswith(YAML)
    assert answer["Content-Disposition"] == 'attachment; filename="portfolio.yaml"'
    for kind in (YAML, "text/yaml", "text/plain; charset=utf-8", "application/x-yaml"):
        told = done(send(manager, PLAN, answer.content, kind))
        assert (told["changes"], told["not_in_files"]) == ([], [])


def test_an_export_of_a_vendor_holds_nothing_of_others(
    reader: Program, acme: Holding, zeta: Holding
) -> None:
    text = reader.get(EXPORT, vendor="acme", managed_by="any").content.decode()
    assert "acme-accuracy" in text
    assert "zeta" not in text


def test_unknown_vendors_and_managers_are_refused(reader: Program) -> None:
    told = refused(reader.get(EXPORT, vendor="nope", managed_by="everybody"), 400)
    assert [one["parameter"] for one in told["errors"]] == ["managed_by"]
    told = refused(reader.get(EXPORT, vendor="nope"), 400)
    assert [one["parameter"] for one in told["errors"]] == ["vendor"]


@pytest.mark.parametrize("path", [PLAN, APPLY])
def test_only_keys_that_manage_terms_plan_and_apply(
    path: str, reader: Program, acme: Holding
) -> None:
    refused(send(reader, path, PORTFOLIO), 403)
    refused(send(a_program("manage", vendor=acme.vendor), path, PORTFOLIO), 403)
    refused(send(Program({}), path, PORTFOLIO), 401)


def test_a_vendors_key_exports_nothing(acme: Holding) -> None:
    refused(a_program("read", vendor=acme.vendor).get(EXPORT), 403)
    refused(a_program("ingest").get(EXPORT), 403)


@pytest.mark.parametrize("path", [PLAN, APPLY])
def test_all_problems_come_at_once_with_place_rule_and_way_out(path: str, manager: Program) -> None:
    bad = with_change(("minimum: 90.0", "minimum: 97"), ("country: IE,", "country: ie,"))
    told = refused(send(manager, path, bad), 400)
    assert [
        (one["line"], one["pointer"], one["message"], one["hint"]) for one in told["errors"]
    ] == [
        (
            2,
            "#/vendors/0/country",
            "'ie' is not a country code",
            "write the two letters of ISO 3166 in capitals, such as IE",
        ),
        (
            52,
            "#/kpis/0/service_levels/0/minimum",
            "minimum 97 is better than expected 95",
            "move it to the worse side",
        ),
    ]
    assert not Vendor.objects.exists()


def test_problems_of_json_have_pointers(manager: Program) -> None:
    body = {"vendors": [{"code": "a", "name": "A", "country": "x"}], "calenders": []}
    told = refused(send(manager, PLAN, json.dumps(body), "application/json"), 400)
    assert sorted(one["pointer"] for one in told["errors"]) == [
        "#/calenders",
        "#/vendors/0/country",
    ]
    assert all("line" not in one for one in told["errors"])


BOMB = "a: &a [x, x]\n" + "".join(
    f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)
HOSTILE = [
    (BOMB, YAML),
    ("vendors: &v [*v]", YAML),
    ("[" * 5_000, YAML),
    ("{" * 100_000, "application/json"),
    ('{"a":' * 100_000, "application/json"),
    ("[" * 50 + "]" * 50, "application/json"),
    ('{"vendors": [' + '{"a":[' * 40 + "]}" * 40 + "]}", "application/json"),
    ("!!python/object/apply:os.system ['true']", YAML),
    ("vendors: !!binary aGk=", YAML),
    ("a: 1\na: 2", YAML),
    ('{"vendors": [], "vendors": []}', "application/json"),
    ('{"vendors": [{"code": "a", "name": "\\u0000"}]}', "application/json"),
    ('{"vendors": [{"code": "\\ud800", "name": "x"}]}', "application/json"),
    ('{"vendors": [{"code": 1e999, "name": NaN}]}', "application/json"),
    ('{"vendors": [{"code": ' + "9" * 6000 + ', "name": "x"}]}', "application/json"),
    ("vendors: [{code: " + "9" * 6000 + ", name: x, zzz: 1}]", YAML),
    ("vendors: [{code: a, name: x, " + "z" * 100_000 + ": 1}]", YAML),
    ("\x00", YAML),
    (b"\xff\xfe\x00", YAML),
    (b"\x80", "application/json"),
    ("just a text", YAML),
    ("null", "application/json"),
    ("--- {}\n--- {}\n", YAML),
    ("vendors: {code: a}", YAML),
    ("vendors: [[[]]]", YAML),
    ("a" * 10_000, "application/json"),
    ('vendors: [{code: a, name: "\\ud800"}]', YAML),
    ('{"vendors": [{"\\ud800": 1, "code": "a", "name": "x"}]}', "application/json"),
    ('{"vendors": [{"code": "a", "name": "x", "tier": 1e999999999}]}', "application/json"),
]


@pytest.mark.parametrize(("body", "kind"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused_in_few_words(
    manager: Program, body: str | bytes, kind: str
) -> None:
    answer = send(manager, PLAN, body, kind)
    refused(answer, 400)
    assert len(answer.content) < 20_000


def test_an_empty_file_states_nothing(manager: Program) -> None:
    assert done(send(manager, PLAN, "# nothing"))["changes"] == []


def test_sizes_and_types_have_limits(manager: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(send(manager, PLAN, "x: 1", "application/xml"), 415)
    refused(send(manager, PLAN, "x: 1", "multipart/form-data; boundary=x"), 415)
    monkeypatch.setattr(portfolio_bodies, "MAX_BYTES", 100)
    refused(send(manager, PLAN, "#" * 101), 413)
    assert done(send(manager, PLAN, "#" * 100))["changes"] == []


@pytest.mark.parametrize("kind", [YAML, "application/json"])
def test_more_values_than_a_file_may_state_are_refused(
    manager: Program, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for module in (reader, __import__("metrics.portfolio.reader_json", fromlist=["x"])):
        monkeypatch.setattr(module, "MAX_VALUES", 20)
    told = refused(send(manager, PLAN, json.dumps({"vendors": [1] * 30}), kind), 400)
    assert "values" in told["detail"]


def test_very_many_problems_are_cut(manager: Program) -> None:
    told = refused(send(manager, PLAN, "vendors: [" + "1, " * 800 + "1]"), 400)
    assert len(told["errors"]) == 501
    assert told["errors"][-1]["detail"].startswith("301 more problems")


def test_more_objects_than_a_request_takes_are_refused_before_anything_is_locked(
    manager: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.portfolio.applying.MOST_SENT", 2)
    vendors = [{"code": f"v{number}", "name": "V"} for number in range(3)]
    body = json.dumps({"vendors": vendors})
    answer = Client().post(
        "/api/v1/portfolio/plan", body, content_type="application/json", headers=manager.headers
    )
    assert answer.status_code == 400
    assert "3 objects are too many" in answer.json()["errors"][0]["detail"]
    assert "manage.py apply" in answer.content.decode()
