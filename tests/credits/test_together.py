"""Two workers at one ledger, and terms that try to reach back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from contracts.services.contracts import contract_change
from metrics.credits.following import ledger_follow
from metrics.credits.terms import credit_rule_add, credit_terms_add, credit_terms_correct
from metrics.evaluation.sweeping import sweep
from metrics.models import CreditEntry, Kpi
from tests.credits.ledger import GRACE, NOW, Promise, World, amounts

FIXED = "{rule: fixed_per_incident, amount: 100, count: failure}"


def a_world(tmp_path: Path, *months: str) -> World:
    return World(tmp_path, {"accuracy": Promise(months, "95", FIXED)})


@pytest.mark.django_db(transaction=True)
def test_workers_take_turns_and_each_failure_is_posted_once(tmp_path: Path) -> None:
    world = a_world(tmp_path, "90", "91")
    world.state(NOW - GRACE)
    world.deliver("accuracy", ["90", "91"], NOW - GRACE)
    sweep(as_of=NOW - GRACE)
    sweep(as_of=NOW)

    def follow(_: int) -> int:
        try:
            return len(ledger_follow(contract_id=contract, as_of=NOW))
        finally:
            connection.close()

    contract = world.contract.pk
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(follow, range(4))) == [0, 0, 0, 2]
    assert amounts() == ["100.00", "100.00"]


@pytest.mark.django_db
class TestTermsOfPostedCredits:
    def test_stand_still(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "90").begin()
        (terms,) = world.contract.credit_terms.all()
        with pytest.raises(ValidationError, match="Credits were posted"):
            credit_terms_correct(line=terms, values={"rounding": "half_even"})

    def test_no_line_is_put_before_them(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "96", "90").begin()
        day = date(2026, 2, 1)
        with pytest.raises(ValidationError, match="Credits were posted"):
            credit_terms_add(contract=world.contract, valid_from=day, values={})
        rule = {"kind": "fixed_per_incident", "parameters": {"amount": "7"}}
        with pytest.raises(ValidationError, match="Credits were posted"):
            credit_rule_add(kpi=Kpi.objects.get(), valid_from=day, values=rule)

    def test_a_later_line_leaves_what_was_posted(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "90", "96").begin()
        rule = {"kind": "fixed_per_incident", "parameters": {"amount": "7", "count": "failure"}}
        credit_rule_add(kpi=Kpi.objects.get(), valid_from=date(2026, 2, 1), values=rule)
        world.restate("accuracy", ["90", "91"])
        assert amounts() == ["100.00", "7.00"]
        assert {entry.rule_id for entry in CreditEntry.objects.all()} == {
            rule.pk for rule in Kpi.objects.get().credit_rules.all()
        }

    def test_their_currency_stands_still(self, tmp_path: Path) -> None:
        world = a_world(tmp_path, "90").begin()
        with pytest.raises(ValidationError, match="Service credits are kept in USD"):
            contract_change(contract=world.contract, currency="EUR")
        assert ledger_follow(contract_id=world.contract.pk, as_of=NOW) == []
