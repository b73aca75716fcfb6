"""Ingestions that are interrupted or taken over by another worker: every row counts once."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from metrics.feeds import jobs, reading, running, tables
from metrics.feeds.reading import parent
from metrics.feeds.running import LeaseLostError, ingestion_run, ingestions_due
from metrics.models import Ingestion, IngestionChunk, Observation
from tests.feeds.arriving import a_mapped_feed, a_share, counts, csv, deliver, in_force, superseded
from tests.feeds.interrupting import ALL, TEN, Crash, crash_after, fresh, run_out

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


class TestAnInterruption:
    @pytest.mark.parametrize(
        ("module", "name", "call"),
        [
            (tables, "observations_insert", 1),
            (tables, "observations_insert", 2),
            (tables, "observations_insert", 4),
            (running, "rejects_record", 2),
            (running, "spanning_kpis", 1),
            (running, "_end", 1),
        ],
    )
    def test_wherever_it_strikes_nothing_is_doubled_or_lost(
        self, in_parts, monkeypatch, module, name, call
    ):
        in_parts(3)
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        crash_after(monkeypatch, module, name, call)

        with pytest.raises(Crash):
            ingestion_run(ingestion_id=ingestion.pk)
        held = Observation.objects.count()
        chunks = IngestionChunk.objects.count()
        assert held == min(10, chunks * 3)
        assert "after" in fresh(ingestion).error["message"]

        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == ALL
        assert fresh(ingestion).error is None
        assert [row[1] for row in in_force()] == [str(n) for n in range(10)]
        assert superseded() == []
        assert list(IngestionChunk.objects.values_list("number", flat=True)) == [0, 1, 2, 3]

    def test_quarantined_rows_of_a_part_are_noted_once(self, in_parts, monkeypatch):
        in_parts(3)
        a_share()
        broken = csv([f"{n},2026-02-{28 + n % 3},yes" for n in range(9)])
        ingestion = deliver(a_mapped_feed(), broken).ingestion
        crash_after(monkeypatch, running, "rejects_record", 2)

        with pytest.raises(Crash):
            ingestion_run(ingestion_id=ingestion.pk)
        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == {"read": 9, "accepted": 3, "quarantined": 6}
        lines = list(ingestion.rejects.values_list("line", flat=True))
        assert lines == [3, 4, 6, 7, 9, 10]

    @pytest.mark.parametrize("later", [1, 4, 50])
    def test_it_is_resumed_in_the_parts_it_was_begun_in(self, in_parts, monkeypatch, later):
        in_parts(3)
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        with monkeypatch.context() as patch:
            crash_after(patch, tables, "observations_insert", 3)
            with pytest.raises(Crash):
                ingestion_run(ingestion_id=ingestion.pk)
        assert IngestionChunk.objects.count() == 2

        in_parts(later)
        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == ALL
        assert [row[1] for row in in_force()] == [str(n) for n in range(10)]

    def test_parts_that_do_not_make_up_the_file_are_never_called_done(self, in_parts, monkeypatch):
        in_parts(3)
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        with monkeypatch.context() as patch:
            crash_after(patch, tables, "observations_insert", 3)
            with pytest.raises(Crash):
                ingestion_run(ingestion_id=ingestion.pk)
        monkeypatch.setattr(jobs, "_chunk_rows", lambda ingestion: 50)

        in_parts(50)
        with pytest.raises(RuntimeError, match="its parts hold 6 of 10 rows"):
            ingestion_run(ingestion_id=ingestion.pk)

        assert fresh(ingestion).status == "running"

    def test_without_the_memory_of_parts_their_rows_would_count_twice(self, in_parts, monkeypatch):
        in_parts(3)
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        crash_after(monkeypatch, running, "rejects_record", 3)
        with pytest.raises(Crash):
            ingestion_run(ingestion_id=ingestion.pk)
        IngestionChunk.objects.all().delete()

        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == {"read": 10, "accepted": 4, "duplicate": 6}


class TestALease:
    def two_workers(self, monkeypatch):
        """While the first worker is between two parts, its lease runs out and a second one
        claims the ingestion; gives what the first one's run returns."""
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion

        def takeover(event):
            if isinstance(event, reading.Chunk) and event.number == 1:
                run_out(ingestion)
                assert running._claim(ingestion.pk) is not None

        return ingestion, ingestion_run(ingestion_id=ingestion.pk, progress=takeover)

    def test_a_worker_that_lost_it_writes_nothing_more(self, in_parts, monkeypatch):
        in_parts(3)

        ingestion, result = self.two_workers(monkeypatch)

        assert result is None
        assert len(in_force()) == 3
        assert fresh(ingestion).status == "running"
        assert (fresh(ingestion).fence, fresh(ingestion).attempts) == (2, 1)

    def test_without_the_fence_it_would_write_on(self, in_parts, monkeypatch):
        in_parts(3)
        monkeypatch.setattr(running, "_renew", lambda ingestion, **fields: None)

        _, result = self.two_workers(monkeypatch)

        assert result is not None
        assert len(in_force()) == 10

    def test_the_second_worker_brings_it_to_its_end(self, in_parts, monkeypatch):
        in_parts(3)
        ingestion, _ = self.two_workers(monkeypatch)
        run_out(ingestion)

        ingestion_run(ingestion_id=ingestion.pk)

        assert counts(fresh(ingestion)) == ALL
        assert len(in_force()) == 10

    def test_nobody_else_runs_what_a_living_worker_holds(self):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        assert running._claim(ingestion.pk) is not None

        assert ingestions_due() == []
        assert ingestion_run(ingestion_id=ingestion.pk) is None

        run_out(ingestion)
        assert ingestions_due() == [ingestion.pk]

    def test_a_worker_that_lost_it_cannot_end_it(self):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        first = running._claim(ingestion.pk)
        run_out(ingestion)
        running._claim(ingestion.pk)

        with pytest.raises(LeaseLostError, match="taken over by another worker"):
            running._end(first, Ingestion.Status.DONE)
        running._note_failure(first, Crash("too late"))

        assert (fresh(ingestion).status, fresh(ingestion).error) == ("running", None)

    def test_it_counts_from_the_end_of_a_slow_part(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        leases, record = [], running.rejects_record

        def slowly(**given):
            leases.append(fresh(ingestion).lease_until)
            time.sleep(0.05)
            record(**given)

        monkeypatch.setattr(running, "rejects_record", slowly)
        ingestion_run(
            ingestion_id=ingestion.pk,
            progress=lambda event: leases.append(fresh(ingestion).lease_until),
        )

        *_, during, after = leases
        assert after - during >= timedelta(seconds=0.05)

    def test_it_is_renewed_while_the_reader_is_silent(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        real, renewals = running._renew, []
        monkeypatch.setattr(running, "_renew", lambda i, **f: (renewals.append(i.pk), real(i, **f)))
        events = [reading.Structure(0), *[parent.Waiting()] * 3, reading.Done(0)]
        monkeypatch.setattr(running, "read_file", lambda job: (event for event in events))

        ingestion_run(ingestion_id=ingestion.pk)

        assert len(renewals) == 5

    @pytest.mark.parametrize("fails", [True, False])
    def test_nobody_goes_on_reading_after_it(self, monkeypatch, fails):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        said = []

        def reader(job):
            try:
                yield reading.Structure(0)
                yield reading.Done(1 if fails else 0)
            finally:
                said.append(Path(job.out_dir).exists())

        monkeypatch.setattr(running, "read_file", reader)
        if fails:
            with pytest.raises(RuntimeError, match="its parts hold 0 of 1 rows"):
                ingestion_run(ingestion_id=ingestion.pk)
        else:
            ingestion_run(ingestion_id=ingestion.pk)

        assert said == [True]


def test_a_silent_reader_gives_a_sign_of_life_in_between(monkeypatch, tmp_path):
    monkeypatch.setattr(parent, "BEAT_S", 0.05)
    (tmp_path / "rows.csv").write_text("")
    job = reading.Job(
        path=str(tmp_path / "rows.csv"),
        mapping={},
        kpis={},
        received_at_us=0,
        out_dir=str(tmp_path),
    )
    script = (
        "import sys, time; sys.stdin.read(); time.sleep(0.5); "
        'print(\'{"event": "done", "read": 0}\')'
    )

    events = list(reading.read_file(job, command=[parent.sys.executable, "-c", script]))

    assert events[-1] == reading.Done(0)
    assert len(events) > 2
    assert set(events[:-1]) == {parent.Waiting()}
