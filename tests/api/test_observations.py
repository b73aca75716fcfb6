"""Rows in force by program: every one once, along an index, and nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.evaluation import observing
from metrics.evaluation.work import work_all
from metrics.feeds.undoing import undo_request
from metrics.models import Ingestion
from tests import factories
from tests.api.daily import NOON, an_observation
from tests.api.world import Holding, Program, a_program, found
from tests.feeds.arriving import APRIL, TWO, a_mapped_feed, a_share, csv, load

pytestmark = pytest.mark.django_db
ROWS = "/api/v1/observations"


def refs(program: Program, **query: Any) -> list[str]:
    return [row["ref"] for row in found(program, "observations", **query)]


def test_a_row_says_what_it_is_about(acme: Holding, reader: Program) -> None:
    (row,) = found(reader, "observations")
    assert (row["vendor"], row["contract"], row["kpi"]) == ("acme", "acme-1", "acme-accuracy")
    assert (row["feed"], row["delivery"]) == ("acme-desk", acme.delivery.pk)
    assert (row["ref"], row["at"]) == ("acme-INC-1", "2026-03-14T12:00:00Z")
    assert row["id"].startswith(f"{acme.kpi.pk}-")
    assert set(row["values"].values()) == {0.01}


def test_it_narrows(acme: Holding, zeta: Holding, reader: Program) -> None:
    mine, other = ["acme-INC-1"], ["zeta-INC-1"]
    assert refs(reader) == mine + other
    assert refs(reader, vendor="acme") == refs(reader, contract="acme-1") == mine
    assert refs(reader, kpi="zeta-accuracy") == refs(reader, feed="zeta-desk") == other
    assert refs(reader, **{"from": "2026-03-14", "to": "2026-03-14"}) == mine + other
    assert refs(reader, **{"from": "2026-03-15"}) == refs(reader, **{"to": "2026-03-13"}) == []
    assert refs(reader, kpi="nobody") == refs(reader, feed="nobody") == []


def test_every_row_comes_once_whatever_the_page(acme: Holding, reader: Program) -> None:
    for number in range(23):
        at = NOON + timedelta(hours=number // 5)  # several share a time
        an_observation(acme.kpi, acme.delivery, f"row-{number:03}", at)
    kpi = factories.a_kpi(acme.kpi.contract, "second")
    an_observation(kpi, acme.delivery, "of-the-second")
    read: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    for _ in range(20):
        page = reader.get(ROWS, **query).json()
        read += [row["id"] for row in page["results"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(read) == len(set(read)) == 25
    assert read == [row["id"] for row in found(reader, "observations", limit=5000)]


def test_without_the_key_beside_the_time_rows_are_lost(
    acme: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        an_observation(acme.kpi, acme.delivery, f"row-{number}")
    real = observing._beyond
    monkeypatch.setattr(
        observing, "_beyond", lambda kpi, after: real(kpi, after and after_all(after))
    )

    def after_all(place: observing.Place) -> observing.Place:
        return observing.Place(place.kpi, place.at, b"\xff" * 16)

    page = reader.get(ROWS, limit=2).json()
    rest = reader.get(ROWS, limit=2, cursor=page["next_cursor"]).json()
    assert len(page["results"] + rest["results"]) < 4


def test_a_vendor_reads_its_own_and_no_feed_of_others(acme: Holding, zeta: Holding) -> None:
    common = factories.a_feed(None, "common")
    an_observation(acme.kpi, factories.a_delivery(common, "all.csv"), "acme-common")
    vendors = a_program("read", vendor=acme.vendor)
    rows = {row["ref"]: row for row in found(vendors, "observations")}
    assert set(rows) == {"acme-INC-1", "acme-common"}
    assert (rows["acme-common"]["feed"], rows["acme-common"]["delivery"]) == (None, None)
    assert refs(vendors, vendor="zeta") == refs(vendors, feed="zeta-desk") == []


def test_a_cursor_of_another_list_is_refused(acme: Holding, zeta: Holding, reader: Program) -> None:
    other = reader.get("/api/v1/deliveries", limit=1).json()["next_cursor"]
    for cursor in (other, "x", "\U0001f600"):
        assert reader.get(ROWS, cursor=cursor).status_code == 400


class TestChanges:
    def test_corrected_and_restored_rows_come_again(self, reader: Program) -> None:
        a_share()
        feed = a_mapped_feed()
        first = load(feed, TWO)
        Ingestion.objects.filter(pk=first.pk).update(updated_at=datetime(2020, 1, 1, tzinfo=UTC))
        since = "2021-01-01"
        assert refs(reader, updated_since=since) == []

        second = load(feed, csv(["1,2026-03-02,no"]))
        assert refs(reader, updated_since=since) == ["1"]

        Ingestion.objects.update(updated_at=datetime(2020, 1, 1, tzinfo=UTC))
        undo_request(ingestion=second, reason="not ours", asked_by=None, as_of=APRIL)
        work_all(as_of=APRIL)
        (row,) = found(reader, "observations", updated_since=since)
        assert (row["ref"], row["delivery"]) == ("1", None)
        assert sorted(refs(reader)) == ["1", "2"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"kpi": "acme-accuracy"},
        {"vendor": "acme", "from": "2026-03-01", "to": "2026-03-31"},
        {"feed": "acme-desk"},
        {"updated_since": "2020-01-01"},
    ],
)
def test_no_query_scans_the_rows(acme: Holding, reader: Program, query: dict[str, str]) -> None:
    with CaptureQueriesContext(connection) as seen:
        found(reader, "observations", **query)
    reads = [
        one["sql"]
        for one in seen.captured_queries
        if 'FROM "metrics_observation"' in one["sql"]
        and "LIMIT" in one["sql"]
        and one["sql"].startswith("SELECT")
        and "EXISTS" not in one["sql"]
    ]
    assert reads
    for sql in reads:
        plan = plan_of(sql)
        assert "observation_of_period" in plan, plan
        assert "SCAN metrics_observation" not in plan
        assert "Seq Scan on metrics_observation" not in plan


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            return "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[3] for row in cursor.fetchall())
