"""What the terms of contracts and vendors have to agree on, and who sees which of them."""

from typing import Any

import pytest

from contracts.models import Contract
from contracts.selectors.scope import Scope
from tests import factories
from tests.api.editing import CHANGE, NEW, conflict_of, errors_of, registered, send
from tests.api.world import Holding, Program, a_program, found

pytestmark = pytest.mark.django_db
NOTICE = {
    "last_day": "2027-12-31",
    "renewal": "auto",
    "renewal_months": 12,
    "renewal_limit": 2,
    "notice_length": 3,
    "notice_unit": "months",
}
HIDDEN = ("renewal", "renewal_months", "renewal_limit", "notice_length", "notice_unit")


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"renewal": "auto", "last_day": "2027-12-31"}, "#/renewal_months"),
        ({"renewal": "auto", "renewal_months": 12}, "#/last_day"),
        ({"renewal": "none", "renewal_months": 12}, "#/renewal_months"),
        ({"renewal": "evergreen", "renewal_months": 12}, "#/renewal_months"),
        ({"notice_length": 3}, "#/notice_unit"),
        ({"notice_unit": "months"}, "#/notice_length"),
        ({"last_day": "2200-01-01"}, "#/last_day"),
    ],
)
def test_terms_that_do_not_agree_are_refused(
    terms: dict[str, Any], pointer: str, acme: Holding, manager: Program
) -> None:
    answer = send(manager, "POST", "contracts", NEW["contracts"] | terms)
    assert set(errors_of(answer)) == {pointer}
    where = registered(manager, "contracts")
    assert set(errors_of(send(manager, "PATCH", where, terms))) == {pointer}


def test_a_change_is_judged_together_with_what_stays(acme: Holding, manager: Program) -> None:
    where = registered(manager, "contracts", **NOTICE)
    assert set(errors_of(send(manager, "PATCH", where, {"last_day": None}))) == {"#/last_day"}
    both = {"notice_length": None, "notice_unit": None}
    answer = send(manager, "PATCH", where, both)
    assert {name: answer.json()[name] for name in both} == both
    assert Contract.objects.get(reference="NO-1").notice_unit == ""


def test_the_currency_stays_once_charges_are_entered(acme: Holding, manager: Program) -> None:
    answer = send(manager, "PATCH", "contracts/acme-1", {"currency": "USD"})
    assert "Charges are kept in EUR" in errors_of(answer)["#/currency"]


def test_what_is_used_is_not_archived(acme: Holding, manager: Program) -> None:
    assert "contract acme-1" in conflict_of(send(manager, "DELETE", "vendors/acme"))
    assert "process acme-intake" in conflict_of(send(manager, "DELETE", "contracts/acme-1"))


def test_what_stands_under_something_archived_is_not_restored(
    acme: Holding, manager: Program
) -> None:
    for path in ("processes/acme-intake", "contracts/acme-1", "vendors/acme"):
        assert send(manager, "DELETE", path).status_code == 204
    for path, owner in (
        ("processes/acme-intake", "contract"),
        ("contracts/acme-1", "vendor"),
        (f"contacts/{acme.papers['contacts']}", "vendor"),
    ):
        send(manager, "DELETE", path)
        said = conflict_of(send(manager, "POST", f"{path}/restore"))
        assert f"Its {owner}" in said


def test_a_country_is_kept_in_capital_letters(manager: Program) -> None:
    answer = send(manager, "POST", "vendors", NEW["vendors"] | {"country": "ie"})
    assert answer.json()["country"] == "IE"


@pytest.mark.parametrize("path", ["contracts", "contracts/NO-1"])
def test_renewal_and_notice_are_the_buyers_to_know(
    path: str, acme: Holding, manager: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the pages, which show a vendor's people neither."""
    registered(manager, "contracts", **NOTICE)
    theirs = a_program("read", vendor=acme.vendor)

    def row(program: Program) -> dict[str, Any]:
        if "/" not in path:
            return dict(found(program, path, contract="NO-1")[0])
        shown: dict[str, Any] = program.get(f"/api/v1/{path}").json()
        return shown

    assert {name: row(manager)[name] for name in HIDDEN} == {name: NOTICE[name] for name in HIDDEN}
    assert {name: row(theirs)[name] for name in HIDDEN} == dict.fromkeys(HIDDEN)
    assert row(theirs)["last_day"] == NOTICE["last_day"]
    monkeypatch.setattr(Scope, "is_internal", True)
    assert row(theirs)["notice_length"] == 3


def test_tier_and_owner_are_the_buyers_to_know(acme: Holding) -> None:
    theirs = a_program("read", vendor=acme.vendor)
    shown = theirs.get("/api/v1/vendors/acme").json()
    assert (shown["tier"], shown["owner"]) == (None, "")


def test_processes_done_in_house_stay_inside(acme: Holding, manager: Program) -> None:
    answer = send(manager, "POST", "processes", NEW["processes"] | {"contract": None})
    assert (answer.json()["vendor"], answer.json()["contract"]) == (None, None)
    theirs = a_program("read", vendor=acme.vendor)
    assert theirs.get("/api/v1/processes/invoices").status_code == 404
    assert [one["code"] for one in found(theirs, "processes")] == ["acme-intake"]


@pytest.mark.parametrize(
    ("path", "query", "count"),
    [
        ("amendments", {"vendor": "acme"}, 1),
        ("amendments", {"contract": "zeta-1"}, 1),
        ("amendments", {"from": "2025-10-02"}, 0),
        ("processes", {"vendor": "acme,zeta"}, 2),
        ("processes", {"nature": "volume"}, 0),
        ("processes", {"process": "acme-intake", "contract": "acme-1"}, 1),
        ("contacts", {"vendor": "acme", "is_escalation": "false"}, 1),
        ("contacts", {"is_escalation": "true"}, 0),
        ("certifications", {"vendor": "zeta", "archived": "false"}, 1),
        ("certifications", {"to": "2099-01-01"}, 0),
        ("charges", {"vendor": "acme", "from": "2025-01-31", "to": "2025-01-31"}, 1),
        ("charges", {"process": "acme-intake"}, 0),
        ("contracts", {"pricing": "per_item"}, 0),
    ],
)
def test_lists_are_narrowed(
    path: str, query: dict[str, str], count: int, acme: Holding, zeta: Holding, reader: Program
) -> None:
    assert len(found(reader, path, **query)) == count


@pytest.mark.parametrize(
    "path", ["amendments", "processes", "contacts", "certifications", "charges"]
)
def test_readers_of_what_is_new_find_what_changed(
    path: str, acme: Holding, zeta: Holding, manager: Program
) -> None:
    (first, second) = found(manager, path)
    assert found(manager, path, updated_since=second["updated_at"])[-1] == second
    assert second not in found(manager, path, updated_before=second["updated_at"])
    where = f"{path}/{first.get('id', first.get('code'))}"
    answer = send(manager, "PATCH", where, CHANGE[path])
    assert answer.status_code == 200
    assert found(manager, path)[-1] == answer.json()


def test_an_amendment_moves_its_contract_to_the_end_of_what_is_new(
    acme: Holding, zeta: Holding, manager: Program
) -> None:
    before = manager.get("/api/v1/contracts/acme-1")
    send(manager, "PATCH", f"amendments/{acme.papers['amendments']}", {"title": "New"})
    after = manager.get("/api/v1/contracts/acme-1")
    assert after.json()["amendments"][0]["title"] == "New"
    assert after.headers["ETag"] != before.headers["ETag"]
    assert found(manager, "contracts")[-1]["reference"] == "acme-1"


def test_a_charge_without_decimals_is_whole(acme: Holding, manager: Program) -> None:
    factories.a_contract(acme.vendor, "acme-yen", currency="JPY")
    body = NEW["charges"] | {"contract": "acme-yen", "amount": 5000}
    shown = send(manager, "POST", "charges", body).json()
    assert (shown["amount"], shown["amount_minor"], shown["currency"]) == (5000, 5000, "JPY")
    assert (
        "more decimals"
        in errors_of(
            send(manager, "POST", "charges", body | {"first_day": "2026-02-02", "amount": 0.5})
        )["#/amount"]
    )
