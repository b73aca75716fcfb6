"""A process that moves to another contract: both ledgers follow."""

from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Charge, Contract
from contracts.services.contracts import contract_change
from contracts.services.processes import process_change
from metrics.credits.following import credits_follow
from metrics.credits.verifying import ledgers_verify
from metrics.models import CreditEntry, CreditTerms, Kpi
from tests import factories
from tests.credits.ledger import NOW, Promise, World, amounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path: Path) -> World:
    promise = Promise(["90"], "95", "{rule: weight, allocation: 20}")
    terms = "{at_risk: {percent: 10}}"
    return World(tmp_path, {"accuracy": promise}, terms=terms, charge="100000").begin()


def another(world: World, percent: str = "10") -> Contract:
    """A second contract of the vendor's, with charges and credit terms of its own."""
    made = factories.a_contract(world.contract.vendor, "AC-2", currency="USD")
    CreditTerms.objects.create(contract=made, valid_from=made.first_day, at_risk_percent=percent)
    for charge in Charge.objects.filter(contract=world.contract):
        Charge.objects.create(
            contract=made,
            first_day=charge.first_day,
            last_day=charge.last_day,
            amount_minor=charge.amount_minor,
        )
    return made


def test_both_contracts_are_stamped_and_both_ledgers_follow(world: World) -> None:
    process = factories.a_process(world.contract, "intake")
    Kpi.objects.update(contract=None, process=process)
    other = another(world, "5")
    credits_follow(NOW)
    assert amounts() == ["2000.00"]
    before = set(Contract.objects.values_list("pk", "updated_at"))

    process_change(process=process, contract=other)

    assert not before & set(Contract.objects.values_list("pk", "updated_at"))
    credits_follow(NOW)
    found = CreditEntry.objects.order_by("id").values_list("contract__reference", "amount_minor")
    assert sorted(found) == [("AC-1", -200_000), ("AC-1", 200_000), ("AC-2", 100_000)]
    assert credits_follow(NOW) == 0
    assert list(ledgers_verify(as_of=NOW)) == []


def test_another_name_stamps_no_contract(world: World) -> None:
    process = factories.a_process(world.contract, "intake")
    before = list(Contract.objects.values_list("updated_at"))
    process_change(process=process, name="Intake of claims")
    assert list(Contract.objects.values_list("updated_at")) == before


@pytest.mark.parametrize("kept", ["charges", "service credits"])
def test_no_other_currency_while_money_is_kept_in_one(world: World, kept: str) -> None:
    if kept == "service credits":
        Charge.objects.all().delete()
    with pytest.raises(ValidationError, match=f"(?i){kept} are kept in USD"):
        contract_change(contract=world.contract, currency="EUR")
    assert Contract.objects.get(reference="AC-1").currency == "USD"


def test_without_money_another_currency_is_taken() -> None:
    contract = factories.a_contract(factories.a_vendor(), first_day=date(2026, 1, 1))
    contract_change(contract=contract, currency="USD")
    assert Contract.objects.get().currency == "USD"
