"""Deliveries on their way in: their order, the real reader, the KPIs they may reach, and what
they say of themselves."""

import os
from datetime import date
from pathlib import Path

import pytest

from metrics.feeds import running, storage
from metrics.feeds.intake import FeedError
from metrics.feeds.reading import parent
from metrics.feeds.running import ingestion_run, ingestions_due
from metrics.models import FeedKpi
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
)
from tests.feeds.interrupting import ALL, TEN, Crash

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_parts")]


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


def test_the_bytes_and_their_name_are_on_the_disk_before_the_delivery_counts(monkeypatch):
    a_share()
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))

    stored = storage.absolute(deliver(a_mapped_feed(), TEN).ingestion.path)

    written = [stored, stored.parent, stored.parent.parent]
    assert synced == [path.stat().st_ino for path in written]


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
