"""What time alone brings about: empty periods, grace, final figures, and amended terms."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from metrics.engine import to_us
from metrics.evaluation import sweeping
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.work import work_all
from metrics.feeds.marks import append_marks
from metrics.models import Kpi, KpiPeriod
from tests.evaluation.looking import BAD, DAY, GOOD, case_states, head
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


class TestOutOfOrder:
    def test_a_sweep_as_of_an_earlier_day_takes_no_kpi_back(self):
        kpi = a_share()
        sweep(as_of=APRIL)
        Kpi.objects.update(next_tick_at=MARCH)

        sweep(as_of=MARCH)

        kpi.refresh_from_db()
        assert kpi.visited_until == APRIL
        assert kpi.next_tick_at == APRIL

    def test_figures_with_news_keep_no_others_from_becoming_final(self, monkeypatch):
        monkeypatch.setattr(sweeping, "_SLICE", 1)
        news, quiet = a_share("a"), a_share("b")
        sweep(as_of=APRIL)
        append_marks(np.array([news.pk]), np.array([to_us(MARCH)]))

        while sweeping._finish_some(APRIL + 5 * DAY):
            pass

        phases = {kpi.code: kpi.periods.get(label="2026-03").phase for kpi in (news, quiet)}
        assert phases == {"a": "provisional", "b": "final"}


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
