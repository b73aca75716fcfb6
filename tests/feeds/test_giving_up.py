"""Ingestions that fail again and again: set aside with the reason, resumed without a loss."""

from contextlib import suppress

import pytest

from metrics.feeds import reading, running, tables
from metrics.feeds.running import ATTEMPTS, ingestion_run, ingestions_due
from tests.feeds.arriving import a_mapped_feed, a_share, counts, csv, deliver, in_force, superseded
from tests.feeds.interrupting import ALL, TEN, Crash, crash_after, fresh, run_out

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


class TestGivingUp:
    def exhaust(self, monkeypatch, ingestion):
        def broken(job):
            raise Crash("no disk")

        with monkeypatch.context() as patch:
            patch.setattr(running, "read_file", broken)
            while fresh(ingestion).status != "parked":
                with suppress(Crash):
                    ingestion_run(ingestion_id=ingestion.pk)
        return fresh(ingestion).attempts

    def test_after_three_failures_it_is_set_aside_with_the_reason(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion

        assert self.exhaust(monkeypatch, ingestion) == ATTEMPTS + 1

        assert fresh(ingestion).error["message"] == "Crash: no disk"
        assert ingestions_due() == []

    def test_a_worker_killed_again_and_again_is_named_as_the_reason(self):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        for _ in range(ATTEMPTS):
            running._claim(ingestion.pk)
            run_out(ingestion)

        ingestion_run(ingestion_id=ingestion.pk)

        assert fresh(ingestion).status == "parked"
        assert "the worker was killed" in fresh(ingestion).error["message"]
        assert "deliver the file again" in fresh(ingestion).error["hint"]

    def test_later_deliveries_of_its_feed_wait_and_their_order_is_kept(self, monkeypatch):
        a_share()
        feed = a_mapped_feed()
        first = deliver(feed, csv(["1,2026-03-02,no"])).ingestion
        self.exhaust(monkeypatch, first)
        second = deliver(feed, csv(["1,2026-03-02,yes"])).ingestion
        assert ingestions_due() == []

        deliver(feed, csv(["1,2026-03-02,no"]))
        for ingestion in (first, second):
            ingestion_run(ingestion_id=ingestion.pk)

        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]
        assert superseded() == [("sla", "1", "2026-03-02", 0, 1)]

    def test_the_same_bytes_again_resume_it(self, in_parts, monkeypatch):
        in_parts(3)
        a_share()
        feed = a_mapped_feed()
        ingestion = deliver(feed, TEN).ingestion
        with monkeypatch.context() as patch:
            crash_after(patch, tables, "observations_insert", 2)
            with pytest.raises(Crash):
                ingestion_run(ingestion_id=ingestion.pk)
        self.exhaust(monkeypatch, ingestion)

        again = deliver(feed, TEN)
        assert (again.repeated, again.ingestion_id) == (True, ingestion.pk)
        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == ALL
        assert len(in_force()) == 10

    def test_parts_that_went_in_since_show_that_it_gets_on(self, in_parts, monkeypatch):
        in_parts(1)
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion

        for _ in range(2 * ATTEMPTS):
            with monkeypatch.context() as patch:
                crash_after(patch, tables, "observations_insert", 2)
                with pytest.raises(Crash):
                    ingestion_run(ingestion_id=ingestion.pk)
        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == ALL
        assert len(in_force()) == 10

    def test_a_reader_that_refuses_half_way_is_a_failure_not_a_rejection(
        self, in_parts, monkeypatch
    ):
        in_parts(3)
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        real = running.read_file

        def dying(job):
            for event in real(job):
                if getattr(event, "number", None) == 2:
                    yield reading.Rejected("limits", "the reader was killed")
                    return
                yield event

        monkeypatch.setattr(running, "read_file", dying)

        with pytest.raises(RuntimeError, match="failed half-way: the reader was killed"):
            ingestion_run(ingestion_id=ingestion.pk)
        assert fresh(ingestion).status == "running"

    def test_a_mapping_that_breaks_half_way_is_a_failure_too(self, in_parts, monkeypatch):
        in_parts(3)
        kpi = a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        crash_after(monkeypatch, tables, "observations_insert", 2)
        with pytest.raises(Crash):
            ingestion_run(ingestion_id=ingestion.pk)
        kpi.archived_at = ingestion.received_at
        kpi.save()

        with pytest.raises(RuntimeError, match=r"failed half-way.*'sla': no such KPI"):
            ingestion_run(ingestion_id=ingestion.pk)

    def test_a_reader_that_says_nothing_at_the_end_is_a_failure(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        events = (event for event in [reading.Structure(10)])
        monkeypatch.setattr(running, "read_file", lambda job: events)

        with pytest.raises(RuntimeError, match="ended without a verdict"):
            ingestion_run(ingestion_id=ingestion.pk)

    def test_a_reason_no_database_could_store_is_kept_readable(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion

        def broken(job):
            raise Crash("odd \x00 and \ud800")

        monkeypatch.setattr(running, "read_file", broken)
        with pytest.raises(Crash):
            ingestion_run(ingestion_id=ingestion.pk)

        assert fresh(ingestion).error["message"] == "Crash: odd ␀ and ?"
        assert ingestions_due() == [ingestion.pk]
