"""Several people at one case on PostgreSQL: one step at a time, and nobody overwrites anybody."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from metrics.casework import moves, moving
from metrics.evaluation.cases import cases_follow
from metrics.evaluation.integrity import cases_apart
from metrics.models import BreachCase, CaseTransition, KpiPeriod
from metrics.selectors import scope as scoped
from tests.casework.world import SOON
from tests.factories import a_revision

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite writes one transaction at a time"
    ),
]


class Person(Thread):
    """Does something on a connection of their own; ``error`` is what they were told."""

    def __init__(self, deed):
        super().__init__()
        self.deed, self.error = deed, None

    def run(self):
        try:
            self.deed()
        except (ValidationError, IntegrityError) as error:
            self.error = error
        finally:
            connection.close()


def at_once(*deeds):
    """What each was told; None for those who succeeded."""
    people = [Person(deed) for deed in deeds]
    for person in people:
        person.start()
    for person in people:
        person.join(20)
        assert not person.is_alive()
    return [person.error for person in people]


@pytest.fixture
def both_look_first(monkeypatch):
    """Both read the case before either of them writes, unless a lock keeps the second one out."""
    barrier, real = Barrier(2), moving.step_take

    def step_take(**given):
        with suppress(BrokenBarrierError):
            barrier.wait(1)
        return real(**given)

    monkeypatch.setattr(moving, "step_take", step_take)


@pytest.fixture
def without_lock(monkeypatch):
    def case_lock(case_id, scope):
        return scoped.cases(scope).get(pk=case_id)

    monkeypatch.setattr(moving, "case_lock", case_lock)


def dispute(world):
    return lambda: world.move(moves.DISPUTE, "alice")


def acknowledge(world):
    return lambda: world.move(moves.ACKNOWLEDGE, "operations")


def states() -> list[tuple[str, str]]:
    return list(CaseTransition.objects.values_list("from_state", "to_state"))


@pytest.mark.usefixtures("both_look_first")
def test_two_disputes_at_once_are_one(world):
    told = at_once(dispute(world), dispute(world))

    assert states() == [("", "open"), ("open", "disputed")]
    assert sorted(map(bool, told)) == [False, True]
    assert "it is disputed already" in next(str(error) for error in told if error)


@pytest.mark.usefixtures("both_look_first", "without_lock")
def test_without_the_lock_the_second_dispute_hits_the_database(world):
    told = at_once(dispute(world), dispute(world))

    assert states() == [("", "open"), ("open", "disputed")]
    assert [type(error) for error in told if error] == [IntegrityError]


@pytest.mark.usefixtures("both_look_first")
def test_of_two_different_moves_the_second_sees_the_first(world):
    at_once(dispute(world), acknowledge(world))

    chain = states()
    assert [after for _, after in chain[:-1]] == [before for before, _ in chain[1:]]
    assert list(cases_apart()) == []


@pytest.mark.usefixtures("both_look_first", "without_lock")
def test_without_the_lock_two_different_moves_tear_the_chain(world):
    at_once(dispute(world), acknowledge(world))

    assert sorted(states()) == [("", "open"), ("open", "acknowledged"), ("open", "disputed")]


class TestBesideEvaluation:
    """A figure that is restated while somebody moves its case."""

    def restated(self, world, inside, go_on):
        def deed():
            with transaction.atomic():
                head = KpiPeriod.objects.get(pk=world.case.period_id)
                a_revision(head, "99", "MET")
                cases_follow(heads=[head], as_of=SOON)
                inside.wait(10)
                with suppress(BrokenBarrierError):
                    go_on.wait(1)

        return deed

    def moved(self, world, inside, go_on):
        def deed():
            inside.wait(10)
            world.move(moves.ACKNOWLEDGE, "operations")
            with suppress(BrokenBarrierError):
                go_on.wait(0.1)

        return deed

    def test_the_move_waits_and_finds_the_case_withdrawn(self, world):
        inside, go_on = Barrier(2), Barrier(2)

        told = at_once(self.restated(world, inside, go_on), self.moved(world, inside, go_on))

        assert told[0] is None
        assert "it is withdrawn already" in str(told[1])
        assert BreachCase.objects.get().state == "withdrawn"
        assert list(cases_apart()) == []

    @pytest.mark.usefixtures("without_lock")
    def test_without_the_lock_it_would_bring_back_a_cured_case(self, world):
        inside, go_on = Barrier(2), Barrier(2)

        told = at_once(self.restated(world, inside, go_on), self.moved(world, inside, go_on))

        assert told == [None, None]
        assert [each.what for each in cases_apart()] == ["breach case"]
