"""Ingestions that are interrupted, taken over, repeated or given up: every row counts once."""

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from kpotracker.toolkit.dbclock import clock
from metrics.feeds import reading, running, tables
from metrics.feeds.intake import FeedError
from metrics.feeds.reading import parent
from metrics.feeds.running import (
    ATTEMPTS,
    LeaseLostError,
    ingestion_run,
    ingestions_due,
)
from metrics.models import FeedKpi, Ingestion, IngestionChunk, Observation
from tests.factories import a_contract, a_kpi, a_vendor
from tests.feeds.arriving import (
    DESK,
    MOVING,
    a_mapped_feed,
    a_share,
    a_total,
    counts,
    csv,
    deliver,
    in_force,
    load,
    remap,
    superseded,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]

TEN = csv([f"{n},2026-03-0{n % 9 + 1},{'yes' if n % 3 else 'no'}" for n in range(10)])
ALL = {"read": 10, "accepted": 10}


class Crash(Exception):
    pass


def crash_after(monkeypatch, module, name, call):
    """Let the function do its work, and fail right after the call with that number, once."""
    original, calls = getattr(module, name), []

    def crashing(*args, **kwargs):
        calls.append(1)
        result = original(*args, **kwargs)
        if len(calls) == call:
            raise Crash(f"after {name}")
        return result

    monkeypatch.setattr(module, name, crashing)


def fresh(ingestion):
    return Ingestion.objects.get(pk=ingestion.pk)


def run_out(ingestion):
    """The lease is over: whoever held it was silent for too long."""
    Ingestion.objects.filter(pk=ingestion.pk).update(lease_until=clock() - timedelta(seconds=1))


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
        monkeypatch.setattr(running, "_chunk_rows", lambda ingestion: 50)

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

    def test_it_is_renewed_while_the_reader_is_silent(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        real, renewals = running._renew, []
        monkeypatch.setattr(running, "_renew", lambda i, **f: (renewals.append(i.pk), real(i, **f)))
        events = [reading.Structure(0), *[parent.Waiting()] * 3, reading.Done(0)]
        monkeypatch.setattr(running, "read_file", lambda job: iter(events))

        ingestion_run(ingestion_id=ingestion.pk)

        assert len(renewals) == 5


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


class TestTheOrderOfAFeed:
    def test_a_later_delivery_waits_for_the_one_before_it(self):
        a_share()
        feed = a_mapped_feed()
        first = deliver(feed, csv(["1,2026-03-02,no"])).ingestion
        second = deliver(feed, csv(["1,2026-03-02,yes"])).ingestion

        assert ingestions_due() == [first.pk]
        assert ingestion_run(ingestion_id=second.pk) is None

        for ingestion in (first, second):
            assert ingestion_run(ingestion_id=ingestion.pk) is not None
        assert in_force() == [("sla", "1", "2026-03-02", 1, 1)]

    def test_other_feeds_do_not_wait(self):
        a_share()
        first = deliver(a_mapped_feed(), TEN).ingestion
        running._claim(first.pk)
        other = deliver(a_mapped_feed(code="other"), TEN).ingestion

        assert ingestions_due() == [other.pk]


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
        monkeypatch.setattr(running, "read_file", lambda job: iter([reading.Structure(10)]))

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


def test_a_file_goes_through_the_real_reader_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setattr(running, "read_file", parent.read_file)
    a_share()

    ingestion = load(a_mapped_feed(), TEN)

    assert counts(ingestion) == ALL
    assert ingestion.finished_at is not None
    assert ingestion.lease_until is None


def test_the_bytes_stay_as_they_came(settings):
    a_share()
    ingestion = load(a_mapped_feed(), TEN)

    assert (Path(settings.DATA_DIR) / ingestion.path).read_bytes() == TEN.encode()
    assert ingestion.size == len(TEN)


def test_the_kpis_a_feed_reaches_are_noted_before_its_rows_are_read(monkeypatch):
    kpis = [a_share(), a_total("hours")]
    feed = a_mapped_feed()
    load(feed, TEN)
    remap(feed, {**DESK, "targets": [*DESK["targets"], {"kpi": "hours", "value": "1"}]})

    def broken(job):
        raise Crash("at once")

    monkeypatch.setattr(running, "read_file", broken)
    ingestion = deliver(feed, TEN).ingestion
    with pytest.raises(Crash):
        ingestion_run(ingestion_id=ingestion.pk)

    assert set(FeedKpi.objects.values_list("kpi", flat=True)) == {kpi.pk for kpi in kpis}


def test_rows_of_a_vendors_feed_reach_nobody_elses_kpis():
    acme, other = a_vendor("acme"), a_vendor("other")
    a_kpi(a_contract(acme, "AC-9"), "acme-sla", decimals=0)
    a_kpi(a_contract(other, "OT-9"), "other-sla", decimals=0)
    feed = a_mapped_feed(MOVING)
    rows = csv(["1,2026-03-01,yes,acme,1", "2,2026-03-01,no,other,1"], "number,closed,met,team,rev")

    shared = load(feed, rows)
    assert counts(shared) == {"read": 2, "accepted": 2}

    own = a_mapped_feed(MOVING, code="own")
    own.vendor = acme
    own.save()
    confined = load(own, rows)

    assert counts(confined) == {"read": 2, "accepted": 1, "quarantined": 1}
    assert confined.rejects.get().message == "no KPI 'other-sla'"
    assert [link.kpi.code for link in own.feed_kpis.all()] == ["acme-sla"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../march.csv", "march.csv"),
        ("..\\..\\march.csv", "march.csv"),
        ("a\x1b[31m\nb\x00.csv", "a�[31m�b.csv"),
        ("half \ud800.csv", "half �.csv"),
        ("abc\u202egnp.csv", "abc�gnp.csv"),
        ("Ümläut 1.csv", "Ümläut 1.csv"),
        ("/", "unnamed"),
    ],
)
def test_a_file_name_is_only_read_by_people(sent, kept):
    a_share()
    assert deliver(a_mapped_feed(), csv([]), filename=sent).filename == kept


@pytest.mark.parametrize("through", [date(2026, 4, 2), date(2030, 1, 1), date.max])
def test_nobody_attests_days_that_have_not_come(through):
    a_share()
    with pytest.raises(FeedError, match="lies ahead of the delivery: state a day up to 2026-04-01"):
        deliver(a_mapped_feed(), TEN, complete_through=through)


def test_a_day_before_all_days_attests_nothing_and_hurts_nothing():
    a_share()
    feed = a_mapped_feed()
    for content in (TEN, csv([])):
        assert load(feed, content, complete_through=date.min).status == "done"
