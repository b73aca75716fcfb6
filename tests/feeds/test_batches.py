"""A batch of pushed rows is a delivery: it says what a file says, is undone, mended and verified."""

import csv as csv_module
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from metrics.demo.generate import deliveries
from metrics.demo.story import Parcel
from metrics.evaluation.verifying import verify_all
from metrics.feeds import batches, running
from metrics.feeds.batches import AT_ONCE_ROWS, Batch, Outcome, batch_foresee, batch_receive
from metrics.feeds.intake import AttestationError, FeedError
from metrics.feeds.mapping import parse_mapping
from metrics.feeds.running import ingestion_run
from metrics.feeds.storage import absolute
from metrics.models import Feed, Ingestion, Kpi, Observation, QuarantinedRow
from tests.feeds.arriving import (
    APRIL,
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
    pass_time,
    superseded,
)
from tests.feeds.test_undoing import undo
from tests.services import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]
LATER = datetime(2026, 12, 1, tzinfo=UTC)


def push(feed: Feed, rows: list[dict[str, Any]], at: datetime = APRIL, **options: Any) -> Outcome:
    given: dict[str, Any] = {"delivered_by": "a test", "complete_through": None} | options
    made: Outcome = batch_receive(
        feed=feed, batch=a_batch(rows), received_at=at, answer=lambda outcome: outcome, **given
    )
    return made


def a_batch(rows: list[dict[str, Any]]) -> Batch:
    return Batch([json.dumps(row, ensure_ascii=False) for row in rows], "batch.ndjson")


def verdicts(outcome: Outcome) -> list[str]:
    assert outcome.items is not None
    return [item.verdict for item in outcome.items]


def ingestion_of(outcome: Outcome) -> Ingestion:
    assert outcome.delivery is not None
    return Ingestion.objects.get(pk=outcome.delivery.ingestion_id)


def rows_of(content: str) -> list[dict[str, Any]]:
    return list(csv_module.DictReader(StringIO(content)))


class TestTheExamples:
    """With the demonstration's own feeds and files."""

    def test_rows_of_a_csv_pushed_are_the_observations_of_the_file(self) -> None:
        call_command("apply", str(ROOT / "examples" / "portfolio"), stdout=StringIO())
        compared = Counter[str]()
        for feed, parcel in small_csvs():
            with transaction.atomic():
                by_file = counts(load(feed, parcel.content, at=LATER))
                expected = observations()
                transaction.set_rollback(True)
            with transaction.atomic():
                by_batch = Counter[str]()
                rows = list(records(feed, parcel.content))
                for first in range(0, len(rows), AT_ONCE_ROWS):
                    part = push(feed, rows[first : first + AT_ONCE_ROWS], at=LATER)
                    by_batch.update(counts(ingestion_of(part)))
                assert observations() == expected, parcel.filename
                assert by_batch == by_file, parcel.filename
                transaction.set_rollback(True)
            compared[feed.code] += len(expected)
        assert len(compared) >= 3, compared
        assert all(compared.values())


def small_csvs() -> Iterator[tuple[Feed, Parcel]]:
    """The smallest file of each CSV feed of the demonstration."""
    parcels = sorted(deliveries(), key=lambda parcel: len(parcel.content))
    for feed in Feed.objects.all():
        if (_form(feed).type) == "csv":
            found = [
                one for one in parcels if one.feed == feed.code and one.content.count(b"\n") > 3
            ]
            if found:
                yield feed, found[0]


def _form(feed: Feed) -> Any:
    return parse_mapping(feed.mappings.get().body).format


def records(feed: Feed, content: bytes) -> Iterator[dict[str, Any]]:
    form = _form(feed)
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    lines = content.decode(form.encoding).removeprefix("\ufeff").splitlines()
    yield from csv_module.DictReader(lines[form.header_row - 1 :], delimiter=form.delimiter)


def observations() -> list[tuple[Any, ...]]:
    """Every observation, but for the delivery it came with."""
    kept = ("kpi_id", "key", "at", "ends_at", "a", "b", "value", "series", "digest", "ref")
    return sorted(
        tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
        for row in Observation.objects.values_list(*kept)
    )  # type: ignore[type-var]


class TestABatchAmongFiles:
    def test_it_repeats_and_corrects_what_a_file_said(self) -> None:
        a_share()
        feed = a_mapped_feed()
        load(feed, TWO)
        assert verdicts(push(feed, rows_of(TWO))) == ["duplicate", "duplicate"]
        mended = rows_of(csv(["1,2026-03-02,no", "3,2026-03-04,yes"]))
        assert verdicts(push(feed, mended)) == ["corrected", "accepted"]
        assert in_force() == [
            ("sla", "1", "2026-03-02", 0, 1),
            ("sla", "2", "2026-03-03", 0, 1),
            ("sla", "3", "2026-03-04", 1, 1),
        ]
        assert superseded() == [("sla", "1", "2026-03-02", 1, 1)]

    def test_a_file_corrects_what_a_batch_said(self) -> None:
        a_share()
        feed = a_mapped_feed()
        push(feed, rows_of(TWO))
        done = load(feed, csv(["1,2026-03-02,no"]))
        assert counts(done) == {"read": 1, "corrected": 1}

    def test_figures_follow_and_are_verified(self) -> None:
        kpi = a_share()
        feed = a_mapped_feed()
        push(feed, rows_of(TWO), complete_through=date(2026, 3, 31))
        pass_time(APRIL)
        evaluate()
        assert figures()["2026-03"][2] == "50"
        assert list(verify_all()) == []
        assert feed.feed_kpis.get().kpi_id == kpi.pk

    def test_it_is_undone_like_a_file(self) -> None:
        a_share()
        feed = a_mapped_feed()
        load(feed, TWO)
        before = in_force()
        outcome = push(feed, rows_of(csv(["1,2026-03-02,no", "3,2026-03-04,yes"])))
        undo(ingestion_of(outcome))
        assert in_force() == before
        again = push(feed, rows_of(csv(["1,2026-03-02,no", "3,2026-03-04,yes"])))
        assert verdicts(again) == ["corrected", "accepted"]

    def test_it_is_read_again_when_another_delivery_is_undone(self) -> None:
        a_share()
        feed = a_mapped_feed()
        push(feed, rows_of(TWO))
        before = in_force()
        undo(load(feed, csv(["1,2026-03-02,no"])))
        assert in_force() == before

    def test_items_that_move_between_kpis_are_remembered(self) -> None:
        a_share("a-sla")
        a_share("b-sla")
        feed = a_mapped_feed(MOVING)
        row = {"number": "1", "closed": "2026-03-02", "met": "yes", "rev": 1, "team": "a"}
        assert verdicts(push(feed, [row])) == ["accepted"]
        assert verdicts(push(feed, [row | {"rev": 2, "team": "b"}])) == ["corrected"]
        assert [found[0] for found in in_force()] == ["b-sla"]

    def test_the_rows_of_one_batch_are_judged_in_their_order(self) -> None:
        a_share()
        feed = a_mapped_feed(revision="rev")
        row = {"number": "1", "closed": "2026-03-02", "met": "yes", "rev": 1}
        rows = [row, row, row | {"rev": 2, "met": "no"}, row | {"rev": 0}]
        foreseen = batch_foresee(feed=feed, batch=a_batch(rows), as_of=APRIL)
        done = push(feed, rows)
        assert verdicts(done) == verdicts(foreseen)
        assert verdicts(done) == ["accepted", "duplicate", "corrected", "stale"]

    def test_verdicts_of_a_batch_add_up_to_the_counts_of_its_delivery(self) -> None:
        a_share()
        feed = a_mapped_feed()
        rows = rows_of(csv(["1,2026-03-02,yes", "1,2026-03-02,yes", "2,2026-02-30,yes", "3,,no"]))
        outcome = push(feed, rows)
        found = {name: count for name, count in outcome.counts.items() if count}
        found["quarantined"] = found.pop("rejected")
        assert counts(ingestion_of(outcome)) == found | {"read": 4}


class TestItsTurn:
    def test_it_waits_behind_a_delivery_that_is_not_in(self) -> None:
        a_share()
        feed = a_mapped_feed()
        waiting = deliver(feed, TWO).ingestion_id
        outcome = push(feed, rows_of(csv(["1,2026-03-02,no"])))
        assert outcome.items is None
        assert ingestion_of(outcome).status == Ingestion.Status.RECEIVED
        for pk in (waiting, ingestion_of(outcome).pk):
            ingestion_run(ingestion_id=pk)
        assert counts(ingestion_of(outcome)) == {"read": 1, "corrected": 1}

    def test_a_worker_reads_it_with_the_same_verdicts(self, monkeypatch: Any) -> None:
        a_share()
        rows = rows_of(csv(["1,2026-03-02,yes", "2,2026-02-30,yes", "1,2026-03-02,no"]))
        with transaction.atomic():
            here = push(a_mapped_feed(), rows)
            expected = counts(ingestion_of(here)), in_force()
            aside = list(QuarantinedRow.objects.values_list("line", "rule", "message"))
            transaction.set_rollback(True)
        monkeypatch.undo()  # a child reads it
        monkeypatch.setattr(batches, "AT_ONCE_ROWS", 1)
        later = push(a_mapped_feed(), rows)
        assert later.items is None
        ingestion_run(ingestion_id=ingestion_of(later).pk)
        assert (counts(ingestion_of(later)), in_force()) == expected
        assert list(QuarantinedRow.objects.values_list("line", "rule", "message")) == aside

    def test_no_child_is_started_for_a_small_one(self, monkeypatch: Any) -> None:
        a_share()
        monkeypatch.setattr(running, "read_file", None)
        assert verdicts(push(a_mapped_feed(), rows_of(TWO))) == ["accepted", "accepted"]


class TestWhatIsKept:
    def test_the_rows_stay_as_they_were_sent(self) -> None:
        a_share()
        outcome = push(a_mapped_feed(), rows_of(TWO))
        stored = absolute(ingestion_of(outcome).path).read_text()
        assert [json.loads(line) for line in stored.splitlines()] == rows_of(TWO)

    def test_what_fails_behind_the_load_leaves_nothing(self) -> None:
        a_share()
        feed = a_mapped_feed()

        def failing(_: Outcome) -> None:
            raise RuntimeError("no answer")

        with pytest.raises(RuntimeError, match="no answer"):
            batch_receive(
                feed=feed,
                batch=a_batch(rows_of(TWO)),
                received_at=APRIL,
                delivered_by="",
                complete_through=None,
                answer=failing,
            )
        assert in_force() == []
        assert not Ingestion.objects.exists()

    def test_a_feed_that_takes_no_rows_and_a_day_ahead_are_refused(self) -> None:
        a_share()
        feed = a_mapped_feed()
        with pytest.raises(AttestationError):
            push(feed, rows_of(TWO), complete_through=date(2026, 5, 1))
        feed.mappings.all().delete()
        with pytest.raises(FeedError, match="no mapping"):
            push(feed, rows_of(TWO))
        feed.kind = Feed.Kind.REFERENCE
        with pytest.raises(FeedError, match="reference series"):
            batch_foresee(feed=feed, batch=a_batch(rows_of(TWO)), as_of=APRIL)

    def test_a_mapping_that_no_longer_fits_rejects_every_row(self) -> None:
        a_share()
        feed = a_mapped_feed()
        Kpi.objects.update(archived_at=APRIL)
        foreseen = batch_foresee(feed=feed, batch=a_batch(rows_of(TWO)), as_of=APRIL)
        done = push(feed, rows_of(TWO))
        for outcome in (foreseen, done):
            assert verdicts(outcome) == ["rejected", "rejected"]
            assert outcome.rejection is not None
            assert outcome.rejection["rule"] == "mapping"
        assert ingestion_of(done).status == Ingestion.Status.REJECTED
        Kpi.objects.update(archived_at=None)
        assert verdicts(push(feed, rows_of(TWO))) == ["accepted", "accepted"]
