"""What a failure and its end set off: breach cases, late rows, and restatements."""

from datetime import date

import pytest

from metrics.evaluation.restating import RestatementError, result_restate
from metrics.evaluation.sweeping import sweep
from metrics.models import BreachCase, CaseTransition, ResultRevision
from tests.evaluation.looking import BAD, DAY, GOOD, case_states, head, steps
from tests.feeds.arriving import APRIL, MARCH, a_mapped_feed, a_share, csv, deliver, figures, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]


class TestAfterTheEnd:
    def final(self, content=BAD):
        a_share()
        feed = a_mapped_feed()
        load(feed, content)
        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 5 * DAY)
        assert head().phase == "final"
        return feed

    def restate(self, **given):
        said = {"reason": "typing error", "approved_by": "dana", "as_of": APRIL + 20 * DAY}
        return result_restate(period=head(), **said | given)

    def test_a_late_row_is_kept_and_flags_the_period_and_changes_no_figure(self):
        feed = self.final()

        load(feed, csv(["2,2026-03-09,yes"]), at=APRIL + 10 * DAY)
        sweep(as_of=APRIL + 10 * DAY)

        assert figures()["2026-03"] == ("final", "BELOW_MINIMUM", "0", 1)
        assert head().has_late_rows

    def test_the_flag_goes_when_the_late_row_is_taken_back(self):
        feed = self.final()
        for content in (GOOD, BAD + "\n"):
            load(feed, content, at=APRIL + 10 * DAY)
            sweep(as_of=APRIL + 10 * DAY)
            assert head().has_late_rows is (content == GOOD)

    def test_a_late_attestation_flags_only_what_it_changes(self):
        feed = self.final()

        deliver(feed, BAD, complete_through=date(2026, 3, 31), at=APRIL + 10 * DAY)
        sweep(as_of=APRIL + 10 * DAY)

        assert not head("2026-03").has_late_rows
        assert head("2026-02").has_late_rows

    def test_a_restatement_appends_a_revision_and_keeps_the_old_one(self):
        feed = self.final()
        load(feed, GOOD, at=APRIL + 10 * DAY)
        sweep(as_of=APRIL + 10 * DAY)

        self.restate()

        assert figures()["2026-03"] == ("restated", "MET", "100", 2)
        assert not head().has_late_rows
        kept = ResultRevision.objects.filter(period=head()).order_by("number")
        assert list(kept.values_list("number", "value", "reason", "approved_by")) == [
            (1, "0", "", ""),
            (2, "100", "typing error", "dana"),
        ]

    def test_it_moves_the_breach_case_both_ways(self):
        feed = self.final()
        for content, state in [(GOOD, "withdrawn"), (BAD + "\n", "open")]:
            load(feed, content, at=APRIL + 10 * DAY)
            sweep(as_of=APRIL + 10 * DAY)
            self.restate()
            assert case_states() == {"2026-03": state}
        assert steps() == [
            ("", "provisional", 1),
            ("provisional", "open", 1),
            ("open", "withdrawn", 2),
            ("withdrawn", "open", 3),
        ]

    def test_a_restatement_that_changes_nothing_appends_nothing(self):
        self.final()

        assert self.restate() is None
        assert figures()["2026-03"] == ("final", "BELOW_MINIMUM", "0", 1)

    @pytest.mark.parametrize(
        "given", [{"reason": " "}, {"approved_by": ""}, {"reason": "", "approved_by": ""}]
    )
    def test_it_needs_a_reason_and_an_approver(self, given):
        feed = self.final()
        load(feed, GOOD, at=APRIL + 10 * DAY)

        with pytest.raises(RestatementError, match="needs a reason and an approver"):
            self.restate(**given)

    def test_it_waits_for_a_delivery_that_is_being_read(self):
        feed = self.final()
        deliver(feed, GOOD)

        with pytest.raises(RestatementError, match="a delivery of its feed is being read"):
            self.restate()

    def test_an_open_figure_follows_its_rows_by_itself(self):
        self.final()

        with pytest.raises(RestatementError, match="is running: only a final figure is restated"):
            result_restate(
                period=head("2026-04"), reason="r", approved_by="dana", as_of=APRIL + 20 * DAY
            )


class TestBreachCases:
    def test_a_failure_is_provisional_in_grace_and_opens_when_it_is_final(self):
        a_share()
        load(a_mapped_feed(), BAD)
        sweep(as_of=APRIL)
        assert case_states() == {"2026-03": "provisional"}

        sweep(as_of=APRIL + 5 * DAY)

        assert case_states() == {"2026-03": "open"}
        assert steps() == [("", "provisional", 1), ("provisional", "open", 1)]
        assert BreachCase.objects.get().severity == "major"

    def test_a_running_period_has_none_however_bad_it_looks(self):
        a_share()
        load(a_mapped_feed(), BAD, at=MARCH + 5 * DAY)

        sweep(as_of=MARCH + 5 * DAY)

        assert figures()["2026-03"][:2] == ("running", "BELOW_MINIMUM")
        assert case_states() == {}

    def test_what_is_cured_in_grace_is_withdrawn_and_reopens_if_it_fails_again(self):
        a_share()
        feed = a_mapped_feed()
        for content in (BAD, GOOD, BAD + "\n"):
            load(feed, content)
            sweep(as_of=APRIL)

        assert case_states() == {"2026-03": "provisional"}
        assert BreachCase.objects.count() == 1
        assert steps() == [
            ("", "provisional", 1),
            ("provisional", "withdrawn", 2),
            ("withdrawn", "provisional", 3),
        ]

    def test_a_withdrawn_case_stays_withdrawn_at_the_end_of_grace(self):
        a_share()
        feed = a_mapped_feed()
        for content in (BAD, GOOD):
            load(feed, content)
            sweep(as_of=APRIL)

        sweep(as_of=APRIL + 5 * DAY)

        assert case_states() == {"2026-03": "withdrawn"}
        assert len(steps()) == 2

    @pytest.mark.parametrize("settled", ["waived", "resolved"])
    def test_a_case_that_people_settled_stays_settled(self, settled):
        feed = TestAfterTheEnd().final()
        case = BreachCase.objects.get()
        CaseTransition.objects.create(
            case=case, revision=head().current, from_state="open", to_state=settled, by="dana"
        )
        scope = "credit" if settled == "waived" else ""
        BreachCase.objects.update(state=settled, waiver_scope=scope)
        for content in (csv(["1,2026-03-02,no", "2,2026-03-02,no"]), GOOD + "2,2026-03-02,yes\n"):
            load(feed, content, at=APRIL + 10 * DAY)
            sweep(as_of=APRIL + 10 * DAY)
            TestAfterTheEnd().restate()
            assert case_states() == {"2026-03": settled}

    @pytest.mark.parametrize(
        ("level", "status"),
        [
            ({"enforced_from": date(2026, 4, 1)}, "BELOW_MINIMUM"),
            ({"kind": "reporting"}, "BELOW_MINIMUM"),
            (None, "NO_TARGET"),
        ],
    )
    def test_a_figure_without_consequence_has_none(self, level, status):
        a_share(level=level)
        load(a_mapped_feed(), BAD)

        sweep(as_of=APRIL)

        assert figures()["2026-03"][1] == status
        assert case_states() == {}

    def test_missing_only_the_expected_level_of_two_is_no_case(self):
        a_share(level={"expected": "95", "minimum": "50"})
        load(a_mapped_feed(), csv(["1,2026-03-02,no", "2,2026-03-02,yes"]))

        sweep(as_of=APRIL)

        assert figures()["2026-03"][1] == "BELOW_EXPECTED"
        assert case_states() == {}

    def test_no_data_is_one_where_the_clause_says_so(self):
        a_share(level={"no_data_is": "breached"})

        sweep(as_of=APRIL)

        assert case_states() == dict.fromkeys(["2026-01", "2026-02", "2026-03"], "provisional")
