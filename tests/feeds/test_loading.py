"""What deliveries leave behind, row by row: nothing twice, nothing lost, nothing half."""

from datetime import date

import pytest

from metrics.models import FeedItem, Ingestion, Observation, ObservationHistory
from tests.feeds.arriving import (
    DESK,
    HEADER,
    MOVING,
    TWO,
    a_mapped_feed,
    a_share,
    counts,
    csv,
    deliver,
    evaluate,
    figures,
    in_force,
    load,
    marked_months,
    superseded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


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
