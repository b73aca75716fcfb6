"""What deliveries leave behind, row by row: nothing twice, nothing lost, nothing half."""

from datetime import date, timedelta

import pytest

from metrics.feeds.quarantine import reject_groups
from metrics.models import DirtyPeriod, FeedItem, Ingestion, Observation, ObservationHistory
from tests.feeds.arriving import (
    APRIL,
    DESK,
    EPOCH,
    MOVING,
    a_mapped_feed,
    a_share,
    a_total,
    counts,
    csv,
    deliver,
    evaluate,
    figures,
    in_force,
    load,
    remap,
    superseded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

TWO = csv(["1,2026-03-02,yes", "2,2026-03-03,no"])
HEADER = "number,closed,met,rev,team"


def marked_months(kpi):
    """Marks of a KPI, as the first days of their periods."""
    marks = DirtyPeriod.objects.filter(kpi_id=kpi.pk).order_by("at").values_list("at", flat=True)
    return [(EPOCH + timedelta(microseconds=at)).date() for at in marks]


class TestTheSameAgain:
    def test_equal_bytes_are_one_ingestion_and_say_so(self):
        a_share()
        feed = a_mapped_feed()
        first, second = deliver(feed, TWO), deliver(feed, TWO, filename="again.csv")

        assert (first.repeated, second.repeated) == (False, True)
        assert first.ingestion_id == second.ingestion_id
        assert Ingestion.objects.count() == 1

    def test_equal_rows_in_other_bytes_are_duplicates_without_a_new_revision(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, TWO)
        evaluate()
        before = figures()

        again = load(feed, csv(["2,2026-03-03,no", "1,2026-03-02,yes"]))

        assert counts(again) == {"read": 2, "duplicate": 2}
        assert evaluate() == 0
        assert figures() == before == {"2026-03": ("provisional", "BELOW_MINIMUM", "50", 1)}
        assert superseded() == []

    def test_a_cumulative_file_adds_only_what_is_new(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, TWO)

        grown = load(feed, TWO + "3,2026-03-04,yes\n")

        assert counts(grown) == {"read": 3, "accepted": 1, "duplicate": 2}
        assert in_force() == [
            ("sla", "1", "2026-03-02", 1, 1),
            ("sla", "2", "2026-03-03", 0, 1),
            ("sla", "3", "2026-03-04", 1, 1),
        ]


class TestACorrection:
    def test_one_corrected_row_costs_one_period_and_keeps_what_was(self):
        kpi = a_share()
        feed = a_mapped_feed()
        load(feed, csv(["1,2026-02-02,yes", "2,2026-03-03,no", "3,2026-03-04,yes"]))
        evaluate()

        second = load(feed, csv(["1,2026-02-02,yes", "2,2026-03-03,yes", "3,2026-03-04,yes"]))

        assert counts(second) == {"read": 3, "corrected": 1, "duplicate": 2}
        assert marked_months(kpi) == [date(2026, 3, 1)] * 1
        assert evaluate() == 1
        assert figures() == {
            "2026-02": ("provisional", "MET", "100", 1),
            "2026-03": ("provisional", "MET", "100", 2),
        }
        assert superseded() == [("sla", "2", "2026-03-03", 0, 1)]

    def test_a_row_that_moves_to_another_period_touches_both(self):
        kpi = a_share()
        feed = a_mapped_feed()
        load(feed, csv(["1,2026-02-27,yes"]))
        evaluate()

        load(feed, csv(["1,2026-03-01,yes"]))

        assert marked_months(kpi) == [date(2026, 2, 1), date(2026, 3, 1)]
        assert in_force() == [("sla", "1", "2026-03-01", 1, 1)]
        evaluate()
        assert figures()["2026-02"][1:] == ("NO_DATA", "", 2)

    def test_the_history_names_who_loaded_and_who_replaced(self):
        a_share()
        feed = a_mapped_feed()
        first, second = load(feed, TWO), load(feed, csv(["1,2026-03-02,no"]))

        (row,) = ObservationHistory.objects.all()
        assert (row.loaded_by, row.superseded_by) == (first.pk, second.pk)
        assert Observation.objects.get(ref="1").load_id == second.pk


class TestInOneFile:
    def test_equal_rows_are_duplicates_and_other_contents_conflict(self):
        a_share()
        rows = ["1,2026-03-02,yes", "1,2026-03-02,yes", "1,2026-03-02,no", "2,2026-03-02,no"]

        ingestion = load(a_mapped_feed(), csv(rows))

        assert counts(ingestion) == {"read": 4, "accepted": 2, "duplicate": 1, "conflicting": 1}
        assert in_force() == [
            ("sla", "1", "2026-03-02", 1, 1),
            ("sla", "2", "2026-03-02", 0, 1),
        ]

    def test_the_same_holds_when_they_stand_in_different_parts(self, in_parts):
        in_parts(2)
        a_share()
        rows = ["1,2026-03-02,yes", "2,2026-03-02,no", "1,2026-03-02,yes", "1,2026-03-02,no"]

        ingestion = load(a_mapped_feed(), csv(rows))

        assert counts(ingestion) == {"read": 4, "accepted": 2, "duplicate": 1, "conflicting": 1}
        assert len(in_force()) == 2

    def test_revisions_of_an_item_settle_on_the_highest_whatever_their_order(self):
        a_share("desk-sla")
        rows = ["1,2026-03-02,no,2,desk", "1,2026-03-02,yes,3,desk", "1,2026-03-02,no,1,desk"]

        ingestion = load(a_mapped_feed(MOVING), csv(rows, HEADER))

        assert counts(ingestion) == {"read": 3, "accepted": 1, "corrected": 1, "stale": 1}
        assert in_force() == [("desk-sla", "1", "2026-03-02", 1, 1)]


class TestImmutableRows:
    def test_other_content_conflicts_and_the_first_stays(self):
        a_share()
        feed = a_mapped_feed(revision="immutable")
        load(feed, TWO)

        second = load(feed, csv(["1,2026-03-02,no", "2,2026-03-03,no", "3,2026-03-03,no"]))

        assert counts(second) == {"read": 3, "accepted": 1, "conflicting": 1, "duplicate": 1}
        assert in_force()[0] == ("sla", "1", "2026-03-02", 1, 1)
        assert superseded() == []


class TestAnItemThatMoves:
    def test_it_takes_its_observations_away_from_the_kpi_it_leaves(self):
        old, new = a_share("desk-sla"), a_share("field-sla")
        feed = a_mapped_feed(MOVING)
        load(feed, csv(["1,2026-03-02,yes,1,desk", "2,2026-03-02,yes,1,desk"], HEADER))
        evaluate()

        moved = load(feed, csv(["1,2026-03-02,no,2,field"], HEADER))

        assert counts(moved) == {"read": 1, "corrected": 1}
        assert in_force() == [
            ("desk-sla", "2", "2026-03-02", 1, 1),
            ("field-sla", "1", "2026-03-02", 0, 1),
        ]
        assert superseded() == [("desk-sla", "1", "2026-03-02", 1, 1)]
        assert (marked_months(old), marked_months(new)) == ([date(2026, 3, 1)], [date(2026, 3, 1)])

    def test_an_older_revision_that_comes_late_moves_nothing_back(self):
        a_share("desk-sla")
        a_share("field-sla")
        feed = a_mapped_feed(MOVING)
        load(feed, csv(["1,2026-03-02,no,2,field"], HEADER))

        late = load(feed, csv(["1,2026-03-02,yes,1,desk"], HEADER))

        assert counts(late) == {"read": 1, "stale": 1}
        assert in_force() == [("field-sla", "1", "2026-03-02", 0, 1)]

    def test_equal_content_at_a_higher_revision_is_remembered(self):
        a_share("desk-sla")
        feed = a_mapped_feed(MOVING)
        load(feed, csv(["1,2026-03-02,yes,1,desk"], HEADER))
        load(feed, csv(["1,2026-03-02,yes,5,desk"], HEADER))

        between = load(feed, csv(["1,2026-03-02,no,3,desk"], HEADER))

        assert counts(between) == {"read": 1, "stale": 1}
        assert FeedItem.objects.get().revision == 5
        assert Observation.objects.get().revision == 5


class TestAFilter:
    MAPPING = {
        "revision": "rev",
        "where": 'state == "closed"',
        "targets": DESK["targets"],
    }
    HEADER = "number,closed,met,rev,state"

    def test_rows_it_drops_are_counted_and_leave_nothing(self):
        a_share()
        rows = ["1,2026-03-02,yes,1,closed", "2,2026-03-02,yes,1,open"]

        ingestion = load(a_mapped_feed(**self.MAPPING), csv(rows, self.HEADER))

        assert counts(ingestion) == {"read": 2, "accepted": 1, "filtered": 1}
        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]

    def test_a_newer_revision_that_it_drops_withdraws_the_item(self):
        kpi = a_share()
        feed = a_mapped_feed(**self.MAPPING)
        load(feed, csv(["1,2026-03-02,yes,1,closed"], self.HEADER))
        evaluate()

        reopened = load(feed, csv(["1,2026-03-02,yes,2,open"], self.HEADER))

        assert counts(reopened) == {"read": 1, "filtered": 1}
        assert in_force() == []
        assert superseded() == [("sla", "1", "2026-03-02", 1, 1)]
        assert marked_months(kpi) == [date(2026, 3, 1)]

    def test_an_older_revision_that_it_drops_withdraws_nothing(self):
        a_share()
        feed = a_mapped_feed(**self.MAPPING)
        load(feed, csv(["1,2026-03-02,yes,2,closed"], self.HEADER))

        late = load(feed, csv(["1,2026-03-02,yes,1,open"], self.HEADER))

        assert counts(late) == {"read": 1, "stale": 1}
        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]


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


class TestQuarantine:
    def test_bad_rows_are_kept_with_their_place_and_the_way_out(self):
        a_total("hours")
        feed = a_mapped_feed(targets=[{"kpi": "hours", "value": "hours"}])
        rows = ["1,2026-03-02,4", "2,2026-02-30,4", "3,2026-03-02,0x1F", "4,2026-03-02,1e309"]

        ingestion = load(feed, csv(rows, "number,closed,hours"))

        assert counts(ingestion) == {"read": 4, "accepted": 1, "quarantined": 3}
        listed = list(ingestion.rejects.values_list("line", "column", "value"))
        assert listed == [
            (3, "closed", "2026-02-30"),
            (4, "hours", "0x1F"),
            (5, "hours", "1e309"),
        ]
        assert all(row.message and row.hint for row in ingestion.rejects.all())

    def test_they_are_grouped_as_the_same_error_times_n(self):
        a_total("hours")
        feed = a_mapped_feed(targets=[{"kpi": "hours", "value": "hours"}])
        rows = [f"{n},2026-03-02,many" for n in range(3)] + ["9,2026-02-30,4"]

        groups = reject_groups(load(feed, csv(rows, "number,closed,hours")))

        assert [(g.column, g.rows, g.first_line, g.value) for g in groups] == [
            ("hours", 3, 2, "many"),
            ("closed", 1, 5, "2026-02-30"),
        ]

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("a\x00b", "1,2026-03-02,a\\0b"),
            ("漢字 🙂 \u202e", "漢字 🙂 \u202e"),
            ("<img onerror=1>", "<img onerror=1>"),
            ("x" * 300, "x" * 199 + "…"),
        ],
    )
    def test_odd_text_is_kept_as_a_person_can_read_it(self, sent, kept):
        a_total("hours")
        feed = a_mapped_feed(targets=[{"kpi": "hours", "value": "hours"}])

        ingestion = load(feed, csv([f"1,2026-03-02,{sent}"], "number,closed,hours"))

        (row,) = ingestion.rejects.all()
        assert row.value == kept

    @pytest.mark.parametrize("sent", ["\\ud800", "\\u0000", "\\udc00\\ud800"])
    def test_half_a_character_in_json_is_no_reason_to_fail(self, sent):
        a_total("hours")
        feed = a_mapped_feed(
            format={"type": "ndjson"}, targets=[{"kpi": "hours", "value": "hours"}]
        )
        line = '{"number": "%s", "closed": "2026-03-02", "hours": "%s"}\n'

        ingestion = load(feed, line % (sent, "1") + line % ("2", sent) + line % ("3", "4"))

        assert ingestion.status == "done"
        assert counts(ingestion)["accepted"] >= 1
        assert ingestion.read == 3
        evaluate()
        assert in_force()[-1] == ("hours", "3", "2026-03-02", 4)


class TestARejectedFile:
    BROKEN = 'number,closed,met\n1,2026-03-02,yes\n2,2026-03-02,"no\n'

    def test_it_leaves_nothing_visible(self):
        a_share()

        ingestion = load(a_mapped_feed(), self.BROKEN)

        assert ingestion.status == "rejected"
        assert ingestion.error["message"]
        assert ingestion.error["hint"]
        assert counts(ingestion) == {}
        assert in_force() == []
        assert not DirtyPeriod.objects.exists()
        assert not ingestion.chunks.exists()

    def test_the_same_bytes_are_tried_again_when_they_come_again(self):
        a_share()
        feed = a_mapped_feed()
        first = load(feed, self.BROKEN)

        second = load(feed, self.BROKEN)

        assert second.pk != first.pk
        assert (second.attempt_of, second.status) == (1, "rejected")

    def test_a_mended_mapping_takes_the_bytes_it_could_not_take_before(self):
        a_share()
        feed = a_mapped_feed(targets=[{"kpi": "slo", "good": 'met == "yes"', "valid": 1}])
        first = load(feed, TWO)
        remap(feed, DESK)

        second = load(feed, TWO)

        assert first.status == "rejected"
        assert "'slo'" in first.error["message"]
        assert "sla" in first.error["message"]
        assert counts(second) == {"read": 2, "accepted": 2}

    def test_a_nul_in_what_is_wrong_with_it_is_kept_readable(self):
        a_share()

        ingestion = load(a_mapped_feed(), "number,clo\x00sed,met,met\n1,2026-03-02,yes,no\n")

        assert ingestion.status == "rejected"
        assert "\x00" not in str(ingestion.error)

    @pytest.mark.parametrize("filename", ["../../etc/x.csv", "a\x00b.csv", "half \udc80.csv"])
    def test_the_senders_name_for_it_is_only_ever_shown(self, filename):
        a_share()

        delivery = deliver(a_mapped_feed(), TWO, filename=filename)

        assert "/" not in delivery.filename
        assert delivery.ingestion.path == f"deliveries/{delivery.ingestion.sha256[:2]}/" + (
            delivery.ingestion.sha256
        )


def test_an_unknown_kpi_code_in_a_row_sets_only_that_row_aside():
    a_share("desk-sla")

    rows = ["1,2026-03-02,yes,1,desk", "2,2026-03-02,yes,1,space"]
    ingestion = load(a_mapped_feed(MOVING), csv(rows, HEADER))

    assert counts(ingestion) == {"read": 2, "accepted": 1, "quarantined": 1}
    (row,) = ingestion.rejects.all()
    assert (row.line, "space-sla" in f"{row.message} {row.value} {row.hint}") == (3, True)


def test_sums_beyond_eight_bytes_are_exact():
    a_total("volume")
    feed = a_mapped_feed(targets=[{"kpi": "volume", "value": "hours"}])
    numbers = [9_000_000_000_000_000_000, 9_000_000_000_000_000_001, -5, 2**62]
    rows = [f"{n},2026-03-02,{number}" for n, number in enumerate(numbers)]

    ingestion = load(feed, csv(rows, "number,closed,hours"))
    evaluate(APRIL)

    assert counts(ingestion) == {"read": 4, "accepted": 4}
    assert figures("volume")["2026-03"][2] == str(sum(numbers))


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

    def test_the_months_a_correction_takes_it_out_of_are_computed_anew(self):
        kpi, feed = self.feed()
        load(feed, csv(["1,2026-01-31T23:00:00,2026-03-01T01:00:00"], self.HEADER))
        evaluate()

        load(feed, csv(["1,2026-01-31T23:00:00,2026-01-31T23:30:00"], self.HEADER))

        assert marked_months(kpi) == [date(2026, month, 1) for month in (1, 2, 3)]
