"""What is noted on a case without moving it, alone and in bulk; plans and incidents."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import visible_to
from metrics.casework import handling, moves, plans
from metrics.casework.bulk import cases_do
from metrics.casework.incidents import incident_change, incident_create
from metrics.casework.moving import case_move
from metrics.evaluation.cases import cases_follow
from metrics.models import BreachCase, CaseComment, CorrectivePlan, KpiPeriod
from metrics.selectors import scope as scoped
from tests.casework.world import DAY, MARCH, SOON, a_failure, a_world
from tests.factories import a_kpi, a_revision

pytestmark = pytest.mark.django_db


class TestAssigning:
    def test_it_goes_to_somebody_and_to_nobody(self, world):
        for who in (world.people["procurement"], None):
            handling.case_assign(
                case_id=world.case.pk, assignee=who, scope=world.scope("operations")
            )
            assert BreachCase.objects.get().assignee == who

    def test_a_vendors_people_are_given_none(self, world):
        with pytest.raises(ValidationError, match="somebody at the buyer's"):
            handling.case_assign(
                case_id=world.case.pk,
                assignee=world.people["alice"],
                scope=world.scope("operations"),
            )

    @pytest.mark.parametrize("name", ["compliance", "analyst", "alice"])
    def test_other_roles_do_not(self, world, name):
        with pytest.raises(ValidationError, match="Your role"):
            handling.case_assign(case_id=world.case.pk, assignee=None, scope=world.scope(name))


class TestSnoozing:
    def snooze(self, world, until=None, until_worse=False):
        return handling.case_snooze(
            case_id=world.case.pk,
            until=until,
            until_worse=until_worse,
            scope=world.scope("operations"),
            as_of=SOON,
        )

    def test_until_a_day(self, world):
        case = self.snooze(world, SOON.date() + 7 * DAY)

        assert case.is_snoozed(SOON.date() + 6 * DAY)
        assert not case.is_snoozed(SOON.date() + 7 * DAY)

    def test_it_has_an_end_in_any_case(self, world):
        assert self.snooze(world, until_worse=True).snoozed_until == SOON.date() + 90 * DAY

    @pytest.mark.parametrize("days", [0, -1, 91])
    def test_a_day_that_is_no_end_is_refused(self, world, days):
        with pytest.raises(ValidationError, match="Choose a day after today"):
            self.snooze(world, SOON.date() + days * DAY)

    def test_it_needs_one_of_both(self, world):
        with pytest.raises(ValidationError, match="Choose a day, or"):
            self.snooze(world)

    @pytest.mark.parametrize(("shortfall", "sleeps"), [("4", True), ("5", True), ("6", False)])
    def test_until_worse_it_wakes_once_the_shortfall_grows(self, world, shortfall, sleeps):
        self.snooze(world, until_worse=True)
        head = KpiPeriod.objects.get()
        a_revision(head, "80", "BELOW_MINIMUM", shortfall=shortfall)

        cases_follow(heads=[head], as_of=SOON)

        assert BreachCase.objects.get().is_snoozed(SOON.date()) is sleeps

    def test_what_is_settled_does_not_rest(self):
        with pytest.raises(ValidationError, match="It is resolved"):
            self.snooze(a_world("resolved"), SOON.date() + DAY)

    def test_it_is_ended_by_hand(self, world):
        self.snooze(world, SOON.date() + DAY)

        handling.case_wake(case_id=world.case.pk, scope=world.scope("operations"))

        assert not BreachCase.objects.get().is_snoozed(SOON.date())


class TestComments:
    def write(self, world, name, is_internal=False, body="hello"):
        return handling.comment_add(
            case_id=world.case.pk, body=body, is_internal=is_internal, scope=world.scope(name)
        )

    def test_a_vendor_reads_what_is_shared_and_nothing_else(self, world):
        self.write(world, "operations", is_internal=True, body="between us")
        self.write(world, "operations", body="for both")
        self.write(world, "alice", body="thanks")

        def read(name):
            return list(scoped.comments(world.scope(name)).values_list("body", flat=True))

        assert read("analyst") == ["between us", "for both", "thanks"]
        assert read("alice") == ["for both", "thanks"]
        assert read("bob") == []

    @pytest.mark.parametrize(
        ("name", "is_internal"), [("alice", True), ("analyst", False), ("bob", False)]
    )
    def test_some_do_not_write(self, world, name, is_internal):
        with pytest.raises((ValidationError, UnknownCodeError)):
            self.write(world, name, is_internal)
        assert not CaseComment.objects.exists()

    def test_while_provisional_nothing_is_shared(self):
        world = a_world("provisional")

        with pytest.raises(ValidationError, match="does not see this case yet"):
            self.write(world, "operations")
        self.write(world, "operations", is_internal=True)
        assert not scoped.comments(world.scope("alice")).exists()


def test_of_many_cases_each_is_moved_or_told_of(world):
    cases = [world.case]
    for number, state in enumerate(["open", "acknowledged", "resolved"], start=4):
        cases.append(a_failure(world.kpi, MARCH.replace(month=number), state))

    report = cases_do(cases, lambda pk: handling_move(world, pk))

    assert [case.pk for case in report.done] == [cases[0].pk, cases[1].pk]
    assert {reason: [c.pk for c in left] for reason, left in report.left.items()} == {
        "This cannot be acknowledged: it is acknowledged already.": [cases[2].pk],
        "This cannot be acknowledged: it is resolved already.": [cases[3].pk],
    }
    assert list(BreachCase.objects.order_by("pk").values_list("state", flat=True)) == [
        "acknowledged",
        "acknowledged",
        "acknowledged",
        "resolved",
    ]


def handling_move(world, pk):

    return case_move(
        case_id=pk, move=moves.ACKNOWLEDGE, scope=world.scope("operations"), as_of=SOON
    )


class TestIncidents:
    def note(self, world, **given):
        said = {"title": "Lines cut", "started_at": SOON, "vendor": world.kpi.contract.vendor}
        return incident_create(scope=world.scope("operations"), **said | given)

    def test_several_cases_share_one(self, world):
        other = a_failure(a_kpi(world.kpi.contract, "speed"), MARCH)
        incident = self.note(world)

        for case in (world.case, other):
            handling.case_link(case_id=case.pk, incident=incident, scope=world.scope("operations"))

        assert set(incident.cases.all()) == {world.case, other}

    def test_another_vendors_is_refused(self, world):
        from contracts.models import Vendor

        incident = self.note(world, vendor=Vendor.objects.get(code="bolt"))

        with pytest.raises(ValidationError, match="another vendor's"):
            handling.case_link(
                case_id=world.case.pk, incident=incident, scope=world.scope("operations")
            )

    def test_an_internal_one_and_its_plans_are_the_buyers(self, world):
        incident = self.note(world, is_internal=True)
        plan = plans.plan_propose(
            subject=incident, title="T", cause="C", scope=world.scope("operations")
        )
        assert not scoped.incidents(world.scope("alice")).exists()
        assert not scoped.plans(world.scope("alice")).exists()

        incident_change(incident=incident, scope=world.scope("operations"), is_internal=False)

        assert scoped.incidents(world.scope("alice")).get() == incident
        assert scoped.plans(world.scope("alice")).get() == plan
        assert not scoped.plans(world.scope("bob")).exists()

    def test_it_ends_after_it_starts(self, world):
        with pytest.raises(ValidationError, match="ends before it starts"):
            self.note(world, ended_at=SOON - timedelta(hours=1))


class TestPlans:
    def propose(self, world, name="alice"):
        return plans.plan_propose(
            subject=world.case, title="No more", cause="Nobody looked", scope=world.scope(name)
        )

    def add(self, world, plan, name="alice", side="vendor", due_on=SOON.date() + 7 * DAY):
        return plans.step_add(
            plan_id=plan.pk,
            title="Look twice",
            side=side,
            owner="Vic",
            due_on=due_on,
            scope=world.scope(name),
        )

    def answer(self, world, plan, do, name="operations", answer="fine"):
        return do(plan_id=plan.pk, answer=answer, scope=world.scope(name), as_of=SOON)

    def tick(self, world, plan, step, name="alice", result="looked"):
        return plans.step_done(
            plan_id=plan.pk, step_id=step.pk, result=result, scope=world.scope(name), as_of=SOON
        )

    @pytest.mark.parametrize("state", ["provisional", "withdrawn"])
    def test_there_is_none_for_a_failure_that_does_not_stand(self, world, state):
        world.case.state = state
        world.case.save()

        with pytest.raises(ValidationError, match="plan once the failure stands"):
            self.propose(world, "operations")

    def test_the_vendor_proposes_the_buyer_accepts_and_each_side_ticks_its_steps(self, world):
        plan = self.propose(world)
        own, theirs = self.add(world, plan), self.add(world, plan, side="buyer")
        self.answer(world, plan, plans.plan_accept)

        self.tick(world, plan, own)
        with pytest.raises(ValidationError, match="is the buyer's"):
            self.tick(world, plan, theirs)
        with pytest.raises(ValidationError, match="not done yet"):
            self.answer(world, plan, plans.plan_complete)
        self.tick(world, plan, theirs, "operations")
        self.answer(world, plan, plans.plan_complete)

        assert CorrectivePlan.objects.get().state == "completed"
        assert [step.done_by.username for step in plan.steps.order_by("pk")] == [
            "alice",
            "operations",
        ]

    def test_a_plan_without_steps_is_not_accepted(self, world):
        with pytest.raises(ValidationError, match="without steps plans nothing"):
            self.answer(world, self.propose(world), plans.plan_accept)

    def test_it_goes_back_and_comes_again(self, world):
        plan = self.propose(world)
        self.answer(world, plan, plans.plan_return, answer="which dates?")

        plans.plan_submit(plan_id=plan.pk, cause="We looked again", scope=world.scope("alice"))

        plan.refresh_from_db()
        assert (plan.state, plan.cause, plan.decided_by) == ("proposed", "We looked again", None)

    @pytest.mark.parametrize("name", ["alice", "analyst", "compliance"])
    def test_only_case_workers_answer(self, world, name):
        plan = self.propose(world)
        self.add(world, plan)

        with pytest.raises(ValidationError, match="Your role"):
            self.answer(world, plan, plans.plan_accept, name)

    def test_another_vendor_finds_no_plan(self, world):
        plan = self.propose(world)

        with pytest.raises(UnknownCodeError):
            self.add(world, plan, "bob")

    def test_an_accepted_plan_keeps_its_steps_and_only_the_buyer_adds(self, world):
        plan = self.propose(world)
        step = self.add(world, plan)
        self.answer(world, plan, plans.plan_accept)

        with pytest.raises(ValidationError, match="its steps stay"):
            plans.step_remove(plan_id=plan.pk, step_id=step.pk, scope=world.scope("alice"))
        with pytest.raises(ValidationError, match="ask the buyer"):
            self.add(world, plan)
        self.add(world, plan, "operations")
        assert plan.steps.count() == 2

    def test_a_step_is_overdue_after_its_day(self, world):
        step = self.add(world, self.propose(world), due_on=SOON.date())

        assert not step.is_overdue(SOON.date())
        assert step.is_overdue(SOON.date() + DAY)


def test_a_deputy_does_what_the_absent_may(world):
    from contracts.models import Deputy

    today = timezone.now().date()
    Deputy.objects.create(
        absent=world.people["operations"],
        deputy=world.people["analyst"],
        first_day=today,
        last_day=today,
    )

    handling.case_assign(
        case_id=world.case.pk,
        assignee=world.people["analyst"],
        scope=visible_to(world.people["analyst"], today),
    )

    assert BreachCase.objects.get().assignee == world.people["analyst"]
