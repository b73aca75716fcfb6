"""Rows that are set aside and files that are refused: kept readable, with the way out."""

import pytest

from metrics.feeds.quarantine import reject_groups
from metrics.models import DirtyPeriod
from tests.feeds.arriving import (
    DESK,
    HEADER,
    MOVING,
    TWO,
    a_mapped_feed,
    a_share,
    a_total,
    counts,
    csv,
    deliver,
    evaluate,
    in_force,
    load,
    remap,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


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
