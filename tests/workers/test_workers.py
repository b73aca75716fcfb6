"""Real workers over a real Redis: a message says "look", the database holds the work."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from redis import Redis

from kpotracker.toolkit import dbclock, doorbell
from metrics import tasks
from metrics.evaluation.verifying import verify_all
from metrics.feeds.running import ingestions_due
from metrics.models import DirtyPeriod, Ingestion, Kpi, KpiPeriod, Observation, ResultRevision
from tests.feeds.arriving import a_mapped_feed, a_share, counts, csv, deliver, figures, in_force
from tests.services import ROOT, free_port

pytestmark = pytest.mark.django_db(transaction=True)

TEN = csv([f"{n},2026-03-0{n % 9 + 1},{'yes' if n % 3 else 'no'}" for n in range(10)])

KILLED_HALF_WAY = """
import os, signal, sys
from datetime import timedelta

import django, pytest

django.setup()
from metrics.feeds import running
from tests.feeds.arriving import read_here

read_here(pytest.MonkeyPatch(), 3)
running.LEASE = timedelta(seconds=1)

def kill(event):
    if getattr(event, "number", None) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

running.ingestion_run(ingestion_id=int(sys.argv[1]), progress=kill)
"""


@pytest.fixture
def queue(redis_url, settings):
    """The emptied Redis that the doorbell rings through."""
    settings.REDIS_URL = redis_url
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def no_redis(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/13"


def environment(**more):
    """That of another process on the database of this test."""
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{there['NAME']}"
    else:
        at = f"{there['HOST']}:{there['PORT'] or 5432}"
        url = f"postgres://{there['USER']}:{there['PASSWORD']}@{at}/{there['NAME']}"
    return (
        os.environ
        | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "kpotracker.settings",
            "PYTHONPATH": str(ROOT),
        }
        | more
    )


@contextmanager
def a_worker(redis_url):
    """A Celery worker process, which gets no message but those that are rung."""
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "kpotracker", "worker", "--pool", "solo"],
        cwd=ROOT,
        env=environment(REDIS_URL=redis_url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def eventually(condition, ring=""):
    """Wait until the condition holds, at most half a minute; ``ring`` again and again, as a
    sweep is rung for every 30 s in use."""
    for number in range(300):
        if condition():
            return
        if ring and number % 20 == 0:
            doorbell.ring(ring)
        time.sleep(0.1)
    raise AssertionError("it did not come to be within 30 s")


def statuses():
    return list(Ingestion.objects.order_by("pk").values_list("status", flat=True))


def evaluated():
    """The rows that the figure of March saw."""
    head = KpiPeriod.objects.filter(kpi__code="sla", label="2026-03").first()
    return head.current.rows if head else None


class TestAWorker:
    def test_it_reads_and_evaluates_what_a_delivery_rings_for(self, queue, redis_url):
        a_share()
        delivery = deliver(a_mapped_feed(), TEN)
        assert queue.llen("celery") == 1
        assert statuses() == ["received"]

        with a_worker(redis_url):
            eventually(lambda: evaluated() == 10)

        ingestion = Ingestion.objects.get(pk=delivery.ingestion_id)
        assert counts(ingestion) == {"read": 10, "accepted": 10}
        assert figures()["2026-03"][1:3] == ("BELOW_MINIMUM", "60")
        assert list(verify_all()) == []

    def test_every_delivery_of_a_feed_rings_for_the_next(self, queue, redis_url):
        a_share()
        feed = a_mapped_feed()
        for number in range(4):
            deliver(feed, csv([f"{number},2026-03-02,yes"]))
        first = queue.rpop("celery")
        queue.flushdb()
        queue.lpush("celery", first)

        with a_worker(redis_url):
            eventually(lambda: statuses() == ["done"] * 4)
            eventually(lambda: evaluated() == 4)

    def test_a_sweep_finds_what_nobody_rang_for(self, queue, redis_url):
        a_share()
        deliver(a_mapped_feed(), TEN)
        queue.flushdb()

        with a_worker(redis_url):
            eventually(lambda: evaluated() == 10, ring="metrics.tasks.sweep")

        assert list(verify_all()) == []

    def test_one_that_was_killed_half_way_is_followed_by_another(self, queue, redis_url):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        queue.flushdb()
        killed = subprocess.run(
            [sys.executable, "-c", KILLED_HALF_WAY, str(ingestion.pk)],
            cwd=ROOT,
            env=environment(),
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL
        assert (statuses(), Observation.objects.count()) == (["running"], 6)

        with a_worker(redis_url):
            eventually(lambda: evaluated() == 10, ring="metrics.tasks.sweep")

        ingestion.refresh_from_db()
        assert counts(ingestion) == {"read": 10, "accepted": 10}
        assert [row[1] for row in in_force()] == [str(n) for n in range(10)]
        assert list(verify_all()) == []


class TestWithoutRedis:
    @pytest.mark.usefixtures("no_redis")
    def test_a_delivery_is_committed_and_worked_through_without_it(self):
        a_share()
        delivery = deliver(a_mapped_feed(), TEN)
        assert statuses() == ["received"]

        out = StringIO()
        call_command("work", "--once", stdout=out)

        assert out.getvalue().startswith("1 delivery read, ")
        assert counts(Ingestion.objects.get(pk=delivery.ingestion_id))["accepted"] == 10
        assert evaluated() == 10

    def test_what_a_dead_worker_held_is_free_after_its_lease(self, monkeypatch):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        subprocess.run(
            [sys.executable, "-c", KILLED_HALF_WAY, str(ingestion.pk)],
            cwd=ROOT,
            env=environment(),
            check=False,
        )

        eventually(lambda: ingestions_due() == [ingestion.pk])
        call_command("work", "--once", stdout=StringIO())

        ingestion.refresh_from_db()
        assert counts(ingestion) == {"read": 10, "accepted": 10}
        assert len(in_force()) == 10


class TestTasks:
    def test_each_may_run_twice(self):
        a_share()
        ingestion = deliver(a_mapped_feed(), TEN).ingestion
        for _ in range(2):
            tasks.ingest(ingestion.pk)
            tasks.drain()
            tasks.sweep()
        revisions = ResultRevision.objects.count()

        for task in (lambda: tasks.ingest(ingestion.pk), tasks.drain, tasks.sweep):
            task()

        assert ResultRevision.objects.count() == revisions
        assert len(in_force()) == 10
        assert counts(Ingestion.objects.get()) == {"read": 10, "accepted": 10}
        assert not DirtyPeriod.objects.exists()
        assert list(verify_all()) == []

    def test_one_for_a_delivery_that_is_not_there_does_nothing(self):
        tasks.ingest(12345)

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="one machine, one clock")
    def test_a_worker_whose_clock_is_hours_off_ends_no_period_early(self, monkeypatch):
        monkeypatch.setattr("django.utils.timezone.now", lambda: dbclock_now() + timedelta(days=40))
        dbclock_now = dbclock.now
        a_share()

        tasks.sweep()

        assert Kpi.objects.get().visited_until < dbclock_now() + timedelta(hours=1)
        latest = KpiPeriod.objects.latest("starts_at")
        assert latest.starts_at < dbclock_now()
