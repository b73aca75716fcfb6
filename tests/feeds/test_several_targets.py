"""What one row leaves with every KPI and every month it reaches."""

from datetime import date, timedelta

import pytest

from tests.feeds.arriving import (
    APRIL,
    DESK,
    TWO,
    a_mapped_feed,
    a_share,
    a_total,
    counts,
    csv,
    evaluate,
    figures,
    in_force,
    load,
    marked_months,
    pass_time,
    remap,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


class TestSeveralKpisFromOneRow:
    TARGETS = [
        *DESK["targets"],
        {"kpi": "hours", "value": "hours", "when": "present(hours)"},
        {"kpi": "handled"},
    ]
    HEADER = "number,closed,met,hours"

    def test_each_gets_its_own_observation_and_mark(self):
        kpis = [a_share(), a_total("hours"), a_total("handled", "count")]
        rows = ["1,2026-03-02,yes,4", "2,2026-03-02,no,"]

        ingestion = load(a_mapped_feed(targets=self.TARGETS), csv(rows, self.HEADER))

        assert counts(ingestion) == {"read": 2, "accepted": 2}
        assert in_force() == [
            ("handled", "1", "2026-03-02"),
            ("handled", "2", "2026-03-02"),
            ("hours", "1", "2026-03-02", 4),
            ("sla", "1", "2026-03-02", 1, 1),
            ("sla", "2", "2026-03-02", 0, 1),
        ]
        assert [marked_months(kpi) for kpi in kpis] == [[date(2026, 3, 1)]] * 3

    def test_a_target_that_no_longer_applies_is_taken_away_alone(self):
        for make in (a_share, lambda: a_total("hours"), lambda: a_total("handled", "count")):
            make()
        feed = a_mapped_feed(targets=self.TARGETS)
        load(feed, csv(["1,2026-03-02,yes,4"], self.HEADER))

        second = load(feed, csv(["1,2026-03-02,yes,"], self.HEADER))

        assert counts(second) == {"read": 1, "corrected": 1}
        assert in_force() == [("handled", "1", "2026-03-02"), ("sla", "1", "2026-03-02", 1, 1)]

    def test_a_skipped_stub_of_one_kpi_keeps_no_row_from_the_others(self):
        begun = date(2026, 3, 10)
        a_share()
        a_total("handled", "count", first_day=begun, definition={"stub": "skip"})
        targets = [*DESK["targets"], {"kpi": "handled"}]

        ingestion = load(
            a_mapped_feed(targets=targets), csv(["1,2026-03-12,yes", "2,2026-03-02,yes"])
        )
        evaluate()

        assert counts(ingestion) == {"read": 2, "accepted": 1, "quarantined": 1}
        assert in_force() == [("handled", "1", "2026-03-12"), ("sla", "1", "2026-03-12", 1, 1)]
        assert figures("sla")["2026-03"][1:3] == ("MET", "100")
        assert figures("handled") == {}

    def test_a_kpi_that_a_later_mapping_adds_gets_the_rows_that_come_again(self):
        a_share()
        a_total("handled", "count")
        feed = a_mapped_feed()
        load(feed, TWO)
        remap(feed, {**DESK, "targets": [*DESK["targets"], {"kpi": "handled"}]})

        again = load(feed, TWO)

        assert counts(again) == {"read": 2, "corrected": 2}
        assert [row[:2] for row in in_force()] == [
            ("handled", "1"),
            ("handled", "2"),
            ("sla", "1"),
            ("sla", "2"),
        ]


class TestOutagesOverMonths:
    MAPPING = {
        "times": {
            "started": {"column": "closed", "format": "iso"},
            "restored": {"column": "until", "format": "iso"},
        },
        "targets": [{"kpi": "uptime", "ends": "restored"}],
    }
    HEADER = "number,closed,until"

    def feed(self):
        kpi = a_total(
            "uptime", "availability", time_field="started", definition={"unit": "percent"}
        )
        return kpi, a_mapped_feed(**self.MAPPING)

    def test_every_month_an_outage_reaches_into_is_computed(self):
        kpi, feed = self.feed()

        load(feed, csv(["1,2026-01-31T23:00:00,2026-03-01T01:00:00"], self.HEADER))

        assert marked_months(kpi) == [date(2026, month, 1) for month in (1, 2, 3)]

    def test_an_open_outage_reaches_to_the_day_it_was_reported(self):
        kpi, feed = self.feed()

        load(feed, csv(["1,2026-01-31T23:00:00,"], self.HEADER), at=APRIL - timedelta(days=20))

        assert marked_months(kpi) == [date(2026, month, 1) for month in (1, 2, 3)]

    def test_an_open_outage_out_of_history_reaches_as_far_as_there_are_figures(self):
        kpi, feed = self.feed()
        pass_time(APRIL)

        load(feed, csv(["1,2026-01-31T23:00:00,"], self.HEADER), at=APRIL - timedelta(days=50))

        assert marked_months(kpi) == [date(2026, month, 1) for month in (1, 2, 3, 4)]

    def test_the_months_a_correction_takes_it_out_of_are_computed_anew(self):
        kpi, feed = self.feed()
        load(feed, csv(["1,2026-01-31T23:00:00,2026-03-01T01:00:00"], self.HEADER))
        evaluate()

        load(feed, csv(["1,2026-01-31T23:00:00,2026-01-31T23:30:00"], self.HEADER))

        assert marked_months(kpi) == [date(2026, month, 1) for month in (1, 2, 3)]


def test_sums_beyond_eight_bytes_are_exact():
    a_total("volume")
    feed = a_mapped_feed(targets=[{"kpi": "volume", "value": "hours"}])
    numbers = [9_000_000_000_000_000_000, 9_000_000_000_000_000_001, -5, 2**62]
    rows = [f"{n},2026-03-02,{number}" for n, number in enumerate(numbers)]

    ingestion = load(feed, csv(rows, "number,closed,hours"))
    evaluate(APRIL)

    assert counts(ingestion) == {"read": 4, "accepted": 4}
    assert figures("volume")["2026-03"][2] == str(sum(numbers))
