"""What counts only once a second person agrees: waivers and relief."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Approval, Document
from contracts.services.approvals import approval_decide
from metrics.casework import moves
from metrics.casework.relief import Claim, relief_request
from metrics.casework.waivers import waiver_request
from metrics.models import BreachCase, CaseTransition, ReliefRequest
from tests.casework.world import OPENED, SOON, a_world

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

    def test_rows_in_words_will_do(self, world):
        assert self.ask(world, claim=Claim("our fault", rows="group = network")).intervals == []

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
