"""The pages that state credit terms and credit rules by hand."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contracts.models.managed import ManagedBy
from metrics.models import CreditRule, CreditTerms, Kpi
from tests.factories import a_contract, a_kpi, a_user, a_vendor

pytestmark = pytest.mark.django_db
TERMS: dict[str, Any] = {
    "valid_from": "2026-01-01",
    "every": "month",
    "base": "this",
    "at_risk_percent": "12.5",
    "pool": "100",
    "annual_cap_amount": "60000.50",
    "same_cause": "all",
    "excess": "lost",
    "rounding": "half_up",
}


@pytest.fixture
def kpi(db: None) -> Kpi:
    return a_kpi(a_contract(a_vendor("acme")), "accuracy", level={"kind": "critical"})


@pytest.fixture
def client(kpi: Kpi) -> Client:
    found = Client()
    found.force_login(a_user("pia", "procurement"))
    return found


def state_terms(client: Client, **more: Any) -> Any:
    return client.post(reverse("credit-terms-new", args=["AC-1"]), TERMS | more)


def state_rule(client: Client, kind: str, **more: Any) -> Any:
    given = {"kind": kind, "valid_from": "2026-01-01", **more}
    return client.post(reverse("credit-rule-new", args=["accuracy"]), given)


def test_terms_are_stated_from_the_contracts_tab(client: Client) -> None:
    tab = reverse("contract-credits", args=["AC-1"])
    assert reverse("credit-terms-new", args=["AC-1"]) in client.get(tab).text
    answer = state_terms(
        client, earn_back="met_for", earn_back_periods="6", earn_back_share="50", clause="9.1"
    )
    assert (answer.status_code, answer["Location"]) == (302, tab)
    line = CreditTerms.objects.get()
    assert (str(line.at_risk_percent), line.annual_cap_minor) == ("12.5", 6_000_050)
    assert line.earn_back["periods"] == 6
    assert line.clause == "9.1"
    assert "The credit terms from 1 January 2026 on are stated" in client.get(tab).text


def test_every_fault_of_the_terms_is_shown_at_once(client: Client) -> None:
    page = state_terms(client, valid_from="2026-01-15", annual_cap_amount="1.234").text
    assert "write 2026-01-01 or 2026-02-01" in page
    assert "money is not rounded here" in page
    assert not CreditTerms.objects.exists()


def test_a_rule_asks_for_the_fields_of_its_kind(client: Client) -> None:
    state_terms(client)
    address = reverse("credit-rule-new", args=["accuracy"])
    assert address in client.get(reverse("kpi", args=["accuracy"])).text
    assert "Share of a category of the pool" in client.get(address).text
    page = client.get(address, {"kind": "full_steps"}).text
    assert "Length of a full step" in page
    assert "Category" not in page

    answer = state_rule(client, "full_steps", step="0.5", percent="2", cap="10", when="any_miss")

    assert answer.status_code == 302
    rule = CreditRule.objects.get()
    assert rule.parameters == {"step": "0.5", "percent": "2", "cap": "10", "when": "any_miss"}


def test_tiers_are_written_one_a_line(client: Client) -> None:
    state_terms(client)
    answer = state_rule(client, "tiers", tiers="93 to 95: 5\r\n to 93: 10\r\n", critical_amount="7")
    assert answer.status_code == 302
    assert CreditRule.objects.get().parameters == {
        "tiers": [
            {"lower": "93", "upper": "95", "percent": "5"},
            {"upper": "93", "percent": "10"},
        ],
        "critical": {"amount": "7"},
    }


@pytest.mark.parametrize(
    ("tiers", "words"),
    [("much", "is no tier"), ("93 to 94: 5\nto 93: 10", "leaves a hole"), ("", "required")],
)
def test_tiers_with_faults_say_what_to_write(client: Client, tiers: str, words: str) -> None:
    state_terms(client)
    assert words in state_rule(client, "tiers", tiers=tiers).text
    assert not CreditRule.objects.exists()


def test_a_rule_ends_by_no_credit(client: Client) -> None:
    state_terms(client)
    assert state_rule(client, "none").status_code == 302
    assert CreditRule.objects.get().kind == "none"


def test_without_terms_or_a_critical_level_it_says_so(client: Client, kpi: Kpi) -> None:
    kpi.levels.update(kind="key")
    page = state_rule(client, "weight", allocation="20").text
    assert "only a critical service level carries credits" in page
    assert "states no credit terms" in page


def test_files_keep_what_they_manage(client: Client, kpi: Kpi) -> None:
    Kpi.objects.update(managed_by=ManagedBy.PORTFOLIO)
    kpi.contract.managed_by = ManagedBy.PORTFOLIO
    kpi.contract.save()
    assert state_terms(client).status_code == 409
    assert state_rule(client, "none").status_code == 409


def test_only_who_keeps_terms_states_them(kpi: Kpi) -> None:
    reader = Client()
    reader.force_login(a_user("ana", "analyst"))
    assert state_terms(reader).status_code == 404
    assert state_rule(reader, "none").status_code == 404
