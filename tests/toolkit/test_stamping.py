"""`updated_at` in commit order: a reader that goes by it never misses a late committer."""

import time
from itertools import pairwise
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.db.models import Max

from contracts.models import Vendor
from kpotracker.toolkit import stamping
from kpotracker.toolkit.dbclock import clock
from kpotracker.toolkit.stamping import stamp
from tests.factories import a_vendor


class Writer(Thread):
    """A transaction of its own that stamps a row and then stays open until it is let go."""

    def __init__(self, vendor):
        super().__init__()
        self.vendor, self.stamped, self.may_commit = vendor, Event(), Event()
        self.start()

    def run(self):
        try:
            with transaction.atomic():
                stamp(Vendor, [self.vendor.pk])
                self.stamped.set()
                assert self.may_commit.wait(20)
        finally:
            connection.close()

    def commit(self):
        self.may_commit.set()
        self.join(20)


def updated(vendor):
    return Vendor.objects.get(pk=vendor.pk).updated_at


def now():
    return Vendor.objects.annotate(now=clock()).values_list("now", flat=True)[0]


def await_blocked_stamp():
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                "WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()"
            )
            if cursor.fetchone() == (1,):
                return
        time.sleep(0.01)
    raise AssertionError("no transaction waits for the stamp")


needs_two_writers = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite writes one transaction at a time"
)


@needs_two_writers
@pytest.mark.django_db(transaction=True)
class TestLateCommitter:
    def test_it_is_stamped_before_whoever_commits_after_it(self):
        early, late = a_vendor("early"), a_vendor("late")
        first = Writer(early)
        assert first.stamped.wait(20)
        second = Writer(late)
        second.may_commit.set()
        await_blocked_stamp()
        still_open = now()

        first.commit()
        second.join(20)

        assert updated(early) < still_open < updated(late)

    def test_without_the_lock_a_reader_would_miss_it(self, monkeypatch):
        monkeypatch.setattr(stamping, "_take_stamp_lock", lambda: None)
        early, late = a_vendor("early"), a_vendor("late")
        first = Writer(early)
        assert first.stamped.wait(20)
        second = Writer(late)
        second.commit()
        cursor = Vendor.objects.aggregate(seen=Max("updated_at"))["seen"]

        first.commit()

        assert updated(early) < cursor
        assert not Vendor.objects.filter(updated_at__gt=cursor).exists()


@pytest.mark.django_db
class TestStamps:
    def test_each_is_later_than_the_one_before(self):
        assert rising(stamps(30))

    def test_on_sqlite_they_would_share_a_millisecond_without_the_wait(self, monkeypatch):
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL's clock tells microseconds apart")
        monkeypatch.setattr(stamping, "_take_stamp_lock", lambda: None)

        assert not rising(stamps(200))

    def test_only_the_rows_named_are_stamped(self):
        named, other = a_vendor("named"), a_vendor("other")
        before = updated(other)

        stamp(Vendor, [named.pk, named.pk])
        stamp(Vendor, [])

        assert updated(named) > before
        assert updated(other) == before

    def test_more_rows_than_a_statement_takes_are_all_stamped(self):
        Vendor.objects.bulk_create(
            Vendor(code=f"v{n}", name="V", owner="Dana") for n in range(2000)
        )
        before = now()

        stamp(Vendor, Vendor.objects.values_list("pk", flat=True))

        assert not Vendor.objects.filter(updated_at__lt=before).exists()


def stamps(count):
    """The stamps of one row, stamped so many times."""
    vendor, found = a_vendor(), []
    for _ in range(count):
        stamp(Vendor, [vendor.pk])
        found.append(updated(vendor))
    return found


def rising(moments):
    return all(a < b for a, b in pairwise(moments))
