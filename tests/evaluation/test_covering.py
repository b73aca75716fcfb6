"""How complete the data of a period is, and what a late delivery does."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.evaluation.restating import result_restate
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.evaluation.work import work_all
from metrics.feeds.attestation import attested_through
from metrics.feeds.schedules import schedule_set
from metrics.feeds.undoing import undo_request
from metrics.models import DirtyPeriod, Kpi, ResultRevision
from metrics.portfolio.services.feeds import feed_change
from tests.evaluation.looking import DAY, case_states, head
from tests.feeds.arriving import APRIL, DESK, a_mapped_feed, a_share, csv, figures, load

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
NOON = time(12)
NINE_TENTHS = {"level": {"min_coverage": "90"}}
LATE = {"level": {"late_report_is": "breached"}}
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]


def at(day: int, hour: int = 12, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def owing(every="month", since=FIRST, **more):
    """The feed of a KPI, which owes from March on; due on the day after, with an hour of grace."""
    feed = a_mapped_feed(DESK | {"targets": DESK["targets"]})
    feed.feed_kpis.create(kpi=Kpi.objects.get(code="sla"))
    schedule_set(feed=feed, valid_from=since, every=every, **{"grace_hours": 1} | more)
    return feed


def a_row(day: int, month: int = 3) -> str:
    return csv([f"{month}-{day},2026-{month:02}-{day:02},yes"])


def status(label="2026-03"):
    return figures()[label][1]


class TestCoverage:
    pytestmark = pytest.mark.usefixtures("sound")

    def test_what_is_merely_due_lowers_nothing_and_what_is_overdue_does(self):
        a_share(**NINE_TENTHS)
        feed = owing()
        load(feed, a_row(2), at=at(20, month=3))  # before the month ended: not what is owed

        sweep(as_of=at(1, 12))
        assert status() == "MET"

        sweep(as_of=at(1, 13))
        assert status() == "INCOMPLETE"
        assert head().current.body["circumstances"] == {"coverage": "0"}

        load(feed, a_row(9), at=at(2))
        sweep(as_of=at(2))
        assert status() == "MET"

    def test_the_share_is_of_the_deliveries_of_all_feeds_by_the_days_they_share(self):
        a_share(level={"min_coverage": "70"})
        weekly = owing("week", since=date(2026, 2, 23))  # 23 Feb..1 Mar to 30 Mar..5 Apr
        for day in (2, 9, 16):
            load(weekly, a_row(day), at=datetime(2026, 3, day + 7, 1, tzinfo=UTC))
        sweep(as_of=APRIL)
        assert head().current.body["circumstances"] == {"coverage": "3/5"}
        assert status() == "INCOMPLETE"

        load(weekly, csv(["x,2026-02-27,yes"]), at=APRIL)  # covers 1 March too
        sweep(as_of=APRIL)
        assert head().current.body["circumstances"] == {"coverage": "4/5"}
        assert status() == "MET"

    def test_an_attestation_covers_what_it_attests(self):
        a_share(**NINE_TENTHS)
        feed = owing("day")
        sweep(as_of=at(3))
        load(feed, a_row(2), at=at(3), complete_through=LAST)
        sweep(as_of=at(3))
        assert head().current.body["circumstances"] == {"coverage": "1"}
        assert status() == "MET"

    def test_undoing_a_delivery_uncovers_its_period(self):
        a_share(**NINE_TENTHS)
        feed = owing()
        kept = load(feed, csv(["1,2026-03-05,yes"]), at=at(20, month=3))
        came = load(feed, a_row(9), at=at(1))
        sweep(as_of=at(2))
        assert status() == "MET"
        assert kept.pk != came.pk

        undo_request(ingestion=came, reason="wrong month", asked_by=None, as_of=at(2))
        work_all(as_of=at(2))
        assert status() == "INCOMPLETE"

    def test_other_duties_count_from_the_day_they_are_stated(self):
        a_share(**NINE_TENTHS)
        feed = owing()
        load(feed, a_row(2), at=at(1))
        sweep(as_of=at(2))
        assert status() == "MET"

        schedule_set(feed=feed, valid_from=date(2026, 3, 30), every="day")
        sweep(as_of=at(2))
        assert head().current.body["circumstances"] == {"coverage": "1/3"}  # not 30 and 31 March

        sweep(as_of=at(4))
        assert head("2026-04").current.body["circumstances"] == {"coverage": "0"}

    def test_an_archived_feed_owes_nothing_more(self):
        a_share(**NINE_TENTHS)
        feed = owing()
        load(feed, a_row(2), at=at(20, month=3))
        sweep(as_of=at(2))
        assert status() == "INCOMPLETE"

        feed_change(feed=feed, archived_at=at(2))
        sweep(as_of=at(2))
        assert status() == "MET"

    def test_a_feed_that_first_reaches_a_kpi_owes_for_its_open_figures_too(self):
        kpi = a_share(**NINE_TENTHS)
        load(a_mapped_feed(DESK), a_row(2), at=at(1))
        sweep(as_of=at(2))
        assert status() == "MET"

        second = a_mapped_feed(DESK, code="second")
        schedule_set(feed=second, valid_from=date(2026, 2, 1), every="month", grace_hours=1)
        load(second, a_row(9, month=4), at=at(10))  # nothing of it lies in March
        assert second.feed_kpis.get().kpi == kpi
        work_all(as_of=at(10))
        assert head("2026-02").current.body["circumstances"] == {"coverage": "0"}
        assert status() == "INCOMPLETE"

    def test_a_level_that_asks_for_nothing_is_not_told_of_it(self):
        a_share()
        feed = owing()
        load(feed, a_row(2), at=at(20, month=3))
        sweep(as_of=at(3))
        assert figures()["2026-03"] == ("provisional", "MET", "100", 1)
        assert "circumstances" not in head().current.body


class TestLate:
    pytestmark = pytest.mark.usefixtures("sound")

    def test_what_comes_late_is_a_default_however_good_it_is(self):
        a_share(**LATE)
        feed = owing()
        sweep(as_of=at(1))
        load(feed, a_row(2), at=at(1, 13) + timedelta(microseconds=1))
        sweep(as_of=at(2))

        assert status() == "BELOW_MINIMUM"
        assert head().current.consequence == "default"
        assert case_states() == {"2026-03": "provisional"}
        assert any("came late" in step for step in head().current.body["steps"])

    def test_in_time_is_up_to_the_end_of_its_grace(self):
        a_share(**LATE)
        load(owing(), a_row(2), at=at(1, 13))
        sweep(as_of=at(5))
        assert status() == "MET"

    def test_what_never_comes_is_a_default_once_it_is_overdue(self):
        a_share(**LATE)
        owing()
        sweep(as_of=at(1))
        assert (status(), head().current.consequence) == ("NO_DATA", "none")
        sweep(as_of=at(1, 13))
        assert (status(), head().current.consequence) == ("NO_DATA", "default")
        assert case_states()["2026-03"] == "provisional"

    def test_rows_in_time_count_although_they_are_attested_late(self):
        a_share(**LATE)
        feed = owing()
        load(feed, a_row(2), at=at(1, 11))
        load(feed, a_row(3), at=at(5), complete_through=LAST)
        sweep(as_of=at(5))
        assert status() == "MET"

    def test_overdue_after_the_figure_is_final_flags_it_and_waits(self):
        a_share(**LATE, definition={"grace_days": 1})
        feed = owing(due_days=10)
        load(feed, a_row(2), at=at(20, month=3))
        sweep(as_of=APRIL)
        sweep(as_of=at(3))
        assert figures()["2026-03"][:2] == ("final", "MET")

        sweep(as_of=at(11))
        assert figures()["2026-03"][:2] == ("final", "MET")
        assert head().has_late_rows

        result_restate(period=head(), reason="never came", approved_by="dana", as_of=at(12))
        assert figures()["2026-03"][:2] == ("restated", "BELOW_MINIMUM")
        assert case_states() == {"2026-03": "open"}


class TestAttesting:
    """Nothing happened is not nothing arrived."""

    pytestmark = pytest.mark.usefixtures("sound")

    @pytest.mark.parametrize(
        ("measure", "attested", "expected"),
        [
            ("count", True, ("MET", "0")),
            ("count", False, ("NO_DATA", "")),
            ("ratio", True, ("NO_ACTIVITY", "")),
        ],
        ids=["nil-return", "nothing-arrived", "attested-but-empty-ratio"],
    )
    def test_vectors(self, measure, attested, expected):
        unit = {"count": "items", "ratio": "percent"}[measure]
        level = {"operator": "<=", "expected": "0"} if measure == "count" else {}
        kpi = a_share(definition={"measure": measure, "unit": unit}, level=level)
        target = {"kpi": "sla"} if measure == "count" else DESK["targets"][0]
        feed = a_mapped_feed(DESK | {"targets": [target]})
        feed.feed_kpis.create(kpi=kpi)
        load(feed, csv([]), at=at(2), complete_through=LAST if attested else None)
        sweep(as_of=at(2))
        assert attested_through([kpi.pk]) == ({kpi.pk: LAST} if attested else {})
        assert figures()["2026-03"][1:3] == expected


def test_verify_tells_of_coverage_that_was_tampered_with():
    a_share(**NINE_TENTHS)
    feed = owing()
    load(feed, a_row(2), at=at(1))
    sweep(as_of=at(2))
    assert not list(verify_all())

    revision = ResultRevision.objects.get(period=head())
    revision.body["circumstances"]["coverage"] = "1/2"
    revision.save()
    assert "status" in {found.what for found in verify_all()}

    revision.body["circumstances"]["coverage"] = "1"
    revision.save()
    feed.schedules.update(valid_from=date(2026, 1, 1))  # nobody marked anything
    assert not DirtyPeriod.objects.exists()
    assert {found.where for found in verify_all()} == {"sla 2026-01", "sla 2026-02"}


_WEEKS = (2, 9, 16, 23)


@settings(deadline=None, max_examples=8)
@given(order=st.permutations(_WEEKS), sweeps=st.sets(st.sampled_from(_WEEKS)))
def test_the_outcome_does_not_depend_on_the_order_of_arrival(order, sweeps):
    """Each file came at its own time; in which order they were read does not matter."""
    with transaction.atomic():
        a_share(level={"min_coverage": "80", "late_report_is": "breached"})
        feed = owing("week", since=date(2026, 3, 2))
        for day in order:
            load(feed, a_row(day), at=datetime(2026, 3, day, 1, tzinfo=UTC) + 7 * DAY)
            if day in sweeps:
                sweep(as_of=APRIL)
        sweep(as_of=APRIL)
        assert head().current.body["circumstances"] == {"coverage": "1"}
        assert status() == "MET"
        assert not list(verify_all())
        transaction.set_rollback(True)
