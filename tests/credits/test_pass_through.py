"""The part of a charge that passes through: stated by a file or over the API, never credited."""

from pathlib import Path

import pytest

from contracts.models import Charge, Contract
from contracts.models.managed import ManagedBy
from metrics.portfolio.exporting import export
from metrics.portfolio.problems import PortfolioError
from tests.api.editing import send
from tests.api.test_kpis import pointers
from tests.api.world import a_program
from tests.credits.ledger import NOW, Promise, World, amounts

pytestmark = pytest.mark.django_db


def a_world(folder: Path, charge: str) -> World:
    promise = Promise(["90"], "95", "{rule: weight, allocation: 20}")
    return World(folder, {"accuracy": promise}, terms="{at_risk: {percent: 10}}", charge=charge)


def test_a_file_states_it_and_credits_leave_it_out(tmp_path: Path) -> None:
    a_world(tmp_path, "100000, pass_through: 25000.50").begin()
    assert set(Charge.objects.values_list("pass_through_minor", flat=True)) == {2_500_050}
    assert amounts() == ["1499.99"]  # 20 % of 10 % of 74,999.50
    (contract,) = export().sections["contracts"]
    assert str(contract["charges"][0]["pass_through"]) == "25000.50"


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        ("100, pass_through: 100.01", "more than the amount"),
        ("100, pass_through: 0.001", "decimals"),
    ],
)
def test_a_file_with_faults_is_refused(tmp_path: Path, charge: str, words: str) -> None:
    with pytest.raises(PortfolioError, match=words):
        a_world(tmp_path, charge).state()


def test_it_changes_over_the_api_and_the_ledger_follows(tmp_path: Path) -> None:
    world = a_world(tmp_path, "100000").begin()
    Contract.objects.update(managed_by=ManagedBy.PERSON)
    charge = Charge.objects.order_by("first_day").first()
    assert charge is not None
    manager, where = a_program("read", "manage"), f"charges/{charge.pk}"
    assert pointers(
        send(manager, "PATCH", where, {"amount": 100_000, "pass_through": 100_000.01})
    ) in (["#/pass_through"], ["#/pass_through_minor"])
    answer = send(manager, "PATCH", where, {"amount": 100_000, "pass_through": 40_000})
    assert answer.status_code == 200, answer.content
    row = answer.json()
    assert (row["pass_through"], row["pass_through_minor"]) == (40000, 4_000_000)
    world.follow(NOW)
    assert amounts() == ["2000.00", "-800.00"]
