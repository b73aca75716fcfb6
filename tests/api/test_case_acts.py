"""Working on a breach case by program: the rules of the pages, and never a second person's word."""

from typing import Any

import pytest
from django.test import Client

from contracts.models import Approval, AuditEvent
from contracts.services.apikeys import apikey_create
from contracts.services.approvals import approval_decide
from metrics.api import case_acts
from metrics.casework import moves
from metrics.models import BreachCase, CaseTransition
from tests.api.editing import send
from tests.api.world import Program, a_program
from tests.casework.world import SOON, World, a_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(case_acts, "now", lambda: SOON)
    return a_world()


@pytest.fixture
def manager(db: None) -> Program:
    made = apikey_create(name="desk", scopes=["read", "manage"])
    return Program({"Authorization": f"Bearer {made.secret}"})


@pytest.fixture
def vendors(world: World) -> Program:
    """A program of the vendor whose case it is."""
    assert world.kpi.contract is not None
    return a_program("read", "manage", vendor=world.kpi.contract.vendor)


def act(program: Program, world: World, to: str, **given: Any) -> Any:
    where = f"breaches/{world.case.pk}/transitions"
    headers = given.pop("headers", {})
    return send(program, "POST", where, {"to": to, **given}, **headers)


def last_step() -> CaseTransition:
    return CaseTransition.objects.latest("pk")


def test_a_program_acknowledges_and_is_told_of_by_its_key(world: World, manager: Program) -> None:
    answer = act(manager, world, "acknowledged", reason="seen")

    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "acknowledged"
    step, event = last_step(), AuditEvent.objects.latest("pk")
    assert (step.person, step.key and step.key.name) == (None, "desk")
    assert step.by == event.actor_name == step.key.told_as
    assert (event.actor, event.action) == (None, "acknowledged")


def test_the_answer_has_the_etag_of_what_it_shows(world: World, manager: Program) -> None:
    answer = act(manager, world, "acknowledged")

    shown = manager.get(f"/api/v1/breaches/{world.case.pk}")
    assert answer.headers["ETag"] == shown.headers["ETag"]
    assert answer.json() == shown.json()


def test_whoever_saw_an_older_state_is_refused(world: World, manager: Program) -> None:
    seen = manager.get(f"/api/v1/breaches/{world.case.pk}").headers["ETag"]
    world.move(moves.ACKNOWLEDGE, "operations")

    late = act(manager, world, "confirmed", headers={"If_Match": seen})

    assert late.status_code == 412
    assert world.state() == "acknowledged"


@pytest.mark.parametrize(
    ("state", "to", "given", "becomes"),
    [
        ("open", "confirmed", {}, "confirmed"),
        ("open", "resolved", {"reason": "mended"}, "resolved"),
        ("disputed", "answered", {"reason": "it stands"}, "confirmed"),
    ],
)
def test_the_buyers_moves(
    world: World, manager: Program, state: str, to: str, given: dict[str, Any], becomes: str
) -> None:
    BreachCase.objects.update(state=state)
    answer = act(manager, world, to, **given)
    assert (answer.status_code, world.state()) == (200, becomes), answer.content


@pytest.mark.parametrize(("to", "becomes"), [("disputed", "disputed"), ("accepted", "confirmed")])
def test_the_vendors_moves(world: World, vendors: Program, to: str, becomes: str) -> None:
    answer = act(vendors, world, to, reason="two rows too many")
    assert (answer.status_code, world.state()) == (200, becomes), answer.content


@pytest.mark.parametrize("to", ["disputed", "accepted"])
def test_the_buyer_does_not_contest(world: World, manager: Program, to: str) -> None:
    assert act(manager, world, to, reason="so").status_code == 403
    assert world.state() == "open"


@pytest.mark.parametrize(
    ("to", "given"),
    [
        ("acknowledged", {}),
        ("answered", {"reason": "so"}),
        ("resolved", {"reason": "so"}),
        ("waived", {"reason": "so", "waiver_scope": "credit"}),
        ("snoozed", {"until_worse": True}),
        ("assigned", {"assignee": None}),
        ("woken", {}),
    ],
)
def test_the_vendor_does_not_work_on_the_buyers_side(
    world: World, vendors: Program, to: str, given: dict[str, Any]
) -> None:
    assert act(vendors, world, to, **given).status_code == 403
    assert world.state() == "open"


def test_a_key_without_the_scope_does_nothing(world: World) -> None:
    answer = act(a_program("read"), world, "acknowledged")
    assert answer.status_code == 403
    assert "manage" in answer.json()["detail"]


def test_another_vendors_case_does_not_exist(world: World) -> None:
    stranger = a_program("read", "manage", vendor=world.people["bob"].vendors.get())
    foreign = act(stranger, world, "disputed", reason="mine")
    missing = send(stranger, "POST", "breaches/999999/transitions", {"to": "disputed"})
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_a_second_dispute_is_a_conflict_and_changes_nothing(world: World, vendors: Program) -> None:
    assert act(vendors, world, "disputed", reason="wrong").status_code == 200
    again = act(vendors, world, "disputed", reason="wrong again")
    assert again.status_code == 409
    assert "it is disputed already" in again.json()["detail"]
    assert CaseTransition.objects.filter(to_state="disputed").count() == 1


def test_a_provisional_case_is_no_vendors_to_dispute(world: World, vendors: Program) -> None:
    BreachCase.objects.update(state="provisional")
    assert act(vendors, world, "disputed", reason="wrong").status_code == 404


def test_a_late_dispute_is_a_conflict(
    world: World, vendors: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_acts, "now", lambda: SOON.replace(year=2028))
    answer = act(vendors, world, "disputed", reason="wrong")
    assert answer.status_code == 409
    assert "any more" in answer.json()["detail"]


def test_everything_that_is_wrong_with_a_body_is_named(world: World, manager: Program) -> None:
    answer = act(manager, world, "resolved", until="2026-05-01", colour="red")
    assert answer.status_code == 400
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"#/colour"} or pointers == {"#/colour", "#/reason", "#/until"}
    answer = act(manager, world, "resolved", until="2026-05-01")
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"#/reason", "#/until"}
    assert act(manager, world, "provisional").status_code == 400
    assert world.state() == "open"


class TestWaivers:
    WHY = {"reason": "our own late file", "waiver_scope": "credit"}

    def test_a_waiver_waits_for_a_person(self, world: World, manager: Program) -> None:
        answer = act(manager, world, "waived", **self.WHY)

        assert answer.status_code == 202, answer.content
        request = Approval.objects.get()
        assert answer.json()["request"] == request.pk
        assert answer.json()["state"] == "requested"
        assert (request.requested_by, request.requested_key is None) == (None, False)
        assert world.state() == "open"

    def test_a_second_one_while_the_first_waits_is_a_conflict(
        self, world: World, manager: Program
    ) -> None:
        act(manager, world, "waived", **self.WHY)
        assert act(manager, world, "waived", **self.WHY).status_code == 409
        assert Approval.objects.count() == 1

    def test_a_person_approves_it_and_the_trail_tells_of_both(
        self, world: World, manager: Program
    ) -> None:
        act(manager, world, "waived", **self.WHY)
        request = Approval.objects.get()

        approval_decide(
            approval=request, approve=True, decided_by=world.people["procurement"], as_of=SOON
        )

        step = last_step()
        assert world.state() == "waived"
        assert step.person == world.people["procurement"]
        assert request.asked_by in step.reason

    def test_people_see_which_program_asked(self, world: World, manager: Program) -> None:
        act(manager, world, "waived", **self.WHY)
        request = Approval.objects.get()
        browser = Client()
        browser.force_login(world.people["procurement"])
        for path in ("/approvals/", f"/approvals/{request.pk}/", f"/breaches/{world.case.pk}/"):
            answer = browser.get(path)
            assert answer.status_code == 200, path
            if "approvals" in path:
                assert request.asked_by in answer.content.decode(), path


class TestKeeping:
    def test_a_case_is_given_to_somebody_and_taken_back(
        self, world: World, manager: Program
    ) -> None:
        assert act(manager, world, "assigned", assignee="operations").status_code == 200
        world.case.refresh_from_db()
        assert world.case.assignee == world.people["operations"]
        assert act(manager, world, "assigned", assignee=None).status_code == 200

    def test_not_to_the_vendor_nor_to_nobody_known(self, world: World, manager: Program) -> None:
        for name in ("alice", "nobody-known"):
            answer = act(manager, world, "assigned", assignee=name)
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["pointer"] == "#/assignee"

    def test_a_case_rests_and_wakes(self, world: World, manager: Program) -> None:
        assert act(manager, world, "snoozed", until="2026-05-01").status_code == 200
        world.case.refresh_from_db()
        assert world.case.snoozed_until is not None
        assert act(manager, world, "woken").status_code == 200
        world.case.refresh_from_db()
        assert world.case.snoozed_until is None

    def test_a_rest_that_is_too_long_names_the_member(self, world: World, manager: Program) -> None:
        answer = act(manager, world, "snoozed", until="2027-05-01")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "#/until"


def test_a_vendor_reads_neither_the_buyers_key_nor_its_reason(
    world: World, manager: Program, vendors: Program
) -> None:
    act(manager, world, "acknowledged", reason="weak excuse")
    act(vendors, world, "disputed", reason="wrong")

    def told(program: Program) -> list[tuple[str, str]]:
        steps = program.get(f"/api/v1/breaches/{world.case.pk}").json()["transitions"]
        return [(step["by"].partition(" (")[0], step["reason"]) for step in steps[1:]]

    assert told(manager) == [("key desk", "weak excuse"), ("key test", "wrong")]
    assert told(vendors) == [("the buyer", ""), ("key test", "wrong")]
