"""The chain of the audit trail: every flipped, removed or reordered row is found and named."""

import json
from datetime import UTC, datetime
from io import StringIO
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction

from contracts import appendonly
from contracts.models import AppendOnlyError, AuditEvent
from contracts.selectors.chain import Fault, chain_verify
from contracts.services.acting import acting_as
from contracts.services.auditing import audit
from contracts.services.sealing import ORIGIN, audit_seal, content_of
from metrics.chores import chores_run
from tests.factories import a_vendor

pytestmark = pytest.mark.django_db

TABLE = appendonly.TABLE
CHANGED = "the event was changed, or the one before it was replaced"


def some_events(count: int) -> list[AuditEvent]:
    vendor = a_vendor()
    changes = {"name": ["Acme", "Ácmé “&” 株式会社"], "tier": ["", "1"]}
    with acting_as("nightly job"):
        return [
            audit(action=f"changed {number}", instance=vendor, changes=changes, reason="said so")
            for number in range(1, count + 1)
        ]


@pytest.fixture
def chain() -> None:
    """Nine sealed events."""
    some_events(9)
    audit_seal()


def tamper(statement: str, *parameters: object) -> None:
    """As somebody who reaches the database and takes the triggers away would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def exchange(first: int, second: int) -> None:
    """Let two events stand in each other's place."""
    for before, after in ((first, 0), (second, first), (0, second)):
        tamper(f"UPDATE {TABLE} SET place = %s WHERE place = %s", after, before)


def faults() -> list[tuple[int, str]]:
    return [(fault.place, fault.what) for fault in chain_verify().faults]


def test_events_are_sealed_in_their_order_and_the_chain_holds() -> None:
    events = some_events(3)

    assert audit_seal() == 3

    places = dict(AuditEvent.objects.values_list("pk", "place"))
    assert places == {event.pk: place for place, event in enumerate(events, start=1)}
    found = chain_verify()
    assert (found.sealed, found.unsealed, found.faults) == (3, 0, [])
    assert found.head == AuditEvent.objects.get(place=3).seal != ORIGIN


def test_what_is_sealed_already_stays_and_the_rest_is_appended() -> None:
    some_events(2)
    audit_seal()
    before = list(AuditEvent.objects.order_by("place").values_list("place", "seal"))
    audit(action="later", instance=a_vendor("bolt"))

    assert audit_seal() == 1
    assert list(AuditEvent.objects.order_by("place").values_list("place", "seal"))[:2] == before
    assert audit_seal() == 0
    assert faults() == []


def test_many_are_sealed_in_several_transactions(monkeypatch) -> None:
    monkeypatch.setattr("contracts.services.sealing._AT_ONCE", 4)
    some_events(10)

    assert audit_seal(most=6) == 6
    assert audit_seal() == 4
    assert (chain_verify().sealed, faults()) == (10, [])


def test_the_sweep_seals() -> None:
    some_events(2)

    failed = chores_run(as_of=datetime(2026, 4, 20, tzinfo=UTC))

    assert "audit chain" not in failed
    assert (chain_verify().sealed, chain_verify().unsealed) == (2, 0)


def test_the_seal_stands_for_what_the_database_holds_to_the_microsecond() -> None:
    event = some_events(1)[0]
    event.refresh_from_db()
    at = "2026-04-20 09:00:00.123" + ("" if connection.vendor == "sqlite" else "456+00")
    tamper(f"UPDATE {TABLE} SET at = %s WHERE id = %s", at, event.pk)
    event.refresh_from_db()

    milliseconds = "123000" if connection.vendor == "sqlite" else "123456"
    assert json.loads(content_of(event))["at"] == f"2026-04-20T09:00:00.{milliseconds}+00:00"


FLIPS = [
    ("actor_name", "somebody else"),
    ("action", "looked at"),
    ("subject", "contracts.vendor:99"),
    ("label", "vendor Bolt"),
    ("reason", ""),
    ("changes", '{"name": ["Acme", "Acme"]}'),
    ("at", "2020-01-01 00:00:00"),
    ("vendor_id", None),
    ("seal", "f" * 64),
]


@pytest.mark.parametrize("place", [1, 5, 9])
@pytest.mark.parametrize(("column", "value"), FLIPS, ids=[column for column, _ in FLIPS])
def test_a_flipped_row_is_named_and_no_other(chain: None, place: int, column: str, value) -> None:
    tamper(f"UPDATE {TABLE} SET {column} = %s WHERE place = %s", value, place)

    assert faults() == [(place, CHANGED)]


def test_a_row_flipped_and_sealed_again_breaks_the_one_behind_it(chain: None) -> None:
    from contracts.services.sealing import seal_of

    event, before = AuditEvent.objects.get(place=5), AuditEvent.objects.get(place=4).seal
    event.reason = "forged"
    forged = seal_of(before, 5, event)
    tamper(f"UPDATE {TABLE} SET reason = 'forged', seal = %s WHERE place = 5", forged)

    assert faults() == [(6, CHANGED)]


@pytest.mark.parametrize("place", [1, 5, 8])
def test_a_removed_row_is_named(chain: None, place: int) -> None:
    tamper(f"DELETE FROM {TABLE} WHERE place = %s", place)

    assert faults() == [(place, "the event was removed")]


def test_a_removed_row_is_found_where_the_later_ones_moved_up(chain: None) -> None:
    tamper(f"DELETE FROM {TABLE} WHERE place = 5")
    for place in range(6, 10):
        tamper(f"UPDATE {TABLE} SET place = %s WHERE place = %s", place - 1, place)

    assert [place for place, _ in faults()] == [5, 6, 7, 8]


@pytest.mark.parametrize(("first", "second"), [(4, 5), (1, 2), (2, 8), (8, 9)])
def test_reordered_rows_are_named_with_where_they_came_from(
    chain: None, first: int, second: int
) -> None:
    exchange(first, second)

    assert faults() == [
        (first, f"the event was moved here from place {second}"),
        (second, f"the event was moved here from place {first}"),
    ]


def test_a_cut_off_end_is_found_by_a_head_noted_earlier(chain: None) -> None:
    noted = chain_verify().head
    tamper(f"DELETE FROM {TABLE} WHERE place > 7")

    assert faults() == []  # nothing in the rest says so: that is what noting the head is for
    (fault,) = chain_verify(noted).faults
    assert (fault.place, fault.event) == (7, None)
    assert "were removed" in fault.what


def test_a_head_noted_before_more_was_appended_is_still_there(chain: None) -> None:
    noted = chain_verify().head
    audit(action="later", instance=a_vendor("bolt"))
    audit_seal()

    assert chain_verify(noted.upper()).faults == []


def test_a_chain_written_anew_is_found_by_a_noted_head(chain: None) -> None:
    noted = chain_verify().head
    tamper(f"UPDATE {TABLE} SET place = NULL, seal = '', reason = 'forged'")
    audit_seal()

    assert faults() == []
    assert len(chain_verify(noted).faults) == 1


class TestCommand:
    def run(self, *arguments: str) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        try:
            call_command("verify_audit", *arguments, stdout=out, stderr=err)
        except SystemExit as ended:
            return int(str(ended.code)), out.getvalue(), err.getvalue()
        return 0, out.getvalue(), err.getvalue()

    def test_it_tells_the_head_and_how_many(self, chain: None) -> None:
        audit(action="later", instance=a_vendor("bolt"))

        code, out, _ = self.run()

        head = AuditEvent.objects.get(place=9).seal
        assert code == 0
        assert out == f"The chain holds: 9 events, 1 waiting to be sealed.\nhead: {head}\n"

    def test_it_fails_and_names_each_row(self, chain: None) -> None:
        tamper(f"UPDATE {TABLE} SET reason = 'forged' WHERE place = 5")
        tamper(f"DELETE FROM {TABLE} WHERE place = 8")

        code, out, err = self.run("--format", "csv")

        event = AuditEvent.objects.get(place=5).pk
        assert code == 1
        assert out == f'place,event,what\n5,{event},"{CHANGED}"\n8,,the event was removed\n'
        assert err == "2 faults in the audit trail\n"

    def test_programs_get_the_same(self, chain: None) -> None:
        noted = "0f" * 32

        code, out, _ = self.run("--format", "json", "--head", noted)

        told = json.loads(out)
        assert (code, told["sealed"], told["unsealed"]) == (1, 9, 0)
        assert noted in told["faults"][0]["what"]

    def test_an_empty_trail_holds(self) -> None:
        code, out, _ = self.run()

        assert (code, out) == (0, f"The chain holds: 0 events.\nhead: {ORIGIN}\n")


class TestAppendOnly:
    def test_the_models_refuse_changes_and_removal(self, chain: None) -> None:
        event = AuditEvent.objects.get(place=5)
        event.reason = "forged"
        with pytest.raises(AppendOnlyError, match="append-only"):
            event.save()
        with pytest.raises(AppendOnlyError):
            event.delete()
        with pytest.raises(AppendOnlyError):
            AuditEvent.objects.update(reason="forged")
        with pytest.raises(AppendOnlyError):
            AuditEvent.objects.filter(place=5).delete()
        with pytest.raises(AppendOnlyError):
            AuditEvent.objects.bulk_update([event], ["reason"])

    @pytest.mark.parametrize(
        "statement",
        [
            f"UPDATE {TABLE} SET reason = 'forged' WHERE place = 5",
            f"UPDATE {TABLE} SET place = NULL, seal = '' WHERE place = 5",
            f"UPDATE {TABLE} SET place = 77 WHERE place = 5",
            f"UPDATE {TABLE} SET reason = 'forged' WHERE place IS NULL",
            f"DELETE FROM {TABLE} WHERE place = 5",
            f"DELETE FROM {TABLE} WHERE place IS NULL",
        ],
    )
    def test_the_database_refuses_them_and_without_its_triggers_does_not(
        self, chain: None, statement: str
    ) -> None:
        audit(action="waits for its seal", instance=a_vendor("bolt"))
        appendonly.guard(connection)
        with pytest.raises(Error, match=appendonly.SENTENCE), transaction.atomic():
            tamper(statement)

        appendonly.unguard(connection)
        with transaction.atomic():
            tamper(statement)

    def test_the_database_lets_events_be_added_and_sealed(self) -> None:
        appendonly.guard(connection)
        some_events(3)

        assert audit_seal() == 3
        assert faults() == []


def test_the_first_fault_of_many_missing_rows_is_short() -> None:
    some_events(2)
    audit_seal()
    tamper(f"UPDATE {TABLE} SET place = 1000 WHERE place = 2")

    found = chain_verify().faults

    assert found[0] == Fault(2, None, "the event was removed")
    assert len(found) == 201
    assert "more before it" in found[-1].what


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_give_every_event_one_place() -> None:
    some_events(60)
    done: list[int] = []

    def seal() -> None:
        try:
            done.extend(audit_seal(most=1) for _ in range(20))
        finally:
            connection.close()

    threads = [Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(done) == 60
    places = sorted(AuditEvent.objects.values_list("place", flat=True))
    assert places == list(range(1, 61))
    assert faults() == []
