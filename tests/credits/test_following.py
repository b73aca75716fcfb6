"""The ledger follows figures, waivers, causes and charges, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from contracts.models import User
from contracts.selectors.scope import visible_to
from kpotracker.toolkit.stamping import stamp
from metrics.credits import following
from metrics.credits.choosing import credit_choose
from metrics.credits.estimating import credits_expected
from metrics.credits.explaining import credit_steps
from metrics.credits.following import credits_follow, ledger_follow
from metrics.credits.verifying import ledgers_verify
from metrics.models import (
    BreachCase,
    CreditChoice,
    CreditEntry,
    CreditEvent,
    CreditLedger,
    Incident,
    ledgerguard,
)
from metrics.models.credits import LedgerError
from metrics.selectors.credits import amounts_by_currency, entries_list
from tests.credits.ledger import NOW, Promise, World, amounts, entries
from tests.factories import a_contract, a_user, a_vendor

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIXED = "{rule: fixed_per_incident, amount: 100, count: failure}"
BY_CHARGE = "{rule: full_steps, step: 1, percent: 10}"


def failing(tmp_path: Path, *months: str, **more: Any) -> World:
    return World(tmp_path, {"accuracy": Promise(months, "95", FIXED)}, **more).begin()


def waive(world: World, code: str, scope: str = "credit") -> None:
    """What an agreed waiver leaves behind."""
    case = BreachCase.objects.get(period=world.head(code, "2026-01"))
    case.state, case.waiver_scope = "waived", scope
    case.save()
    stamp(BreachCase, [case.pk])


def differences() -> list[Any]:
    return list(ledgers_verify(as_of=NOW + 3 * DAY))


def test_a_posting_knows_all_that_made_it(tmp_path: Path) -> None:
    world = failing(tmp_path, "90")
    (entry,) = entries()
    assert (entry.kind, entry.currency, entry.amount_minor) == ("credit", "USD", 10000)
    assert entry.revision == world.head("accuracy", "2026-01").current
    assert (entry.inputs["value"], entry.inputs["target"]) == ("90", "95")
    assert [event.state for event in entry.events.all()] == ["computed"]
    text = "\n".join(credit_steps(entry))
    assert "accuracy 2026-01: 90 misses 95, 5 short" in text
    assert "1 incidents × 100.00 USD = 100.00 USD" in text


def test_only_final_figures_post_and_provisional_ones_are_estimated(tmp_path: Path) -> None:
    world = World(tmp_path, {"accuracy": Promise(["90"], "95", FIXED)})
    world.state()
    world.deliver("accuracy", ["90"])
    world.follow()
    assert amounts() == []
    (expected,) = credits_expected(contract_id=world.contract.pk, as_of=NOW)
    assert (expected.amount_minor, expected.currency) == (10000, "USD")
    world.follow(NOW + 10 * DAY)
    assert amounts() == ["100.00"]
    assert credits_expected(contract_id=world.contract.pk, as_of=NOW) == []


@pytest.mark.parametrize("scope", ["credit", "credit_and_repetition"])
def test_a_waived_credit_is_taken_back(tmp_path: Path, scope: str) -> None:
    world = failing(tmp_path, "90")
    waive(world, "accuracy", scope)
    credits_follow(NOW + DAY)
    assert amounts() == ["100.00", "-100.00"]
    assert entries()[1].steps[0] == "accuracy 2026-01: the credit was waived"


def test_a_restated_figure_that_meets_takes_it_back_and_failing_again_posts_anew(
    tmp_path: Path,
) -> None:
    world = failing(tmp_path, "90")
    world.restate("accuracy", ["96"], NOW + DAY)
    world.restate("accuracy", ["91"], NOW + 2 * DAY)
    assert amounts() == ["100.00", "-100.00", "100.00"]
    assert [entry.number for entry in entries()] == [1, 2, 3]
    assert [entry.corrects_id for entry in entries()] == [None, entries()[0].pk, entries()[0].pk]
    assert differences() == []


def test_other_charges_correct_what_was_computed_of_them(tmp_path: Path) -> None:
    promise = Promise(["94"], "95", BY_CHARGE)
    world = World(tmp_path, {"accuracy": promise}, charge="1000").begin()
    world.charge = "1500"
    world.state(NOW + DAY)
    world.follow(NOW + DAY)
    assert amounts() == ["100.00", "50.00"]


def test_what_passes_through_is_left_out(tmp_path: Path) -> None:
    promise = Promise(["94"], "95", BY_CHARGE)
    world = World(tmp_path, {"accuracy": promise}, charge="1000").begin()
    charge = world.contract.charges.get(first_day="2026-01-01")
    charge.pass_through_minor = 40000
    charge.save()
    ledger_follow(contract_id=world.contract.pk, as_of=NOW + DAY)
    assert amounts() == ["100.00", "-40.00"]


def test_the_buyer_chooses_among_the_credits_of_one_cause(tmp_path: Path) -> None:
    cheap = "{rule: fixed_per_incident, amount: 30, count: failure}"
    promises = {
        "accuracy": Promise(["90"], "95", FIXED),
        "speed": Promise(["90"], "95", cheap),
    }
    world = World(tmp_path, promises, terms="{same_cause: buyers_choice}").begin()
    buyer = a_user("buyer", User.Role.OPERATIONS)
    incident = Incident.objects.create(
        vendor=world.contract.vendor, title="Outage", started_at=NOW, noted_by=buyer
    )
    BreachCase.objects.update(incident=incident)
    ledger_follow(contract_id=world.contract.pk, as_of=NOW + DAY)
    assert sorted(amounts()) == ["-30.00", "100.00", "30.00"]
    case = BreachCase.objects.get(period__kpi__code="speed")
    credit_choose(case_id=case.pk, scope=visible_to(buyer), as_of=NOW + DAY, reason="agreed")
    credits_follow(NOW + DAY)
    assert sum(entry.amount_minor for entry in entries()) == 3000


def test_only_a_critical_service_level_carries_credits(tmp_path: Path) -> None:
    world = failing(tmp_path, "90", "90")
    head = world.head("accuracy", "2026-02")
    level = head.current.level  # type: ignore[union-attr]
    level.kind = "key"  # type: ignore[union-attr]
    level.save()  # type: ignore[union-attr]
    ledger_follow(contract_id=world.contract.pk, as_of=NOW + DAY)
    assert sum(entry.amount_minor for entry in entries()) == 0


def test_ledgers_without_a_change_are_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = failing(tmp_path, "90")
    looked: list[int] = []
    real = following.facts_of

    def noted(contract: Any, **options: Any) -> Any:
        looked.append(contract.pk)
        return real(contract, **options)

    monkeypatch.setattr(following, "facts_of", noted)
    assert credits_follow(NOW + DAY) == 0
    assert looked == []
    waive(world, "accuracy")
    assert credits_follow(NOW + DAY) == 1
    assert looked == [world.contract.pk]


def test_one_ledger_that_fails_leaves_the_others_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(tmp_path, "90")
    CreditLedger.objects.all().delete()
    monkeypatch.setattr(following, "facts_of", lambda *_, **__: 1 / 0)
    assert credits_follow(NOW + DAY) == 0
    monkeypatch.undo()
    assert [ledger.seen_until for ledger in CreditLedger.objects.all()] == []
    assert credits_follow(NOW + DAY) == 0
    assert CreditLedger.objects.count() == 1


def test_following_twice_posts_once(tmp_path: Path) -> None:
    world = failing(tmp_path, "90")
    assert ledger_follow(contract_id=world.contract.pk, as_of=NOW) == []
    assert amounts() == ["100.00"]


def test_a_cut_is_carried_once_its_period_is_over(tmp_path: Path) -> None:
    terms = "{period_cap: {amount: 60}, excess: carried}"
    world = failing(tmp_path, "90", terms=terms)
    found = {(entry.kind, str(entry.counted_in)): entry.amount_minor for entry in entries()}
    assert found == {("credit", "2026-01-01"): 6000, ("carried", "2026-02-01"): 4000}
    assert CreditLedger.objects.get(contract=world.contract).due_on == (NOW + DAY).date()


class TestAppendOnly:
    def test_the_models_refuse(self, tmp_path: Path) -> None:
        failing(tmp_path, "90")
        (entry,) = entries()
        with pytest.raises(LedgerError):
            entry.save()
        with pytest.raises(LedgerError):
            entry.delete()
        with pytest.raises(LedgerError):
            CreditEntry.objects.update(amount_minor=1)
        with pytest.raises(LedgerError):
            CreditEvent.objects.all().delete()

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE metrics_creditentry SET amount_minor = 1",
            "DELETE FROM metrics_creditevent",
            "UPDATE metrics_creditevent SET state = 'closed'",
        ],
    )
    def test_the_database_refuses_and_without_its_triggers_does_not(
        self, tmp_path: Path, statement: str
    ) -> None:
        failing(tmp_path, "90")
        ledgerguard.guard(connection)
        with pytest.raises(Error, match=ledgerguard.SENTENCE), transaction.atomic():
            run(statement)
        ledgerguard.unguard(connection)
        run(statement)

    def test_the_database_lets_postings_be_stamped(self, tmp_path: Path) -> None:
        ledgerguard.guard(connection)
        try:
            failing(tmp_path, "90")
            assert amounts() == ["100.00"]
        finally:
            ledgerguard.unguard(connection)


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


class TestVerify:
    def test_an_untouched_ledger_is_what_it_follows_from(self, tmp_path: Path) -> None:
        failing(tmp_path, "90", "91", "96")
        assert differences() == []

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("UPDATE metrics_creditentry SET amount_minor = 1", "amount"),
            ("DELETE FROM metrics_creditevent", "state"),
            ("UPDATE metrics_creditentry SET currency = 'EUR'", "currency"),
        ],
    )
    def test_tampering_is_found(self, tmp_path: Path, statement: str, what: str) -> None:
        failing(tmp_path, "90")
        run(statement)
        assert what in {difference.what for difference in differences()}

    def test_a_removed_posting_is_found(self, tmp_path: Path) -> None:
        failing(tmp_path, "90")
        run("DELETE FROM metrics_creditevent")
        run("DELETE FROM metrics_creditentry")
        assert [(each.stored, each.computed) for each in differences()] == [
            ("0.00 USD", "100.00 USD")
        ]


def test_two_currencies_are_told_apart(tmp_path: Path) -> None:
    world = failing(tmp_path, "90")
    other = a_contract(a_vendor("bolt"), "BO-1", currency="EUR")
    (entry,) = entries()
    copy = CreditEntry(
        contract=other, line="credit:0", number=1, kind="credit", first_day=entry.first_day,
        last_day=entry.last_day, counted_in=entry.counted_in, amount_minor=500, currency="EUR",
        posted_at=NOW,
    )  # fmt: skip
    copy.save()
    found = entries_list(scope=visible_to(a_user("analyst")))
    assert amounts_by_currency(found) == {"EUR": 500, "USD": 10000}
    assert world.contract.currency == "USD"


def test_a_vendor_sees_a_posting_once_it_was_told(tmp_path: Path) -> None:
    world = failing(tmp_path, "90")
    alice = a_user("alice", User.Role.VENDOR, (world.contract.vendor,))
    assert list(entries_list(scope=visible_to(alice))) == []
    (entry,) = entries()
    CreditEvent(entry=entry, state="notified", at=NOW, by="Dana").save()
    assert list(entries_list(scope=visible_to(alice), state="notified")) == [entry]


def test_choices_are_append_only() -> None:
    with pytest.raises(LedgerError):
        CreditChoice.objects.all().delete()
