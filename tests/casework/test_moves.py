"""Who may move a case, from where to where, and when."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from contracts.models import AuditEvent
from contracts.selectors.lookups import UnknownCodeError
from metrics.casework import moves
from metrics.casework.moves import MOVES
from metrics.casework.terms import claim_terms_set
from metrics.casework.windows import windows_of
from metrics.evaluation.verifying import as_row, verify_all
from metrics.models import BreachCase, CaseTransition
from tests.casework.world import DAY, MARCH, OPENED, SOON, a_world
from tests.factories import a_revision

pytestmark = pytest.mark.django_db

WORKERS = {"administrator", "procurement", "operations"}
WHO = {
    "acknowledge": WORKERS,
    "confirm": WORKERS,
    "answer": WORKERS,
    "resolve": WORKERS,
    "dispute": {"alice"},
    "accept": {"alice"},
}
WHERE = {
    "acknowledge": {"open": "acknowledged"},
    "confirm": {"open": "confirmed", "acknowledged": "confirmed"},
    "answer": {"disputed": "confirmed"},
    "resolve": {"open": "resolved", "acknowledged": "resolved", "confirmed": "resolved"},
    "dispute": {"open": "disputed", "acknowledged": "disputed", "confirmed": "disputed"},
    "accept": {"open": "confirmed", "acknowledged": "confirmed", "disputed": "confirmed"},
}
PEOPLE = ("administrator", "procurement", "operations", "compliance", "analyst", "alice", "bob")


def test_every_move_is_in_the_tables():
    assert set(WHO) == set(WHERE) == set(MOVES) - {"waive"}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("move", WHO)
def test_a_move_belongs_to_some_roles_and_to_no_other(move, name):
    world = a_world("disputed" if move == "answer" else "open")

    if name in WHO[move]:
        step = world.move(MOVES[move], name)
        assert (step.by, step.person, step.reason) == (name, world.people[name], "said so")
    elif name == "bob":
        with pytest.raises(UnknownCodeError):
            world.move(MOVES[move], name)
    else:
        with pytest.raises(ValidationError, match="Your role does not do this"):
            world.move(MOVES[move], name)
        assert CaseTransition.objects.count() == 1


@pytest.mark.parametrize("state", BreachCase.State.values)
@pytest.mark.parametrize("move", WHERE)
def test_a_move_begins_in_some_states_and_in_no_other(move, state):
    world, who = a_world(state), "alice" if move in {"dispute", "accept"} else "operations"
    target = WHERE[move].get(state)

    if target:
        world.move(MOVES[move], who)
        assert world.state() == target
    else:
        unseen = state == "provisional" and who == "alice"
        with pytest.raises(UnknownCodeError if unseen else ValidationError):
            world.move(MOVES[move], who)
        assert world.state() == state


@pytest.mark.parametrize("move", ["dispute", "answer", "resolve"])
def test_some_moves_need_a_reason(move):
    world = a_world("disputed" if move == "answer" else "open")
    who = "alice" if move == "dispute" else "operations"

    with pytest.raises(ValidationError, match="Say why"):
        world.move(MOVES[move], who, reason="  ")
    assert CaseTransition.objects.count() == 1


def test_a_waiver_is_no_move_of_one_person(world):
    with pytest.raises(TypeError, match="waiver_request"):
        world.move(moves.WAIVE, "administrator")


def test_a_move_ends_a_snooze_and_is_told_of(world):
    BreachCase.objects.update(snoozed_until=SOON.date() + 9 * DAY)

    world.move(moves.ACKNOWLEDGE, "operations")

    assert BreachCase.objects.get().snoozed_until is None
    event = AuditEvent.objects.get(action="acknowledged")
    assert event.changes["state"] == ["open", "acknowledged"]


def test_the_steps_and_the_figures_agree_afterwards(world):
    for move, who in [
        (moves.ACKNOWLEDGE, "operations"),
        (moves.CONFIRM, "operations"),
        (moves.DISPUTE, "alice"),
        (moves.UPHOLD, "procurement"),
        (moves.RESOLVE, "operations"),
    ]:
        world.move(move, who)

    differences = [as_row(each) for each in verify_all()]
    assert not [each for each in differences if each["what"] == "breach case"]
    assert [step.to_state for step in CaseTransition.objects.all()] == [
        "open",
        "acknowledged",
        "confirmed",
        "disputed",
        "confirmed",
        "resolved",
    ]


class TestDispute:
    def test_its_time_begins_when_the_case_opens_and_its_last_day_counts(self, world):
        assert windows_of(world.case).dispute.last_day == OPENED.date() + 14 * DAY

        world.move(moves.DISPUTE, "alice", as_of=OPENED.replace(hour=23) + 14 * DAY)

        assert world.state() == "disputed"

    def test_after_its_time_it_is_refused_with_the_reason(self, world):
        with pytest.raises(ValidationError, match="ended on 20 April 2026, 14 days after"):
            world.move(moves.DISPUTE, "alice", as_of=OPENED + 15 * DAY)
        assert world.state() == "open"

    def test_while_provisional_no_time_runs(self):
        world = a_world("provisional")

        assert windows_of(world.case).dispute.last_day is None

    def test_a_case_that_opens_again_begins_it_anew(self, world):
        revision = a_revision(world.case.period, "80", "BELOW_MINIMUM")
        world.case.transitions.create(
            revision=revision, from_state="withdrawn", to_state="open", at=OPENED + 30 * DAY, by="x"
        )

        world.move(moves.DISPUTE, "alice", as_of=OPENED + 40 * DAY)

        assert world.state() == "disputed"

    def test_the_contract_states_its_days_for_periods_from_a_day_on(self, world):
        contract = world.kpi.contract
        for valid_from, days in [(MARCH.replace(month=1), 3), (MARCH.replace(month=4), 90)]:
            claim_terms_set(
                contract=contract, valid_from=valid_from, dispute_days=days, relief_days=5
            )

        windows = windows_of(BreachCase.objects.get())

        assert windows.dispute.last_day == OPENED.date() + 3 * DAY
        assert windows.stated_from == MARCH.replace(month=1)
        with pytest.raises(ValidationError, match="3 days after the case opened"):
            world.move(moves.DISPUTE, "alice", as_of=OPENED + 4 * DAY)

    def test_its_days_are_those_of_the_contracts_zone(self, world):
        contract = world.kpi.contract
        contract.zone = "Asia/Tokyo"
        contract.save()
        end_of_day = OPENED.replace(hour=0) + timedelta(days=14, hours=14, minutes=59)

        with pytest.raises(ValidationError, match="ended on"):
            world.move(moves.DISPUTE, "alice", as_of=end_of_day + timedelta(minutes=1))
        world.move(moves.DISPUTE, "alice", as_of=end_of_day)

    def test_one_figure_is_disputed_once(self, world):
        world.move(moves.DISPUTE, "alice")
        world.move(moves.UPHOLD, "operations")

        with pytest.raises(ValidationError, match="disputed already: a new dispute needs a new"):
            world.move(moves.DISPUTE, "alice")
        assert world.state() == "confirmed"

    def test_a_new_figure_can_be_disputed_anew(self, world):
        world.move(moves.DISPUTE, "alice")
        world.move(moves.UPHOLD, "operations")
        a_revision(world.case.period, "80", "BELOW_MINIMUM")

        world.move(moves.DISPUTE, "alice")

        assert world.state() == "disputed"
