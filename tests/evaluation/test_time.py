"""What time alone brings about: empty periods, grace, final figures, and what comes after."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from metrics.evaluation.restating import RestatementError, result_restate
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.work import work_all
from metrics.models import BreachCase, CaseTransition, Ingestion, KpiPeriod, ResultRevision
from tests.factories import a_level
from tests.feeds.arriving import (
    APRIL,
    MARCH,
    a_mapped_feed,
    a_share,
    a_total,
    csv,
    deliver,
    figures,
    load,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

DAY = timedelta(days=1)
BAD, GOOD = csv(["1,2026-03-02,no"]), csv(["1,2026-03-02,yes"])


def head(label="2026-03", code="sla"):
    return KpiPeriod.objects.select_related("current").get(kpi__code=code, label=label)


def case_states(code="sla"):
    """label → state of every breach case of a KPI."""
    cases = BreachCase.objects.filter(period__kpi__code=code).order_by("period__starts_at")
    return dict(cases.values_list("period__label", "state"))


def steps():
    """(from, to, revision) of every transition, in order."""
    return list(CaseTransition.objects.values_list("from_state", "to_state", "revision__number"))


class TestEmptyPeriods:
    def test_a_kpi_without_any_row_has_a_figure_for_every_period(self):
        a_share(first_day=date(2026, 1, 15))

        sweep(as_of=APRIL)

        assert figures() == {
            "2026-01-15": ("provisional", "NO_DATA", "", 1),
            "2026-02": ("provisional", "NO_DATA", "", 1),
            "2026-03": ("provisional", "NO_DATA", "", 1),
            "2026-04": ("running", "NO_DATA", "", 1),
        }

    def test_the_next_period_appears_when_it_begins_and_not_before(self):
        a_share()
        sweep(as_of=MARCH)

        sweep(as_of=APRIL - timedelta(seconds=1))
        assert list(figures())[-1] == "2026-03"
        sweep(as_of=APRIL)
        assert list(figures())[-1] == "2026-04"

    def test_a_sweep_that_was_away_for_months_visits_them_all(self):
        a_share()
        sweep(as_of=MARCH)

        sweep(as_of=MARCH + 100 * DAY)

        assert list(figures())[-1] == "2026-06"

    def test_nothing_is_visited_twice(self):
        a_share()
        sweep(as_of=MARCH)

        assert sweep(as_of=MARCH) == 0
        assert sweep(as_of=MARCH + DAY) == 0

    def test_a_kpi_that_ended_gets_no_more_periods(self):
        a_share(last_day=date(2026, 2, 10))

        sweep(as_of=APRIL)
        sweep(as_of=APRIL + 90 * DAY)

        assert list(figures()) == ["2026-01", "2026-02-01"]
        assert {phase for phase, *_ in figures().values()} == {"final"}

    @pytest.mark.parametrize(
        ("make", "attested", "unattested"),
        [
            (lambda: a_total("sla", "count"), ("NO_TARGET", "0"), ("NO_DATA", "")),
            (lambda: a_total("sla", "sum", level={}), ("BELOW_MINIMUM", "0"), ("NO_DATA", "")),
            (lambda: a_total("sla", "mean", level={}), ("NO_ACTIVITY", ""), ("NO_DATA", "")),
            (a_share, ("NO_ACTIVITY", ""), ("NO_DATA", "")),
        ],
    )
    def test_nothing_happened_is_not_nothing_arrived(self, make, attested, unattested):
        measure = make().definitions.get().measure
        role = {"count": {}, "ratio": {"good": 'met == "yes"', "valid": 1}}
        feed = a_mapped_feed(targets=[{"kpi": "sla", **role.get(measure, {"value": "1"})}])
        load(feed, csv([]), complete_through=date(2026, 2, 28))

        sweep(as_of=APRIL)

        assert figures()["2026-02"][1:3] == attested
        assert figures()["2026-03"][1:3] == unattested

    def test_an_attestation_that_comes_alone_is_judged_at_once(self):
        a_total("sla", "count", level={"operator": "<=", "expected": "5"})
        feed = a_mapped_feed(targets=[{"kpi": "sla"}])
        load(feed, csv([]))
        sweep(as_of=APRIL)
        assert figures()["2026-03"] == ("provisional", "NO_DATA", "", 1)

        deliver(feed, csv([]), complete_through=date(2026, 3, 31))
        sweep(as_of=APRIL)

        assert figures()["2026-03"] == ("provisional", "MET", "0", 2)

    def test_a_kpi_of_two_feeds_is_complete_when_both_say_so(self):
        a_total("sla", "count")
        feeds = [a_mapped_feed(code=code, targets=[{"kpi": "sla"}]) for code in ("one", "two")]
        for feed in feeds:
            load(feed, csv([]))
        load(feeds[0], csv([]) + "\n", complete_through=date(2026, 3, 31))
        sweep(as_of=APRIL)
        assert figures()["2026-03"][1] == "NO_DATA"

        load(feeds[1], csv([]) + "\n", complete_through=date(2026, 2, 28))
        sweep(as_of=APRIL)

        assert [figures()[label][1] for label in ("2026-02", "2026-03")] == ["NO_TARGET", "NO_DATA"]


class TestGrace:
    def test_a_figure_runs_then_is_provisional_then_final(self):
        a_share()
        load(a_mapped_feed(), GOOD, at=MARCH + 2 * DAY)

        for as_of, phase in [
            (MARCH + 3 * DAY, "running"),
            (APRIL - timedelta(seconds=1), "running"),
            (APRIL, "provisional"),
            (APRIL + 5 * DAY - timedelta(seconds=1), "provisional"),
            (APRIL + 5 * DAY, "final"),
        ]:
            sweep(as_of=as_of)
            assert (as_of, figures()["2026-03"][0]) == (as_of, phase)
        assert head().final_at == APRIL + 5 * DAY
        assert figures()["2026-03"] == ("final", "MET", "100", 1)

    def test_it_runs_from_the_last_change_of_the_figure_if_that_is_later(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, BAD)
        sweep(as_of=APRIL + DAY)

        load(feed, GOOD, at=APRIL + 4 * DAY)
        sweep(as_of=APRIL + 4 * DAY)
        sweep(as_of=APRIL + 8 * DAY)
        assert figures()["2026-03"][0] == "provisional"

        sweep(as_of=APRIL + 9 * DAY)
        assert figures()["2026-03"] == ("final", "MET", "100", 2)

    def test_history_that_is_loaded_late_and_in_parts_is_never_frozen_half_way(self):
        a_share()
        feed = a_mapped_feed()
        late = APRIL + 300 * DAY
        for number in range(3):
            load(feed, csv([f"{number},2026-03-02,{'yes' if number else 'no'}"]), at=late)
            work_all(as_of=late + number * DAY)
            assert figures()["2026-03"][0] == "provisional"

        sweep(as_of=late + 7 * DAY)

        assert figures()["2026-03"] == ("final", "BELOW_MINIMUM", "200/3", 3)

    def test_history_with_an_older_date_does_not_turn_the_clock_back(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, BAD)
        work_all(as_of=APRIL + DAY)
        assert case_states() == {"2026-03": "provisional"}

        load(feed, csv(["2,2026-03-03,no"]), at=MARCH + 5 * DAY)
        work_all(as_of=MARCH + 5 * DAY)

        assert figures()["2026-03"] == ("provisional", "BELOW_MINIMUM", "0", 2)
        assert case_states() == {"2026-03": "provisional"}
        assert head().current.computed_at >= APRIL
        sweep(as_of=APRIL + 7 * DAY)
        assert figures()["2026-03"][0] == "final"

    def test_a_figure_whose_delivery_is_unread_does_not_become_final(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, BAD)
        sweep(as_of=APRIL)
        deliver(feed, GOOD)

        sweep(as_of=APRIL + 30 * DAY)
        assert figures()["2026-03"][0] == "provisional"

        work_all(as_of=APRIL + 30 * DAY)
        assert figures()["2026-03"] == ("provisional", "MET", "100", 2)

    def test_grace_is_what_the_definition_says(self):
        a_share(definition={"grace_days": 0})
        load(a_mapped_feed(), GOOD)

        sweep(as_of=APRIL)

        assert figures()["2026-03"][0] == "final"


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
        BreachCase.objects.update(state=settled)
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


class TestTerms:
    def test_a_level_judges_the_periods_that_begin_from_its_day_on(self):
        kpi = a_share()
        a_level(kpi, valid_from=date(2026, 3, 2), expected="40")
        rows = [f"{month},2026-0{month}-05,no" for month in (2, 3, 4)]
        rows += [f"1{month},2026-0{month}-05,yes" for month in (2, 3, 4)]
        load(a_mapped_feed(), csv(rows), at=APRIL + 30 * DAY)

        sweep(as_of=APRIL + 30 * DAY)

        assert [figures()[f"2026-0{month}"][1] for month in (2, 3, 4)] == [
            "BELOW_MINIMUM",
            "BELOW_MINIMUM",
            "MET",
        ]

    def test_an_amended_zone_and_period_hold_from_the_next_period(self):
        kpi = a_share()
        line = kpi.definitions.get()
        line.pk, line.valid_from, line.period = None, date(2026, 3, 1), "week"
        line.save()

        sweep(as_of=datetime(2026, 3, 12, tzinfo=UTC))

        assert list(figures())[:3] == ["2026-01", "2026-02", "2026-03-01"]
        heads = KpiPeriod.objects.order_by("starts_at")
        ends = [(a.ends_at, b.starts_at) for a, b in pairwise(heads)]
        assert all(end == start for end, start in ends)


class TestWaiting:
    def test_a_kpi_waits_while_a_delivery_of_its_feed_is_unread(self):
        a_share()
        a_share("other")
        feed = a_mapped_feed()
        load(feed, BAD)
        sweep(as_of=APRIL)
        delivery = deliver(feed, GOOD)
        load(a_mapped_feed(code="more", targets=[{"kpi": "other", "good": "1", "valid": 1}]), BAD)

        sweep(as_of=APRIL + DAY)
        assert figures()["2026-03"] == ("provisional", "BELOW_MINIMUM", "0", 1)
        assert figures("other")["2026-03"][1] == "MET"

        work_all(as_of=APRIL + DAY)
        assert figures()["2026-03"] == ("provisional", "MET", "100", 2)
        assert Ingestion.objects.get(pk=delivery.ingestion_id).status == "done"

    @pytest.mark.parametrize("status", ["received", "running", "parked"])
    def test_its_marks_stay_until_then(self, status):
        a_share()
        feed = a_mapped_feed()
        load(feed, BAD)
        other = deliver(feed, GOOD).ingestion
        Ingestion.objects.filter(pk=other.pk).update(status=status)

        sweep(as_of=APRIL)
        assert figures() == {}

        Ingestion.objects.filter(pk=other.pk).update(status="rejected")
        sweep(as_of=APRIL)
        assert figures()["2026-03"][1] == "BELOW_MINIMUM"


def test_a_definition_that_cannot_be_computed_holds_up_nobody_else():
    a_total("bent", "percentile", definition={"parameters": {"p": "50"}})
    a_share()
    load(a_mapped_feed(), GOOD)

    sweep(as_of=APRIL)

    assert figures("bent")["2026-03"][1:3] == ("INVALID", "")
    assert "write 0.95 for the 95th" in head(code="bent").current.body["details"]["refused"]
    assert figures()["2026-03"][1:3] == ("MET", "100")
