"""People and figures move a case in any order: it never gets into a state nobody can explain."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from contracts.models import Approval
from contracts.selectors.lookups import UnknownCodeError
from contracts.services.approvals import approval_decide
from metrics.casework import handling
from metrics.casework.moves import MOVES
from metrics.casework.moving import case_move
from metrics.casework.waivers import waiver_request
from metrics.evaluation import cases as following
from metrics.evaluation.cases import cases_follow
from metrics.evaluation.integrity import cases_apart
from metrics.models import BreachCase, KpiPeriod
from tests.casework.world import SOON, World, a_world
from tests.factories import a_revision

pytestmark = pytest.mark.django_db

REFUSALS = (ValidationError, UnknownCodeError)
BY_PEOPLE = ("waived", "resolved")
PEOPLE = ("operations", "procurement", "alice", "bob", "analyst")


class Life(RuleBasedStateMachine):
    """One case from the day its figure failed; what is refused changes nothing."""

    world: World  # made once: each life begins from the same savepoint

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.now = SOON
        self.settled_as = None

    def teardown(self):
        transaction.savepoint_rollback(self.savepoint)

    def case(self) -> BreachCase:
        return BreachCase.objects.get(pk=self.world.case.pk)

    def attempt(self, deed):
        before = self.case().state, self.case().transitions.count()
        try:
            deed()
        except REFUSALS:
            assert (self.case().state, self.case().transitions.count()) == before
        if self.case().state in BY_PEOPLE:
            self.settled_as = self.case().state

    @rule(name=st.sampled_from(sorted(set(MOVES) - {"waive"})), who=st.sampled_from(PEOPLE))
    def somebody_moves_it(self, name, who):
        self.attempt(
            lambda: case_move(
                case_id=self.world.case.pk,
                move=MOVES[name],
                scope=self.world.scope(who),
                as_of=self.now,
                reason="said so",
            )
        )

    @rule(who=st.sampled_from(PEOPLE), until_worse=st.booleans())
    def somebody_snoozes_it(self, who, until_worse):
        self.attempt(
            lambda: handling.case_snooze(
                case_id=self.world.case.pk,
                until=self.now.date() + timedelta(days=7),
                until_worse=until_worse,
                scope=self.world.scope(who),
                as_of=self.now,
            )
        )

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_asks_for_a_waiver(self, who):
        self.attempt(
            lambda: waiver_request(
                case_id=self.world.case.pk,
                waiver_scope="credit",
                reason="small",
                scope=self.world.scope(who),
            )
        )

    @rule(who=st.sampled_from(PEOPLE), approve=st.booleans())
    def somebody_decides(self, who, approve):
        for request in Approval.objects.filter(state="requested"):
            person = self.world.people[who]
            self.attempt(
                lambda request=request, person=person: approval_decide(
                    approval=request,
                    approve=approve,
                    decided_by=person,
                    as_of=self.now,
                    answer="thought about",
                )
            )

    @rule(value=st.sampled_from(["99", "90", "80"]))
    def the_figure_is_restated(self, value):
        head = KpiPeriod.objects.get(pk=self.world.case.period_id)
        status = "MET" if value == "99" else "BELOW_MINIMUM"
        a_revision(head, value, status, shortfall=str(max(0, 95 - int(value))))
        cases_follow(heads=[head], as_of=self.now)

    @rule()
    def time_passes(self):
        self.now += timedelta(days=3)

    @invariant()
    def the_case_stands_where_its_steps_put_it(self):
        chain = list(self.case().transitions.values_list("from_state", "to_state"))
        assert [after for _, after in chain[:-1]] == [before for before, _ in chain[1:]]
        assert chain[-1][1] == self.case().state

    @invariant()
    def the_figure_agrees_with_it(self):
        assert list(cases_apart()) == []

    @invariant()
    def what_people_settled_stays_settled(self):
        assert self.settled_as in (None, self.case().state)

    @invariant()
    def no_step_was_taken_twice_on_one_figure(self):
        steps = list(self.case().transitions.values_list("revision", "from_state", "to_state"))
        assert len(steps) == len(set(steps))

    @invariant()
    def a_waiver_names_what_it_covers(self):
        assert bool(self.case().waiver_scope) == (self.case().state == "waived")

    @invariant()
    def a_snooze_until_worse_has_not_become_worse(self):
        case = self.case()
        if case.snoozed_until_worse and case.period.is_breach:
            assert int(case.period.current.shortfall) <= int(case.snoozed_shortfall or 0)


SETTINGS = settings(
    max_examples=15,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def lives():
    class LifeOfOne(Life):
        world = a_world()

    run_state_machine_as_test(LifeOfOne, settings=SETTINGS)


def test_any_order_of_people_and_figures():
    lives()


def test_it_finds_what_a_broken_rule_does(monkeypatch):
    def target(head, case):
        return "open" if head.is_breach else "withdrawn"

    monkeypatch.setattr(following, "_target", target)

    with pytest.raises((AssertionError, IntegrityError)):
        lives()
