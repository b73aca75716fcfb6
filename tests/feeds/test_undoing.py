"""Undoing a delivery: afterwards it is as if it had never come."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.models import AuditEvent
from contracts.services.acting import acting_as
from metrics.evaluation.draining import drain_all
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import verify_all
from metrics.feeds import replaying, running, tables
from metrics.feeds.running import ingestion_run
from metrics.feeds.undoing import undo_request
from metrics.models import FeedItem, Ingestion, KpiPeriod
from tests.factories import a_user
from tests.feeds.arriving import (
    APRIL,
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
    figures,
    in_force,
    load,
    marked_months,
    pass_time,
    remap,
    superseded,
)
from tests.feeds.interrupting import Crash, crash_after, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

WHY = "the export was of another team"


def undo(ingestion, reason=WHY, at=APRIL):
    """Ask for it and carry it out; the undoing as it ended."""
    asked = undo_request(ingestion=ingestion, reason=reason, asked_by=None, as_of=at)
    ingestion_run(ingestion_id=asked.pk)
    return fresh(asked)


class TestWhatItBrought:
    def test_new_rows_are_withdrawn_and_the_figure_follows(self):
        a_share()
        feed = a_mapped_feed()
        first = load(feed, TWO)
        evaluate()

        undone = undo(first)
        evaluate()

        assert undone.status == "done"
        assert in_force() == []
        assert figures()["2026-03"][1] == "NO_DATA"
        assert list(verify_all()) == []

    def test_corrected_rows_go_back_to_what_they_were(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, TWO)
        second = load(feed, csv(["1,2026-03-02,no", "3,2026-03-05,yes"]))
        evaluate()

        undo(second)
        evaluate()

        assert in_force() == [
            ("sla", "1", "2026-03-02", 1, 1),
            ("sla", "2", "2026-03-03", 0, 1),
        ]
        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "50")
        assert list(verify_all()) == []

    def test_what_a_later_delivery_said_stays(self):
        a_share()
        feed = a_mapped_feed()
        first = load(feed, TWO)
        load(feed, csv(["1,2026-03-02,no"]))

        undo(first)

        assert in_force() == [("sla", "1", "2026-03-02", 0, 1)]

    def test_what_a_later_delivery_repeated_is_its_own_now(self):
        a_share()
        feed = a_mapped_feed()
        first = load(feed, TWO)
        again = load(feed, csv(["1,2026-03-02,yes"]))
        assert counts(again) == {"read": 1, "duplicate": 1}

        undo(first)

        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]

    def test_without_reading_the_others_again_that_row_would_be_lost(self, monkeypatch):
        a_share()
        feed = a_mapped_feed()
        first = load(feed, TWO)
        load(feed, csv(["1,2026-03-02,yes"]))
        monkeypatch.setattr(replaying, "_kept", lambda *_: [])

        undo(first)

        assert in_force() == []

    def test_only_periods_it_touched_are_computed_again(self):
        kpi = a_share()
        feed = a_mapped_feed()
        load(feed, csv(["1,2026-02-02,yes"]))
        second = load(feed, csv(["1,2026-02-02,yes", "2,2026-03-03,no"]))
        evaluate()

        undo(second)

        assert set(marked_months(kpi)) == {date(2026, 3, 1)}


class TestRevisions:
    def test_a_revision_that_only_it_knew_is_forgotten(self):
        a_share("desk-sla")
        feed = a_mapped_feed(MOVING)
        load(feed, csv(["1,2026-03-02,yes,1,desk"], HEADER))
        same = load(feed, csv(["1,2026-03-02,yes,5,desk"], HEADER))
        stale = load(feed, csv(["1,2026-03-02,no,3,desk"], HEADER))
        assert counts(stale) == {"read": 1, "stale": 1}

        undo(same)

        assert in_force() == [("desk-sla", "1", "2026-03-02", 0, 1)]
        assert FeedItem.objects.get().revision == 3

    def test_an_item_that_it_moved_moves_back(self):
        a_share("desk-sla")
        a_share("field-sla")
        feed = a_mapped_feed(MOVING)
        load(feed, csv(["1,2026-03-02,yes,1,desk"], HEADER))
        moved = load(feed, csv(["1,2026-03-02,no,2,field"], HEADER))

        undo(moved)

        assert in_force() == [("desk-sla", "1", "2026-03-02", 1, 1)]

    def test_an_item_that_it_withdrew_is_there_again(self):
        a_share()
        mapping = {"revision": "rev", "where": 'state == "closed"'}
        feed, header = a_mapped_feed(**mapping), "number,closed,met,rev,state"
        load(feed, csv(["1,2026-03-02,yes,1,closed"], header))
        reopened = load(feed, csv(["1,2026-03-02,yes,2,open"], header))
        assert in_force() == []

        undo(reopened)

        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]

    def test_of_immutable_rows_the_next_one_counts(self):
        a_share()
        feed = a_mapped_feed(revision="immutable")
        first = load(feed, csv(["1,2026-03-02,yes"]))
        load(feed, csv(["1,2026-03-02,no"]))

        undo(first)

        assert in_force() == [("sla", "1", "2026-03-02", 0, 1)]

    def test_rows_of_an_earlier_mapping_come_back_as_that_read_them(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, csv(["1,2026-03-02,yes"]))
        remap(feed, DESK | {"targets": [{"kpi": "sla", "good": 'met == "no"', "valid": 1}]})
        second = load(feed, csv(["1,2026-03-02,yes", "2,2026-03-02,yes"]))
        assert in_force()[0] == ("sla", "1", "2026-03-02", 0, 1)

        undo(second)

        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]


class TestOnRecord:
    def test_counts_and_the_rows_set_aside_stay_as_they_were(self):
        a_share()
        first = load(a_mapped_feed(), csv(["1,2026-03-02,yes", "2,2026-02-30,no"]))
        before = counts(first)

        undo(first)

        after = fresh(first)
        assert counts(after) == before == {"read": 2, "accepted": 1, "quarantined": 1}
        assert after.rejects.count() == 1
        assert after.undone_at is not None

    def test_who_asked_and_why_is_told(self):
        a_share()
        ada = a_user("ada")
        first = load(a_mapped_feed(), TWO)

        with acting_as(ada):
            asked = undo_request(ingestion=first, reason=WHY, asked_by=ada, as_of=APRIL)

        assert (asked.asked_by, asked.reason) == (ada, WHY)
        event = AuditEvent.objects.get(action="undid")
        assert (event.actor, event.reason) == (ada, WHY)

    def test_a_final_figure_is_only_flagged(self):
        a_share()
        first = load(a_mapped_feed(), TWO)
        pass_time(APRIL)
        pass_time(APRIL.replace(day=20))
        assert figures()["2026-03"][0] == "final"

        undo(first, at=APRIL.replace(day=21))
        evaluate(APRIL.replace(day=21))

        head = KpiPeriod.objects.get(label="2026-03")
        assert head.has_late_rows
        assert figures()["2026-03"][:3] == ("final", "BELOW_MINIMUM", "50")
        assert list(verify_all()) == []

    def test_what_it_attested_is_attested_no_more(self):
        kpi = a_share()
        feed = a_mapped_feed()
        empty = load(feed, csv([]), complete_through=date(2026, 3, 31))
        pass_time(APRIL)
        assert figures()["2026-03"][1] == "NO_ACTIVITY"

        undo(empty)
        assert date(2026, 3, 1) in marked_months(kpi)
        evaluate()

        assert figures()["2026-03"][1] == "NO_DATA"

    def test_figures_wait_until_it_is_carried_out(self):
        a_share()
        first = load(a_mapped_feed(), TWO)
        undo_request(ingestion=first, reason=WHY, asked_by=None, as_of=APRIL)

        assert evaluate() == 0


class TestAgain:
    def test_the_same_bytes_are_a_new_attempt_and_count_again(self):
        a_share()
        feed = a_mapped_feed()
        first = load(feed, TWO)
        undo(first)

        again = deliver(feed, TWO)
        ingestion_run(ingestion_id=again.ingestion_id)

        assert (again.repeated, again.ingestion.attempt_of) == (False, 1)
        assert len(in_force()) == 2
        undo(fresh(again.ingestion))
        assert in_force() == []

    def test_undoing_several_in_turn_leaves_the_rest(self):
        a_share()
        feed = a_mapped_feed()
        first, second = load(feed, TWO), load(feed, csv(["1,2026-03-02,no"]))
        third = load(feed, csv(["1,2026-03-02,yes", "4,2026-03-02,yes"]))
        assert superseded()

        undo(second)
        undo(third)
        assert in_force() == [
            ("sla", "1", "2026-03-02", 1, 1),
            ("sla", "2", "2026-03-03", 0, 1),
        ]
        undo(first)
        assert in_force() == []

    @pytest.mark.parametrize(
        ("prepare", "reason", "said"),
        [
            (lambda i: None, "  ", "Say why"),
            (lambda i: undo(i), WHY, "is undone, or about to be"),
            (lambda i: Ingestion.objects.update(status="rejected"), WHY, "only what was loaded"),
        ],
    )
    def test_what_cannot_be_undone_is_refused(self, prepare, reason, said):
        a_share()
        first = load(a_mapped_feed(), TWO)
        prepare(first)

        with pytest.raises(ValidationError, match=said):
            undo_request(ingestion=first, reason=reason, asked_by=None, as_of=APRIL)


class TestWhenItFails:
    def test_a_delivery_that_cannot_be_read_any_more_leaves_everything_as_it_was(self):
        a_share()
        feed = a_mapped_feed()
        load(feed, csv(["1,2026-03-02,no"]))
        first = feed.mappings.get()
        second = load(feed, csv(["1,2026-03-02,yes"]))
        first.body = DESK | {"targets": [{"kpi": "gone", "good": 'met == "yes"', "valid": 1}]}
        first.save()
        before = in_force()

        refused = undo(second)

        assert refused.status == "rejected"
        assert "cannot be read any more" in refused.error["message"]
        assert in_force() == before
        assert fresh(second).undone_at is None
        first.body = DESK
        first.save()
        assert undo(second).status == "done"

    def test_stopped_half_way_it_comes_to_the_same(self, monkeypatch):
        a_share()
        feed = a_mapped_feed()
        load(feed, TWO)
        second = load(feed, csv(["1,2026-03-02,no", "2,2026-03-03,yes"]))
        asked = undo_request(ingestion=second, reason=WHY, asked_by=None, as_of=APRIL)
        with monkeypatch.context() as patch:
            crash_after(patch, running, "undo_carry_out", 1)
            with pytest.raises(Crash):
                ingestion_run(ingestion_id=asked.pk)

        ingestion_run(ingestion_id=asked.pk)

        assert in_force() == [
            ("sla", "1", "2026-03-02", 1, 1),
            ("sla", "2", "2026-03-03", 0, 1),
        ]

    def test_stopped_between_taking_away_and_giving_back_it_comes_to_the_same(self, monkeypatch):
        a_share("desk-sla")
        feed = a_mapped_feed(MOVING)
        load(feed, csv(["1,2026-03-02,yes,1,desk"], HEADER))
        second = load(feed, csv(["1,2026-03-02,no,2,desk"], HEADER))
        asked = undo_request(ingestion=second, reason=WHY, asked_by=None, as_of=APRIL)
        original, calls = tables.items_replace, []

        def failing(*args):
            calls.append(1)
            raise Crash("no memory")

        monkeypatch.setattr(tables, "items_replace", failing)
        with pytest.raises(Crash):
            ingestion_run(ingestion_id=asked.pk)
        assert (in_force(), calls) == ([], [1])
        monkeypatch.setattr(tables, "items_replace", original)

        ingestion_run(ingestion_id=asked.pk)

        assert in_force() == [("desk-sla", "1", "2026-03-02", 1, 1)]


ROWS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(["2026-02-27", "2026-03-01", "2026-03-31"]),
        st.sampled_from(["yes", "no"]),
        st.integers(1, 4),
        st.sampled_from(["desk", "field"]),
        st.sampled_from(["", "1", "2.5", "x"]),
    ),
    max_size=6,
)
BY_DELIVERY = DESK | {
    "identity": ["number", "team"],
    "targets": [
        {"kpi": "{team}-sla", "good": 'met == "yes"', "valid": 1},
        {"kpi": "hours", "value": "hours"},
    ],
}
BY_COLUMN = MOVING | {
    "where": 'closed != "2026-02-27"',
    "targets": [*MOVING["targets"], {"kpi": "hours", "value": "hours", "if_missing": "skip"}],
}
MAPPINGS = {
    "by delivery": BY_DELIVERY,
    "immutable": BY_DELIVERY | {"revision": "immutable"},
    "by delivery, with conditions": BY_DELIVERY
    | {"targets": [BY_DELIVERY["targets"][0], BY_COLUMN["targets"][1]]},
    "by column": BY_COLUMN,
}


class Undone(Exception):
    """Takes back what an example did."""


@pytest.fixture
def _kpis():
    """Made once: of two contents at one revision the greater digest stays, and digests hold the
    numbers of KPIs, which PostgreSQL does not give out again after a rollback."""
    for code in ("desk-sla", "field-sla"):
        a_share(code)
    definition = {"parameters": {"p": "0.5"}, "unit": "h"}
    a_total("hours", "percentile", decimals=1, definition=definition)


CONFLICTS = [  # several contents of item 4 at its fourth revision, and an empty delivery
    [(4, "2026-03-01", "yes", 4, "desk", "")],
    [(3, "2026-02-27", "no", 4, "desk", "")],
    [(4, "2026-03-31", "yes", 4, "field", "2.5"), (4, "2026-02-27", "yes", 4, "field", "")],
    [],
]


def played(body, deliveries, without=()):
    """What is in force, known and computed after ``deliveries``; of those ``without``, each is
    undone after the delivery with that number."""
    found = []

    def play():
        feed, loaded = a_mapped_feed(body), {}
        for number, rows in enumerate(deliveries):
            if rows is not None:
                text = csv([",".join(map(str, row)) for row in rows], HEADER + ",hours")
                loaded[number] = load(feed, text + "\n" * number)
            drain_all(as_of=APRIL)
            for which, after in without:
                if after == number:
                    assert undo(loaded[which]).status == "done"
        sweep(as_of=APRIL)
        assert list(verify_all()) == []
        found.append(outcome())
        raise Undone

    with pytest.raises(Undone), transaction.atomic():
        play()
    return found[0]


def outcome():
    heads = KpiPeriod.objects.select_related("kpi", "current").order_by("kpi__code", "starts_at")
    return (
        [(str(h), h.phase, h.status, h.current.value, h.current.rows) for h in heads],
        in_force(),
        sorted(bytes(key) for key in FeedItem.objects.values_list("key", flat=True)),
    )


@pytest.mark.parametrize("name", MAPPINGS)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    deliveries=st.lists(ROWS, min_size=2, max_size=4),
    which=st.integers(0, 3),
    later=st.integers(0, 3),
)
@example(CONFLICTS, 3, 0)
@example(CONFLICTS, 0, 3)
@example(CONFLICTS, 2, 1)
@pytest.mark.usefixtures("_kpis")
def test_undone_is_as_if_it_had_never_come(name, deliveries, which, later):
    which %= len(deliveries)
    after = min(which + later, len(deliveries) - 1)
    never = [None if number == which else rows for number, rows in enumerate(deliveries)]

    undone = played(MAPPINGS[name], deliveries, [(which, after)])

    assert undone == played(MAPPINGS[name], never)
