"""The flat collections: what a row is, whose it is, and what makes it come again."""

from datetime import date, timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Contract, Vendor
from contracts.services.vendors import vendor_change
from kpotracker.toolkit import stamping
from kpotracker.toolkit.stamping import stamp
from metrics.bi.catalogue import COLLECTIONS, STAR
from metrics.models import KpiPeriod, ReportingPeriod, ServiceLevel
from metrics.scorecards.publish import card_to_publish, publish
from metrics.selectors.spans import month_of
from tests import factories
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


def rows(program: Program, name: str, **query: Any) -> list[dict[str, Any]]:
    answer = program.get(f"/api/v1/{name}", **query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def published(holding: Holding) -> None:
    contract = Contract.objects.get(reference=holding.contract)
    card = card_to_publish(contract=contract, span=month_of(MARCH))
    publish(card=card, by="petra", as_of=timezone.now(), reason="agreed")
    holding.result.refresh_from_db()


@pytest.mark.parametrize("name", [one.name for one in COLLECTIONS])
def test_a_row_has_the_declared_columns_and_ends_with_its_stamp(
    name: str, acme: Holding, reader: Program
) -> None:
    collection = next(one for one in COLLECTIONS if one.name == name)
    assert collection.names[0] == "id"
    assert collection.names[-1] == "updated_at"
    for row in rows(reader, name):
        assert list(row) == collection.names
    assert rows(reader, name)


def test_the_star_joins(acme: Holding, zeta: Holding, reader: Program) -> None:
    vendors = {row["vendor"] for row in rows(reader, "dim_vendor")}
    contracts = {row["contract"] for row in rows(reader, "dim_contract")}
    kpis = {row["kpi"] for row in rows(reader, "dim_kpi")}
    periods = {row["period_key"] for row in rows(reader, "dim_period")}
    for fact in rows(reader, "fact_result") + rows(reader, "fact_breach"):
        assert fact["vendor"] in vendors
        assert fact["contract"] in contracts
        assert fact["kpi"] in kpis
        assert fact["period_key"] in periods


def test_a_figure_keeps_its_revisions_and_tells_which_one_counts(
    acme: Holding, reader: Program
) -> None:
    published(acme)
    factories.a_revision(acme.result, "95")
    first, second = rows(reader, "fact_result")
    assert [first["revision"], second["revision"]] == [1, 2]
    assert [first["is_current"], second["is_current"]] == [False, True]
    assert [first["as_published"], second["as_published"]] == [True, False]
    assert [first["value"], second["value"]] == [89.5, 95.0]
    assert first["value_exact"] == "179/2"
    assert rows(reader, "fact_result", is_current="true") == [second]
    assert rows(reader, "fact_result", as_published="true") == [first]
    assert rows(reader, "fact_result", as_published="false") == [second]
    assert rows(reader, "results")[0]["value"] == 95


def test_publishing_again_moves_what_is_as_published(acme: Holding, reader: Program) -> None:
    published(acme)
    before = rows(reader, "fact_result")[0]["updated_at"]
    factories.a_revision(acme.result, "95")
    published(acme)
    first, second = rows(reader, "fact_result", updated_since=before)
    assert [first["as_published"], second["as_published"]] == [False, True]
    assert min(first["updated_at"], second["updated_at"]) > before


def test_a_reader_confined_to_a_vendor_sees_that_vendors_star(acme: Holding, zeta: Holding) -> None:
    odd = factories.a_period(zeta.kpi, date(2019, 7, 1))
    program = a_program("read", vendor=acme.vendor)
    for collection in STAR:
        told = program.get(f"/api/v1/{collection.name}").content.decode()
        assert "zeta" not in told.lower(), collection.name
        assert odd.label not in told, collection.name
    (vendor,) = rows(program, "dim_vendor")
    assert (vendor["tier"], vendor["owner"]) == (None, None)


def test_a_page_costs_the_same_queries_whatever_it_holds(acme: Holding, reader: Program) -> None:
    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert rows(reader, name)
        return len(asked)

    reader.get("/api/v1/dim_vendor")  # notes that the key was used
    few = {one.name: queries(one.name) for one in STAR}
    for month in range(4, 12):
        factories.a_figure(acme.kpi, date(2026, month, 1), "91", "MET")
    assert {one.name: queries(one.name) for one in STAR} == few
    assert set(few.values()) == {3 if connection.vendor == "postgresql" else 2}


def test_three_thousand_figures_of_one_stamp_come_exactly_once(
    acme: Holding, reader: Program
) -> None:
    first = date(2015, 1, 1)
    heads = [a_day(acme, first + timedelta(days=day)) for day in range(3_000)]
    KpiPeriod.objects.bulk_create(heads)
    level, definition = acme.kpi.levels.get(), acme.kpi.definitions.get()
    like = acme.result.current
    made = [like.__class__(**columns_of(like, head, definition, level)) for head in heads]
    like.__class__.objects.bulk_create(made)
    for head, revision in zip(heads, made, strict=True):
        head.current = revision
    KpiPeriod.objects.bulk_update(heads, ["current"], batch_size=500)
    KpiPeriod.objects.update(updated_at=timezone.now())
    for name in ("fact_result", "results"):
        seen: list[int] = []
        cursor: dict[str, Any] = {}
        while True:
            page = reader.get(f"/api/v1/{name}", limit=700, **cursor).json()
            seen += [row["id"] for row in page["results"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert len(seen) == len(set(seen)) == 3_001, name


def a_day(holding: Holding, day: date) -> KpiPeriod:
    midnight = timezone.make_aware(timezone.datetime(day.year, day.month, day.day))
    return KpiPeriod(
        kpi=holding.kpi,
        starts_at=midnight,
        ends_at=midnight + timedelta(days=1),
        first_day=day,
        last_day=day,
        label=day.isoformat(),
        phase="final",
        status="MET",
    )


def columns_of(like: Any, head: KpiPeriod, definition: Any, level: Any) -> dict[str, Any]:
    names = [field.attname for field in like._meta.concrete_fields if field.name != "id"]
    return {name: getattr(like, name) for name in names} | {"period_id": head.pk, "number": 1}


def test_a_cursor_of_another_list_is_refused(acme: Holding, zeta: Holding, reader: Program) -> None:
    page = reader.get("/api/v1/dim_vendor", limit=1).json()
    answer = reader.get("/api/v1/fact_result", cursor=page["next_cursor"])
    assert answer.status_code == 400
    assert "another list" in answer.json()["errors"][0]["detail"]


def test_series_comes_in_the_order_of_time_between_from_and_to(
    acme: Holding, reader: Program
) -> None:
    for month in (1, 5, 2):
        factories.a_figure(acme.kpi, date(2026, month, 1), "91", "MET")
    found = rows(reader, "series", **{"from": "2026-02-01", "to": "1775174400000"})
    assert [row["period"] for row in found] == ["2026-02", "2026-03"]
    assert found[0]["time"] == "2026-03-01T00:00:00Z"
    assert found[1]["target_minimum"] == 90


def test_what_is_deleted_leaves_a_trace_for_its_readers(
    acme: Holding, zeta: Holding, reader: Program
) -> None:
    level = ServiceLevel.objects.create(
        kpi=acme.kpi, valid_from=date(2030, 1, 1), operator=">=", expected="99"
    )
    gone = level.pk
    level.delete()
    (row,) = [row for row in rows(reader, "deletions") if row["row"] == gone]
    assert (row["collection"], row["row"]) == ("service-levels", gone)
    assert rows(a_program("read", vendor=acme.vendor), "deletions")[-1] == row
    assert row not in rows(a_program("read", vendor=zeta.vendor), "deletions")


def test_a_changed_vendor_comes_again_at_the_end(
    acme: Holding, zeta: Holding, reader: Program
) -> None:
    last = rows(reader, "dim_vendor")[-1]["updated_at"]
    vendor_change(vendor=Vendor.objects.get(code=acme.vendor.code), name="Acme again")
    found = rows(reader, "dim_vendor", updated_since=last)
    assert [row["name"] for row in found][-1] == "Acme again"


def test_reporting_periods_are_noted_once(acme: Holding, zeta: Holding) -> None:
    assert ReportingPeriod.objects.filter(label="2026-03").count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one at a time")
@pytest.mark.django_db(transaction=True)
class TestLateCommits:
    """A reader goes on from what it saw; a writer that commits late must not lie behind that."""

    def test_a_change_that_is_committed_late_is_not_missed(
        self, acme: Holding, zeta: Holding, reader: Program
    ) -> None:
        seen = self.read_while_one_is_late(acme, zeta, reader)
        assert seen == {"Late", "Early"}

    def test_stamped_without_the_lock_it_would_be_missed(
        self, acme: Holding, zeta: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stamping, "_take_stamp_lock", lambda: None)
        assert self.read_while_one_is_late(acme, zeta, reader) == {"Early"}

    def read_while_one_is_late(self, acme: Holding, zeta: Holding, reader: Program) -> set[str]:
        """Names that a reader sees who reads between two commits, and goes on afterwards."""
        since = rows(reader, "dim_vendor")[-1]["updated_at"]
        stamped, read = Event(), Event()

        def late() -> None:
            with transaction.atomic():
                Vendor.objects.filter(code="acme").update(name="Late")
                stamp(Vendor, [acme.vendor.pk])
                stamped.set()
                read.wait(3)
            connection.close()

        def early() -> None:
            stamped.wait(5)
            vendor_change(vendor=Vendor.objects.get(code="zeta"), name="Early")
            connection.close()

        threads = [Thread(target=late), Thread(target=early)]
        for thread in threads:
            thread.start()
        threads[1].join(1)
        first = rows(reader, "dim_vendor", updated_since=since)
        read.set()
        for thread in threads:
            thread.join()
        newest = max([since, *(row["updated_at"] for row in first)])
        second = rows(reader, "dim_vendor", updated_since=newest)
        return {row["name"] for row in first + second} & {"Late", "Early"}
