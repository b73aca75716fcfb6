"""What programs read of the steps people took."""

import pytest

from metrics.casework import moves
from tests.api.world import a_program

pytestmark = pytest.mark.django_db


def test_a_vendors_program_reads_no_names_and_no_reasons_that_were_kept_inside(world):
    world.move(moves.ACKNOWLEDGE, "operations", reason="weak excuse")
    world.move(moves.DISPUTE, "alice", reason="two rows too many")
    world.move(moves.UPHOLD, "procurement", reason="they are two orders")

    def steps(program):
        found = program.get(f"/api/v1/breaches/{world.case.pk}").json()["transitions"]
        return [(step["to_state"], step["by"], step["reason"]) for step in found][1:]

    assert steps(a_program("read")) == [
        ("acknowledged", "operations", "weak excuse"),
        ("disputed", "alice", "two rows too many"),
        ("confirmed", "procurement", "they are two orders"),
    ]
    assert steps(a_program("read", vendor=world.kpi.contract.vendor)) == [
        ("acknowledged", "the buyer", ""),
        ("disputed", "alice", "two rows too many"),
        ("confirmed", "the buyer", "they are two orders"),
    ]
