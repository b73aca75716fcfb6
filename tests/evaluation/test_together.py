"""Several workers at once on PostgreSQL: nothing lost, nothing doubled, nobody in the way."""

import time
from contextlib import suppress
from threading import Event, Thread

import numpy as np
import pytest
from django.db import connection, transaction

from metrics.evaluation import draining
from metrics.evaluation.draining import drain
from metrics.evaluation.marks import marks_take
from metrics.evaluation.sweeping import sweep
from metrics.evaluation.verifying import as_row, verify_all
from metrics.evaluation.work import work_all
from metrics.feeds import intake
from metrics.feeds.marks import append_marks
from metrics.models import (
    BreachCase,
    CaseTransition,
    DirtyPeriod,
    Ingestion,
    KpiPeriod,
    ResultRevision,
)
from tests.feeds.arriving import (
    APRIL,
    MARCH,
    a_mapped_feed,
    a_share,
    csv,
    deliver,
    figures,
    load,
    read_here,
)

needs_two_writers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction at a time"
)
pytestmark = [pytest.mark.django_db(transaction=True), needs_two_writers]


class Worker(Thread):
    """Runs a function on a connection of its own; ``result`` or ``error`` is what came of it."""

    def __init__(self, work):
        super().__init__()
        self.work, self.result, self.error = work, None, None

    def run(self):
        try:
            self.result = self.work()
        except BaseException as error:
            self.error = error
        finally:
            connection.close()


def test_a_delivery_of_a_feed_has_a_higher_id_than_all_that_came_in_before_it(monkeypatch):
    a_share()
    feed, other = a_mapped_feed(), a_mapped_feed(code="other")
    inside, go_on, real = Event(), Event(), intake.stamp

    def slowly(model, pks):
        if not inside.is_set():
            inside.set()
            go_on.wait(10)
        real(model, pks)

    monkeypatch.setattr(intake, "stamp", slowly)
    first, second, third = (
        Worker(lambda to=to, content=content: deliver(to, csv([content])))
        for to, content in [(feed, "1,2026-03-02,no"), (feed, "1,2026-03-02,yes"), (other, "")]
    )
    first.start()
    inside.wait(10)
    second.start()
    third.start()
    third.join(10)
    assert third.result, "another feed need not wait"
    second.join(0.5)
    assert not second.result, "it would be read before the first, whose id is lower"

    go_on.set()
    first.join(10)
    second.join(10)
    assert second.result.ingestion_id > first.result.ingestion_id


def together(*works):
    workers = [Worker(work) for work in works]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert not worker.is_alive()
        assert worker.error is None, worker.error
    return [worker.result for worker in workers]


@pytest.fixture(autouse=True)
def _sound(monkeypatch):
    read_here(monkeypatch)
    yield
    assert [as_row(difference) for difference in verify_all()] == []


def many_shares(count=12):
    for number in range(count):
        a_share(f"team-{number}-sla")
    target = {"kpi": "team-{team}-sla", "good": 'met == "yes"', "valid": 1}
    return a_mapped_feed(identity=["team", "number"], targets=[target])


def rows(start, count=60):
    header = "number,closed,met,team"
    return csv(
        [f"{n},2026-0{n % 3 + 1}-05,no,{n % 12}" for n in range(start, start + count)], header
    )


def test_two_workers_drain_what_is_there_once():
    load(many_shares(), rows(0))
    batches = lambda: [n for _ in range(40) if (n := drain(as_of=APRIL, limit=3))]  # noqa: E731

    together(batches, batches, batches)
    while drain(as_of=APRIL) is not None:
        pass

    assert not DirtyPeriod.objects.exists()
    assert KpiPeriod.objects.count() == ResultRevision.objects.count() == 12
    assert set(KpiPeriod.objects.values_list("current__rows", flat=True)) == {5}


def test_deliveries_that_arrive_while_others_evaluate_are_all_counted():
    feed = many_shares()
    for number in range(6):
        deliver(feed, rows(number * 60))

    together(*[lambda: [work_all(as_of=APRIL) for _ in range(6)]] * 3)
    work_all(as_of=APRIL)

    assert set(Ingestion.objects.values_list("status", "read", "accepted")) == {("done", 60, 60)}
    with_rows = KpiPeriod.objects.filter(current__rows__gt=0)
    assert sum(with_rows.values_list("current__rows", flat=True)) == 360
    assert BreachCase.objects.count() == with_rows.filter(phase="provisional").count() == 12
    assert CaseTransition.objects.count() == 12


def test_three_sweeps_at_once_tick_and_finish_every_period_once():
    many_shares()

    for as_of in (APRIL, APRIL.replace(day=20)):
        together(*[lambda moment=as_of: sweep(as_of=moment)] * 3)
        sweep(as_of=as_of)

    assert KpiPeriod.objects.count() == ResultRevision.objects.count() == 48
    assert KpiPeriod.objects.filter(phase="final").count() == 36


class TestAMarkBesideAnother:
    """One worker has taken a mark and read the rows; more rows and a mark arrive; a second worker
    takes that. Whoever comes later must not write the older figure over the newer one."""

    def race(self, monkeypatch):
        kpi = a_share()
        feed = a_mapped_feed()
        load(feed, csv(["1,2026-03-02,no"]))
        slow_has_read, quick_is_through = Event(), Event()
        compute = draining.figures_compute

        def paused(tasks):
            figures = compute(tasks)
            if not slow_has_read.is_set():
                slow_has_read.set()
                await_either(quick_is_through.is_set, somebody_waits_for_a_lock)
            return figures

        def quick():
            assert slow_has_read.wait(20)
            load(feed, csv(["2,2026-03-02,yes"]))
            drain(as_of=APRIL)
            quick_is_through.set()

        monkeypatch.setattr(draining, "figures_compute", paused)
        together(lambda: drain(as_of=APRIL), quick)
        while drain(as_of=APRIL) is not None:
            pass
        return kpi

    def test_the_newer_figure_stays(self, monkeypatch):
        self.race(monkeypatch)

        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "50")

    def test_without_the_lock_and_the_second_look_the_older_would_stay(self, monkeypatch):
        monkeypatch.setattr(draining, "kpis_lock", lambda kpis: None)
        monkeypatch.setattr(draining, "kpis_unsettled", lambda kpis, seen: set())

        kpi = self.race(monkeypatch)

        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "0")
        assert [difference.what for difference in verify_all()] != []
        mark(kpi)
        drain(as_of=APRIL)


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks w JOIN pg_locks h ON h.pid = w.pid "
            "JOIN pg_database d ON d.oid = h.database "
            "WHERE NOT w.granted AND d.datname = current_database()"
        )
        return cursor.fetchone() != (0,)


def await_either(*conditions):
    for _ in range(2000):
        if any(condition() for condition in conditions):
            return
        time.sleep(0.01)
    raise AssertionError("neither came to be")


def mark(kpi):
    """A mark in the March of a KPI."""
    append_marks(np.array([kpi.pk]), np.array([int(MARCH.timestamp()) * 1_000_000]))


def test_marks_that_a_worker_gives_up_are_there_again():
    kpi = a_share()
    mark(kpi)

    class Undone(Exception):
        pass

    with suppress(Undone), transaction.atomic():
        assert len(marks_take(10)) == 1
        raise Undone

    assert DirtyPeriod.objects.count() == 1
    drain(as_of=APRIL)


def test_marks_that_another_worker_holds_are_left_to_it():
    kpi = a_share()
    mark(kpi)

    def taken():
        with transaction.atomic():
            return marks_take(10)

    with transaction.atomic():
        held = marks_take(10)
        (other,) = together(taken)
        assert (len(held), len(other)) == (1, 0)
