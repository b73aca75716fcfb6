"""Credit terms and rules that programs and people state one by one."""

import json
from datetime import date
from typing import Any

import pytest

from contracts.models.managed import ManagedBy
from metrics.models import CreditRule, CreditTerms, Kpi
from tests.api.editing import send
from tests.api.test_kpis import pointers
from tests.api.world import Program, a_program
from tests.credits.posted import an_entry
from tests.factories import a_contract, a_figure, a_kpi, a_vendor, an_amendment

pytestmark = pytest.mark.django_db
TERMS: dict[str, Any] = {"valid_from": "2026-01-01", "at_risk": {"percent": 12.5}}
RULE: dict[str, Any] = {
    "valid_from": "2026-01-01",
    "kind": "pool_allocation",
    "parameters": {"category": 50, "allocation": 40.5},
}


@pytest.fixture
def kpi(db: None) -> Kpi:
    return a_kpi(a_contract(a_vendor("acme")), "accuracy", level={"kind": "critical"})


@pytest.fixture
def manager(db: None) -> Program:
    return a_program("read", "manage")


def terms_at(kpi: Kpi) -> str:
    return f"contracts/{kpi.contract}/credit-terms"


def rules_at(kpi: Kpi) -> str:
    return f"kpis/{kpi.code}/credit-rules"


class TestTerms:
    def test_they_are_stated_read_and_replaced(self, manager: Program, kpi: Kpi) -> None:
        an_amendment(kpi.contract, 3)
        more = {
            "amendment": 3,
            "clause": "9.1",
            "annual_cap": {"amount": 60000.5},
            "points": {"table": [[1, 0.5], [5, 2]], "of": "percent"},
            "earn_back": {"kind": "met_for", "periods": 6, "share": 50},
        }
        answer = send(manager, "POST", terms_at(kpi), TERMS | more)
        assert answer.status_code == 201, answer.content
        row = answer.json()
        assert row | TERMS | more == row
        assert (row["pool"], row["excess"], row["period_cap"]) == (100, "lost", None)
        assert manager.get(f"/api/v1/{terms_at(kpi)}").json()["results"] == [row]
        stored = CreditTerms.objects.get()
        assert (str(stored.at_risk_percent), stored.annual_cap_minor) == ("12.5", 6_000_050)
        assert stored.points_value == {"table": [["1", "0.5"], ["5", "2"]], "of": "percent"}

        again = send(manager, "POST", terms_at(kpi), TERMS)

        assert again.status_code == 200
        assert (again.json()["annual_cap"], again.json()["clause"]) == (None, "")
        assert CreditTerms.objects.count() == 1

    def test_everything_wrong_is_told_at_once_by_its_member(
        self, manager: Program, kpi: Kpi
    ) -> None:
        bad = {
            "valid_from": "2026-01-15",
            "amendment": 99,
            "annual_cap": {"amount": 1.234},
            "earn_back": {"kind": "average", "periods": 3, "share": 10},
        }
        answer = send(manager, "POST", terms_at(kpi), TERMS | bad)
        assert sorted(pointers(answer)) == ["#", "#/amendment", "#/annual_cap", "#/valid_from"]
        assert "write 2026-01-01 or 2026-02-01" in json.dumps(answer.json())
        strict = {"at_risk": {"percent": 1, "amount": 2}, "pools": 3, "excess": "gone"}
        answer = send(manager, "POST", terms_at(kpi), TERMS | strict)
        assert {"#/pools", "#/excess"} < set(pointers(answer))
        assert not CreditTerms.objects.exists()

    def test_what_was_posted_under_stands_still(self, manager: Program, kpi: Kpi) -> None:
        assert send(manager, "POST", terms_at(kpi), TERMS).status_code == 201
        an_entry(kpi.contract, a_figure(kpi, date(2026, 3, 1), "80", "BELOW_MINIMUM"), 100)
        answer = send(manager, "POST", terms_at(kpi), TERMS | {"at_risk": {"percent": 1}})
        assert answer.status_code == 400
        assert "Credits were posted" in answer.content.decode()
        later = TERMS | {"valid_from": "2026-06-01"}
        assert send(manager, "POST", terms_at(kpi), later).status_code == 201

    def test_files_keep_what_they_manage(self, manager: Program, kpi: Kpi) -> None:
        contract = kpi.contract
        contract.managed_by = ManagedBy.PORTFOLIO
        contract.save()
        assert send(manager, "POST", terms_at(kpi), TERMS).status_code == 409

    def test_who_read_an_older_contract_is_told(self, manager: Program, kpi: Kpi) -> None:
        seen = manager.get(f"/api/v1/contracts/{kpi.contract}")["ETag"]
        assert send(manager, "POST", terms_at(kpi), TERMS, If_Match=seen).status_code == 201
        later = TERMS | {"valid_from": "2026-06-01"}
        assert send(manager, "POST", terms_at(kpi), later, If_Match=seen).status_code == 412

    def test_a_vendor_reads_its_own_and_states_none(self, kpi: Kpi) -> None:
        vendors = a_program("read", "manage", vendor=kpi.contract.vendor)
        assert vendors.get(f"/api/v1/{terms_at(kpi)}").status_code == 200
        assert vendors.get(f"/api/v1/{rules_at(kpi)}").status_code == 200
        assert send(vendors, "POST", terms_at(kpi), TERMS).status_code == 403
        assert send(vendors, "POST", rules_at(kpi), RULE).status_code == 403
        foreign = a_program("read", vendor=a_vendor("zeta"))
        assert foreign.get(f"/api/v1/{terms_at(kpi)}").status_code == 404
        assert foreign.get(f"/api/v1/{rules_at(kpi)}").status_code == 404


class TestRules:
    @pytest.fixture(autouse=True)
    def agreed(self, manager: Program, kpi: Kpi) -> None:
        assert send(manager, "POST", terms_at(kpi), TERMS).status_code == 201

    def test_a_rule_is_stated_read_and_ended(self, manager: Program, kpi: Kpi) -> None:
        answer = send(manager, "POST", rules_at(kpi), RULE)
        assert answer.status_code == 201, answer.content
        assert answer.json() == RULE | {"kpi": kpi.code, "amendment": None, "clause": ""}
        stored = CreditRule.objects.get()
        assert stored.parameters == {"category": "50", "allocation": "40.5"}
        end = {"valid_from": "2026-05-01", "kind": "none"}
        assert send(manager, "POST", rules_at(kpi), end).status_code == 201
        rows = manager.get(f"/api/v1/{rules_at(kpi)}").json()["results"]
        assert [row["kind"] for row in rows] == ["pool_allocation", "none"]

    def test_everything_wrong_is_told_at_once(self, manager: Program, kpi: Kpi) -> None:
        bad = RULE | {"amendment": 99, "parameters": {"category": 50, "step": 1}}
        answer = send(manager, "POST", rules_at(kpi), bad)
        assert sorted(pointers(answer)) == ["#/amendment", "#/parameters", "#/parameters"]
        assert not CreditRule.objects.exists()

    def test_only_a_critical_service_level_carries_one(self, manager: Program, kpi: Kpi) -> None:
        kpi.levels.update(kind="key")
        answer = send(manager, "POST", rules_at(kpi), RULE)
        assert "only a critical service level carries credits" in answer.content.decode()

    def test_rules_beyond_the_pool_are_refused_and_nothing_is_kept(
        self, manager: Program, kpi: Kpi
    ) -> None:
        over = RULE | {"parameters": {"category": 300, "allocation": 40}}
        answer = send(manager, "POST", rules_at(kpi), over)
        assert answer.status_code == 400
        assert "120 % of the pool" in answer.content.decode()
        assert not CreditRule.objects.exists()

    def test_files_keep_what_they_manage(self, manager: Program, kpi: Kpi) -> None:
        Kpi.objects.update(managed_by=ManagedBy.PORTFOLIO)
        assert send(manager, "POST", rules_at(kpi), RULE).status_code == 409

    def test_tiers_are_kept_exactly(self, manager: Program, kpi: Kpi) -> None:
        tiers = [{"lower": 90.1, "upper": 95, "percent": 5}, {"upper": 90.1, "percent": 10}]
        said = RULE | {"kind": "tiers", "parameters": {"tiers": tiers, "when": "any_miss"}}
        answer = send(manager, "POST", rules_at(kpi), said)
        assert answer.status_code == 201, answer.content
        assert answer.json()["parameters"] == said["parameters"]
        kept = CreditRule.objects.get()
        assert kept.parameters["tiers"][0] == {"lower": "90.1", "upper": "95", "percent": "5"}
        assert kept.valid_from == date(2026, 1, 1)
