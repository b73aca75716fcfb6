"""What the API says of a case, a delivery and a mistake: enough to go on with."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from rest_framework import serializers

from contracts.api.authentication import refuse_without
from contracts.api.editing import StrictSerializer
from contracts.api.fields import Choice
from contracts.models import ApiKey, Approval, AuditEvent
from contracts.selectors.duties import Duty
from contracts.selectors.scope import visible_to_key
from contracts.services.apikeys import apikey_create
from contracts.services.approvals import approval_decide, approval_withdraw
from kpotracker.toolkit.problems import RefusedError
from metrics.api import case_acts
from metrics.casework.waivers import waiver_request
from metrics.models import Ingestion
from tests.api.editing import NEW, conflict_of, errors_of, registered, send
from tests.api.world import Holding, Program, a_program, found
from tests.casework.world import SOON, World, a_world

pytestmark = pytest.mark.django_db
WHY = "our own late file"
KEPT = ("assignee", "snoozed_until", "waiver_requested")


class TestKeptOnACase:
    @pytest.fixture
    def world(self, monkeypatch: pytest.MonkeyPatch) -> World:
        monkeypatch.setattr(case_acts, "now", lambda: SOON)
        return a_world()

    def kept(self, program: Program) -> list[Any]:
        (row,) = found(program, "breaches")
        assert program.get(f"/api/v1/breaches/{row['id']}").json() == row
        return [row[name] for name in KEPT]

    def asked(self, world: World) -> Approval:
        return waiver_request(
            case_id=world.case.pk,
            waiver_scope="credit",
            reason=WHY,
            scope=world.scope("operations"),
        )

    def test_who_has_it_and_how_long_it_rests(self, world: World, manager: Program) -> None:
        assert self.kept(manager) == [None, None, False]
        where = f"breaches/{world.case.pk}/transitions"
        send(manager, "POST", where, {"to": "assigned", "assignee": "operations"})
        until = SOON.date().replace(day=28).isoformat()
        answer = send(manager, "POST", where, {"to": "snoozed", "until": until})
        assert answer.json()["snoozed_until"] == until, answer.content
        assert self.kept(manager) == ["operations", until, False]

    def test_vendors_are_not_told(self, world: World, manager: Program) -> None:
        self.asked(world)
        assert world.kpi.contract is not None
        assert self.kept(manager)[2] is True
        vendors = a_program("read", vendor=world.kpi.contract.vendor)
        assert self.kept(vendors) == [None, None, None]

    def test_asking_refusing_and_taking_back_are_changes(
        self, world: World, manager: Program
    ) -> None:
        seen = [self.tag(world, manager)]
        for end in (self.refuse, self.take_back):
            request = self.asked(world)
            assert self.kept(manager)[2] is True
            seen.append(self.tag(world, manager))
            end(world, request)
            assert self.kept(manager)[2] is False
            seen.append(self.tag(world, manager))
        assert len(set(seen)) == 5

    def tag(self, world: World, program: Program) -> str:
        return program.get(f"/api/v1/breaches/{world.case.pk}").headers["ETag"]

    def refuse(self, world: World, request: Approval) -> None:
        approval_decide(
            approval=request,
            approve=False,
            decided_by=world.people["procurement"],
            as_of=SOON,
            answer="it counts",
        )

    def take_back(self, world: World, request: Approval) -> None:
        approval_withdraw(approval=request, withdrawn_by=world.people["operations"], as_of=SOON)


class TestDeliveries:
    def test_an_undone_one_says_so(self, acme: Holding, reader: Program) -> None:
        where = f"/api/v1/deliveries/{acme.delivery.pk}"
        assert reader.get(where).json()["status"] == "done"
        Ingestion.objects.update(undone_at=datetime(2026, 4, 2, tzinfo=UTC))
        (row,) = found(reader, "deliveries", status="undone")
        told = reader.get(where).json()
        assert row["status"] == told["status"] == "undone"
        assert row["status_text"] == told["status_text"] == "Undone"

    def test_a_refusal_names_no_other_number(self, acme: Holding, manager: Program) -> None:
        number, undo = acme.delivery.pk, {"reason": WHY}
        told = [conflict_of(send(manager, "POST", f"deliveries/{number}/retry"))]
        assert send(manager, "POST", f"deliveries/{number}/undo", undo).status_code == 202
        told.append(conflict_of(send(manager, "POST", f"deliveries/{number}/undo", undo)))
        assert all(text.startswith("This delivery is ") for text in told), told


def bodies(of: type[StrictSerializer] = StrictSerializer) -> Iterator[type[StrictSerializer]]:
    for body in of.__subclasses__():
        yield body
        yield from bodies(body)


class TestChoices:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("sow", "'sow' is unknown: known are amendment,"),
            ("ordr", "'ordr' is unknown: did you mean 'order'?"),
            (5, "This is not a text: known are amendment,"),
            ({}, "This is not a text: known are "),
            ("x" * 500, f"'{'x' * 60}…' is unknown"),
        ],
    )
    def test_the_way_out_is_named(
        self, acme: Holding, manager: Program, value: Any, said: str
    ) -> None:
        errors = errors_of(send(manager, "POST", "contracts", NEW["contracts"] | {"kind": value}))
        assert set(errors) == {"#/kind"}
        assert errors["#/kind"].startswith(said.split("amendment")[0])

    def test_in_lists_too(self, acme: Holding, manager: Program) -> None:
        body = {"role": "operations", "kinds": ["breech"]}
        errors = errors_of(send(manager, "POST", "subscriptions", body))
        assert "did you mean 'breach'" in " ".join(errors.values())

    def test_every_body_does_so(self) -> None:
        Client().get("/api/schema")  # loads every view
        for body in bodies():
            for name, field in body().get_fields().items():
                one = getattr(field, "child", field)
                assert isinstance(one, Choice) or not isinstance(one, serializers.ChoiceField), (
                    body,
                    name,
                )

    @pytest.mark.parametrize(
        ("kind", "member"), [("vendors", "code"), ("contracts", "reference"), ("processes", "code")]
    )
    def test_what_is_taken(self, acme: Holding, manager: Program, kind: str, member: str) -> None:
        registered(manager, kind)
        errors = errors_of(send(manager, "POST", kind, NEW[kind]))
        told = f"'{NEW[kind][member]}' is taken: choose another {member}."
        assert errors == {f"#/{member}": told}


class TestWhoMay:
    def told(self, duty: Duty, *scopes: str, **key: Any) -> str:
        made = apikey_create(name="who", scopes=scopes, **key)
        with pytest.raises(RefusedError) as refused:
            refuse_without(visible_to_key(ApiKey.objects.get(name=made.key.name)), duty)
        assert refused.value.status_code == 403
        return str(refused.value.detail)

    def test_the_buyers(self, acme: Holding) -> None:
        told = self.told(Duty.CASES, "read", "manage", vendor=acme.vendor)
        assert told == "This is the buyer's to do: use a key that names no vendor."

    def test_the_vendors(self) -> None:
        assert self.told(Duty.CONTEST, "read", "manage") == "This is the vendor's to do."

    def test_another_scopes(self) -> None:
        told = self.told(Duty.DELIVER, "read")
        assert told == "This key may not do this: it needs the scope ingest or manage."

    def test_a_persons(self) -> None:
        told = self.told(Duty.PUBLISH, "read", "manage")
        assert told == "No key may do this: it takes a person who signed in."

    def test_over_the_api(self, acme: Holding) -> None:
        vendors = a_program("read", "manage", vendor=acme.vendor)
        answer = send(vendors, "POST", "vendors", NEW["vendors"])
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("This is the buyer's to do")

    def test_a_signed_in_person(self, world_person: Client) -> None:
        answer = world_person.get("/api/v1/audit")
        assert answer.json()["detail"] == "Your role may not do this: ask an administrator."

    @pytest.fixture
    def world_person(self) -> Client:
        browser = Client()
        browser.force_login(a_world().people["operations"])
        return browser


def test_the_trail_of_one_key(acme: Holding, manager: Program) -> None:
    registered(manager, "vendors")
    event = AuditEvent.objects.latest("pk")
    key = ApiKey.objects.latest("pk")
    AuditEvent.objects.create(actor_name="key test (kpo_other)", action="changed", subject="x:1")
    rows = found(manager, "audit", actor=key.prefix)
    assert key.prefix.startswith("kpo_")
    assert event.pk in {row["id"] for row in rows}
    assert {row["actor_name"] for row in rows} == {key.told_as}
    assert found(manager, "audit", actor="kpo_") == []


class TestDays:
    @pytest.mark.parametrize("name", ["from", "to"])
    def test_a_parameter(self, reader: Program, name: str) -> None:
        answer = reader.get("/api/v1/breaches", **{name: "soon"})
        assert answer.json()["detail"] == "'soon' is not a day: write 2026-03-31"

    def test_a_member(self, acme: Holding, manager: Program) -> None:
        body = NEW["charges"] | {"first_day": "soon"}
        errors = errors_of(send(manager, "POST", "charges", body))
        assert errors == {"#/first_day": "This is not a day: write 2026-03-31."}

    def test_an_instant_is_still_one(self, reader: Program) -> None:
        answer = reader.get("/api/v1/breaches", updated_since="soon")
        assert "is not an instant" in answer.json()["detail"]
