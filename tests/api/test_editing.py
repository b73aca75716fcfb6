"""Every kind of record is registered, changed, archived and brought back by the same rules."""

from typing import Any

import pytest

from contracts.models import AuditEvent, Contract, Process, Vendor
from contracts.models.managed import ManagedBy
from contracts.services.apikeys import apikey_create
from tests import factories
from tests.api.editing import ARCHIVED, CHANGE, KINDS, NEW, conflict_of, errors_of, registered, send
from tests.api.world import Holding, Program, a_program, found

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_registered_and_shown_at_its_location(
    kind: str, acme: Holding, manager: Program
) -> None:
    answer = send(manager, "POST", kind, NEW[kind])
    assert answer.status_code == 201, answer.content
    shown = manager.get(answer.headers["Location"])
    assert shown.status_code == 200
    assert shown.json() == answer.json()
    assert shown.headers["ETag"] == answer.headers["ETag"]
    assert {name: answer.json()[name] for name in NEW[kind]} == NEW[kind]
    assert answer.json() in found(manager, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_leaves_what_it_does_not_name(kind: str, acme: Holding, manager: Program) -> None:
    where = registered(manager, kind)
    before = manager.get(where)
    answer = send(manager, "PATCH", where, CHANGE[kind], If_Match=before.headers["ETag"])
    assert answer.status_code == 200, answer.content
    changed = before.json() | CHANGE[kind]
    derived = ("updated_at", "amount_minor")
    assert {name: value for name, value in answer.json().items() if name not in derived} == {
        name: value for name, value in changed.items() if name not in derived
    }
    assert answer.json()["updated_at"] > before.json()["updated_at"]
    assert answer.headers["ETag"] == manager.get(where).headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_saw_an_older_state_is_refused(kind: str, acme: Holding, manager: Program) -> None:
    where = registered(manager, kind)
    seen = manager.get(where).headers["ETag"]
    assert send(manager, "PATCH", where, CHANGE[kind], If_Match=seen).status_code == 200
    late = send(manager, "PATCH", where, CHANGE[kind], If_Match=seen)
    assert late.status_code == 412
    assert "read it again" in late.json()["detail"]
    assert send(manager, "PATCH", where, CHANGE[kind], If_Match="*").status_code == 200
    if kind in ARCHIVED:
        assert send(manager, "DELETE", where, If_Match=seen).status_code == 412
        assert send(manager, "POST", f"{where}/restore", If_Match=seen).status_code == 412


def test_without_the_comparison_the_older_state_overwrites(
    acme: Holding, manager: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = manager.get("/api/v1/vendors/acme").headers["ETag"]
    send(manager, "PATCH", "vendors/acme", {"name": "First"}, If_Match=seen)
    late = {"name": "Second"}
    assert send(manager, "PATCH", "vendors/acme", late, If_Match=seen).status_code == 412
    monkeypatch.setattr("contracts.api.editing.check_match", lambda *_: None)
    assert send(manager, "PATCH", "vendors/acme", late, If_Match=seen).status_code == 200


@pytest.mark.parametrize("kind", ARCHIVED)
def test_a_record_is_archived_and_brought_back(kind: str, acme: Holding, manager: Program) -> None:
    where = registered(manager, kind)
    assert send(manager, "DELETE", f"{where}?reason=gone").status_code == 204
    archived = manager.get(where).json()
    assert archived["archived_at"] is not None
    assert archived in found(manager, kind, archived="true")
    assert archived not in found(manager, kind, archived="false")
    assert AuditEvent.objects.filter(action="archived", reason="gone").count() == 1
    again = send(manager, "DELETE", where)
    assert "archived already" in conflict_of(again)
    answer = send(manager, "POST", f"{where}/restore")
    assert (answer.status_code, answer.json()["archived_at"]) == (200, None)
    assert "in use already" in conflict_of(send(manager, "POST", f"{where}/restore"))


@pytest.mark.parametrize("kind", ["contacts", "certifications"])
def test_what_is_archived_is_restored_before_it_is_changed(
    kind: str, acme: Holding, manager: Program
) -> None:
    where = registered(manager, kind)
    send(manager, "DELETE", where)
    answer = send(manager, "PATCH", where, CHANGE[kind])
    assert "is archived: restore it first" in errors_of(answer)["#"]


@pytest.mark.parametrize("kind", ["amendments", "charges"])
def test_what_is_never_archived_takes_no_delete(kind: str, acme: Holding, manager: Program) -> None:
    where = registered(manager, kind)
    assert send(manager, "DELETE", where).status_code == 405
    assert send(manager, "POST", f"{where}/restore").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["updated_at", "managed_by", "archived_at", "id", "colour"])
def test_what_cannot_be_set_is_refused(
    kind: str, name: str, acme: Holding, manager: Program
) -> None:
    where = registered(manager, kind)
    for method, path, body in (("POST", kind, NEW[kind]), ("PATCH", where, {})):
        errors = errors_of(send(manager, method, path, body | {name: "person"}))
        assert set(errors) == {f"#/{name}"}
        assert f"'{name}' is not a field here" in errors[f"#/{name}"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("vendors", "code"),
        ("contracts", "reference"),
        ("contracts", "vendor"),
        ("amendments", "contract"),
        ("amendments", "number"),
        ("processes", "code"),
        ("contacts", "vendor"),
        ("certifications", "vendor"),
        ("charges", "first_day"),
    ],
)
def test_what_a_record_is_stays(kind: str, name: str, acme: Holding, manager: Program) -> None:
    where = registered(manager, kind)
    assert set(errors_of(send(manager, "PATCH", where, {name: NEW[kind][name]}))) == {f"#/{name}"}


def test_an_unknown_member_is_told_with_the_nearest_known_one(manager: Program) -> None:
    answer = send(manager, "POST", "vendors", {"code": "nova", "name": "N", "ower": "Dana"})
    assert errors_of(answer) == {"#/ower": "'ower' is not a field here: did you mean 'owner'?"}


def test_everything_that_is_wrong_is_told_at_once(acme: Holding, manager: Program) -> None:
    body = NEW["contracts"] | {
        "title": "x" * 201,
        "kind": "barter",
        "vendor": "nobody",
        "first_day": "2026-02-30",
        "renewal_months": 601,
        "notice_length": "3",
        "colour": "red",
    }
    del body["pricing"]
    errors = errors_of(send(manager, "POST", "contracts", body))
    assert {one.removeprefix("#/") for one in errors} == {
        "title", "kind", "vendor", "first_day", "renewal_months", "notice_length", "colour",
        "pricing",
    }  # fmt: skip
    assert Contract.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_reading_key_changes_nothing(
    kind: str, acme: Holding, reader: Program, manager: Program
) -> None:
    where = registered(manager, kind)
    for method, path in (("POST", kind), ("PATCH", where), ("DELETE", where)):
        answer = send(reader, method, path, {})
        assert answer.status_code in (403, 405), (method, answer.content)
    assert "needs the scope manage" in send(reader, "PATCH", where, {}).json()["detail"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_vendors_key_changes_no_terms(kind: str, acme: Holding, manager: Program) -> None:
    """It stands on the vendor's side, whatever its scopes are called."""
    where = registered(manager, kind)
    theirs = a_program("read", "manage", vendor=acme.vendor)
    for method, path in (("POST", kind), ("PATCH", where)):
        answer = send(theirs, method, path, NEW[kind])
        assert answer.status_code == 403, (method, answer.content)


def test_what_portfolio_files_manage_is_changed_there(acme: Holding, manager: Program) -> None:
    places = {kind: registered(manager, kind) for kind in KINDS if kind != "vendors"}
    for model in (Vendor, Contract, Process):
        model.objects.update(managed_by=ManagedBy.PORTFOLIO)
    places["vendors"] = "vendors/acme"
    refused = {"vendors", "contracts", "processes", "amendments", "charges"}
    for kind, where in places.items():
        answer = send(manager, "PATCH", where, CHANGE[kind])
        assert answer.status_code == (409 if kind in refused else 200), kind
        if kind in refused:
            assert "portfolio file" in answer.json()["detail"]
    for kind in ("vendors", "contracts", "processes"):
        assert send(manager, "DELETE", places[kind]).status_code == 409
        assert send(manager, "POST", f"{places[kind]}/restore").status_code == 409
    later = {"amendments": {"number": 3}, "charges": {"first_day": "2026-02-02"}}
    for kind, members in later.items():
        assert send(manager, "POST", kind, NEW[kind] | members).status_code == 409


def test_the_trail_names_the_key(acme: Holding) -> None:
    made = apikey_create(name="sourcing", scopes=["read", "manage"])
    program = Program({"Authorization": f"Bearer {made.secret}"})
    where = registered(program, "vendors")
    send(program, "PATCH", where, {"tier": "strategic"})
    events = AuditEvent.objects.filter(label="vendor Nova Services").order_by("pk")
    assert [(one.action, one.actor, one.actor_name) for one in events] == [
        (action, None, f"key sourcing ({made.key.prefix})") for action in ("created", "changed")
    ]
    assert events[1].changes == {"tier": ["standard", "strategic"]}


def test_a_record_of_another_vendor_is_missing_for_writing_too(
    acme: Holding, zeta: Holding
) -> None:
    theirs = a_program("read", "manage", vendor=zeta.vendor)
    answers = [send(theirs, "PATCH", path, {}) for path in ("contracts/acme-1", "contracts/none")]
    assert {(one.status_code, one.content) for one in answers} == {
        (answers[0].status_code, answers[0].content)
    }


def test_a_code_that_is_taken_is_refused_by_its_field(acme: Holding, manager: Program) -> None:
    answer = send(manager, "POST", "vendors", {"code": "acme", "name": "Another"})
    assert set(errors_of(answer)) == {"#/code"}


def test_the_list_of_one_kind_takes_as_many_queries_for_many_rows(
    acme: Holding, manager: Program, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        contract = factories.a_contract(acme.vendor, f"many-{number}")
        factories.a_process(contract, f"many-{number}")
        factories.an_amendment(contract)
        factories.a_charge(contract, contract.first_day, 100)
    found(manager, "vendors")  # the first request also notes the use of the key
    for kind in ("amendments", "processes", "charges", "contacts", "certifications"):
        with django_assert_max_num_queries(4):
            found(manager, kind)
