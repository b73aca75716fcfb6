"""What counts only once a second person agrees: waivers and relief."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Approval, Document
from contracts.selectors.lookups import UnknownCodeError
from contracts.services.approvals import approval_decide
from metrics.casework import moves
from metrics.casework.claiming import Claim, Cover
from metrics.casework.relief import (
    relief_grant,
    relief_request,
    relief_request_together,
    relief_withdraw,
)
from metrics.casework.waivers import waiver_request
from metrics.models import BreachCase, CaseTransition, ReliefRequest
from tests.casework.world import OPENED, SOON, a_failure, a_world

pytestmark = pytest.mark.django_db

TEN, TWELVE = (datetime(2026, 3, 4, hour, tzinfo=UTC) for hour in (10, 12))
STORM = Claim("A storm cut the lines", [(TEN, TWELVE)])


def decide(request, by, approve=True, answer=""):
    return approval_decide(
        approval=request, approve=approve, decided_by=by, as_of=SOON, answer=answer
    )


def ask_waiver(world, name="operations", waiver_scope="credit", reason="a small customer"):
    return waiver_request(
        case_id=world.case.pk, waiver_scope=waiver_scope, reason=reason, scope=world.scope(name)
    )


class TestWaivers:
    def test_it_counts_once_a_second_person_approves(self, world):
        request = ask_waiver(world, waiver_scope="credit_and_repetition")
        assert world.state() == "open"

        decide(request, world.people["second"], answer="agreed")

        case = BreachCase.objects.get()
        assert (case.state, case.waiver_scope) == ("waived", "credit_and_repetition")
        step = CaseTransition.objects.last()
        assert (step.from_state, step.to_state, step.person) == (
            "open",
            "waived",
            world.people["second"],
        )
        assert step.reason == "a small customer (asked for by operations). agreed"
        assert step.is_internal

    def test_a_refused_one_leaves_the_case_where_it_is(self, world):
        decide(ask_waiver(world), world.people["second"], approve=False, answer="too big")

        assert world.state() == "open"
        assert CaseTransition.objects.count() == 1

    def test_nobody_decides_on_their_own_request(self, world):
        with pytest.raises(ValidationError, match="a second person has to decide"):
            decide(ask_waiver(world), world.people["operations"])
        assert world.state() == "open"

    def test_a_role_that_does_not_decide_may_not(self, world):
        with pytest.raises(ValidationError, match="does not decide"):
            decide(ask_waiver(world), world.people["compliance"])

    @pytest.mark.parametrize("name", ["compliance", "analyst", "alice"])
    def test_a_role_that_does_not_work_on_cases_may_not_ask(self, world, name):
        with pytest.raises(ValidationError, match="Your role does not do this"):
            ask_waiver(world, name)

    @pytest.mark.parametrize(
        ("given", "field"), [({"waiver_scope": "all"}, "waiver_scope"), ({"reason": " "}, "reason")]
    )
    def test_it_needs_a_scope_and_a_reason(self, world, given, field):
        with pytest.raises(ValidationError) as refused:
            ask_waiver(world, **given)
        assert list(refused.value.error_dict) == [field]

    def test_one_request_waits_at_a_time(self, world):
        ask_waiver(world)

        with pytest.raises(ValidationError, match="waits for its answer already"):
            ask_waiver(world)

    @pytest.mark.parametrize("state", ["provisional", "waived", "resolved", "withdrawn"])
    def test_what_is_not_open_is_not_waived(self, state):
        with pytest.raises(ValidationError, match="cannot be waived"):
            ask_waiver(a_world(state))

    def test_a_case_that_was_resolved_meanwhile_is_not_waived(self, world):
        request = ask_waiver(world)
        world.move(moves.RESOLVE, "operations")

        with pytest.raises(ValidationError, match="it is resolved already"):
            decide(request, world.people["second"])
        request.refresh_from_db()
        assert (world.state(), request.state) == ("resolved", "requested")


class TestRelief:
    def ask(self, world, name="alice", claim=STORM, at=SOON, **given):
        return relief_request(
            case_id=world.case.pk, claim=claim, scope=world.scope(name), as_of=at, **given
        )

    @pytest.mark.parametrize("name", ["alice", "operations"])
    @pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "refused")])
    def test_either_side_asks_and_a_second_person_decides(self, world, name, approve, state):
        relief = self.ask(world, name)
        assert relief.intervals == [["2026-03-04T10:00:00+00:00", "2026-03-04T12:00:00+00:00"]]

        decide(Approval.objects.get(), world.people["second"], approve, "read the contract")

        relief = ReliefRequest.objects.get()
        assert (relief.state, relief.decided_by, relief.answer) == (
            state,
            world.people["second"],
            "read the contract",
        )

    def test_the_decision_moves_neither_case_nor_figure(self, world):
        self.ask(world)

        decide(Approval.objects.get(), world.people["second"])

        assert world.state() == "open"
        assert world.case.period.revisions.count() == 1

    def test_the_same_one_is_asked_for_once_at_a_time(self, world):
        self.ask(world)

        with pytest.raises(ValidationError, match="waits for its decision already"):
            self.ask(world, "operations")
        other = Claim("Another storm", [(TEN + timedelta(1), TWELVE + timedelta(1))])
        self.ask(world, claim=other)
        assert ReliefRequest.objects.count() == Approval.objects.count() == 2

        decide(Approval.objects.earliest("pk"), world.people["second"], False, "read it again")
        self.ask(world)
        assert ReliefRequest.objects.count() == 3

    def test_the_vendor_has_its_days_and_the_buyer_may_enter_a_late_one(self, world):
        late = OPENED + timedelta(days=15)

        with pytest.raises(ValidationError, match="Relief cannot be claimed any more"):
            self.ask(world, at=late)
        assert self.ask(world, "operations", at=late).claim_by == OPENED.date() + timedelta(14)

    @pytest.mark.parametrize(
        ("claim", "field"),
        [
            (Claim("", [(TEN, TWELVE)]), "reason"),
            (Claim("a storm"), "intervals"),
            (Claim("a storm", [(TWELVE, TEN)]), "intervals"),
            (Claim("a storm", [(TEN - timedelta(60), TWELVE - timedelta(60))]), "intervals"),
        ],
    )
    def test_it_says_what_happened_and_when(self, world, claim, field):
        with pytest.raises(ValidationError) as refused:
            self.ask(world, claim=claim)
        assert list(refused.value.error_dict) == [field]
        assert not ReliefRequest.objects.exists()

    def test_rows_in_words_do_not_do_alone(self, world):
        with pytest.raises(ValidationError, match="Say when it was, which rows it covers"):
            self.ask(world, claim=Claim("our fault", rows="group = network"))
        claim = Claim("our fault", rows="group = network", predicate="good < 1")
        assert self.ask(world, claim=claim).rows == "group = network"

    @pytest.mark.parametrize(
        ("claim", "says"),
        [
            ({"predicate": "team == 1"}, "team is nothing a row of this KPI says: it says good"),
            ({"predicate": "good"}, "good is no condition"),
            ({"predicate": 'good == "a"'}, "good is compared with a number"),
            ({"predicate": "ref == 4"}, 'ref is compared with a text in "double quotes"'),
            ({"predicate": "at > 4"}, "at is a time: say when it was as a stretch of time"),
            ({"predicate": "present(ref)"}, "is no condition here"),
            ({"predicate": "4 == good"}, "the name stands on the left side"),
            ({"predicate": "good ="}, "compare with =="),
            ({"predicate": "good < 1", "whole_period": True}, "leave the rest empty"),
            ({"predicate": "good < 1", "treatment": "forget"}, "treatment"),
        ],
    )
    def test_what_cannot_be_measured_is_refused_where_it_is_asked_for(self, world, claim, says):
        with pytest.raises(ValidationError) as refused:
            self.ask(world, claim=Claim("a storm", **claim))
        assert says in str(refused.value)

    def test_a_treatment_without_a_meaning_is_refused_by_name(self, world):
        world.kpi.definitions.update(measure="mean")
        with pytest.raises(ValidationError, match="mean has no good items"):
            self.ask(world, claim=replace(STORM, treatment="count_as_good"))

    def test_whoever_asked_takes_it_back_and_nobody_else(self, world):
        relief = self.ask(world)

        with pytest.raises(ValidationError, match="Only your own request"):
            relief_withdraw(relief_id=relief.pk, scope=world.scope("operations"), as_of=SOON)
        with pytest.raises(UnknownCodeError):
            relief_withdraw(relief_id=relief.pk, scope=world.scope("bob"), as_of=SOON)
        relief_withdraw(relief_id=relief.pk, scope=world.scope("alice"), as_of=SOON)

        relief.refresh_from_db()
        assert (relief.state, relief.decided_by, relief.decided_at) == ("withdrawn", None, SOON)
        with pytest.raises(ValidationError, match="It is withdrawn already"):
            self.grant(world, relief)

    def grant(self, world, relief, cover=STORM.cover, by="second"):
        return relief_grant(
            relief_id=relief.pk, cover=cover, decided_by=world.people[by], as_of=SOON
        )

    def test_a_part_is_granted_and_no_more_than_was_asked_for(self, world):
        relief = self.ask(world)
        for cover, says in [
            (Cover([(TEN, TWELVE + timedelta(hours=1))]), "lies outside what was asked for"),
            (Cover(whole_period=True), "The whole period was not asked for"),
            (Cover(), "Say when it was"),
        ]:
            with pytest.raises(ValidationError, match=says):
                self.grant(world, relief, cover)
        with pytest.raises(ValidationError, match="does not decide"):
            self.grant(world, relief, by="compliance")
        assert not Approval.objects.get().payload.get("granted")

        part = Cover([(TEN, TEN + timedelta(hours=1))])
        granted = self.grant(world, relief, part)

        assert (granted.state, granted.granted) == ("partly", part.written)
        assert granted.intervals == STORM.cover.written["intervals"]

    def test_an_old_request_in_words_alone_is_granted_only_as_something_measurable(self, world):
        relief = self.ask(world)
        ReliefRequest.objects.update(intervals=[], rows="the network ones")

        with pytest.raises(ValidationError, match="Approve a part of it: Say when it was"):
            decide(Approval.objects.get(), world.people["second"])
        assert self.grant(world, relief).granted == STORM.cover.written

    def test_the_same_is_asked_for_several_failures_or_for_none(self, world):
        april = a_failure(world.kpi, date(2026, 4, 1))
        claim = Claim("a storm", [(TEN, TWELVE + timedelta(days=40))])
        both = {"case_ids": [world.case.pk, april.pk], "scope": world.scope("alice")}

        with pytest.raises(ValidationError, match="lies outside the period"):
            relief_request_together(claim=STORM, as_of=SOON, **both)
        assert not ReliefRequest.objects.exists()
        assert len(relief_request_together(claim=claim, as_of=SOON, **both)) == 2

    def test_evidence_belongs_to_the_case_and_both_sides_see_it(self, world):
        upload = SimpleUploadedFile("storm.txt", b"it rained\n")

        self.ask(world, evidence=[upload])

        document = Document.objects.get()
        assert document.subject == f"metrics.breachcase:{world.case.pk}"
        assert (document.vendor, document.is_internal) == (world.kpi.contract.vendor, False)

    def test_evidence_that_is_refused_leaves_nothing(self, world):
        with pytest.raises(ValidationError):
            self.ask(world, evidence=[SimpleUploadedFile("storm.exe", b"MZ\x00\x00")])

        assert not ReliefRequest.objects.exists()
        assert not Approval.objects.exists()
