"""CSV of either database: the same bytes, and never a file that only looks complete."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from contracts.models import Vendor
from contracts.selectors.scope import EVERYTHING, Scope
from kpotracker.toolkit.tabular import csvfile
from kpotracker.toolkit.tabular.csvfile import CsvBlocks, number_text
from kpotracker.toolkit.tabular.extract import Extract
from metrics.bi.catalogue import COLLECTIONS
from metrics.bi.dimensions import dim_vendor
from metrics.bi.facts import fact_result
from metrics.models import ResultRevision
from tests import factories
from tests.api.test_twins import AWKWARD, FORMULAS, NUMBERS
from tests.api.world import Holding, Program

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 6, 5, 0, 3, 123000, UTC)
ONLY_POSTGRESQL = "only PostgreSQL writes CSV itself"


def test_the_bytes_are_these_on_both_databases() -> None:
    factories.a_vendor("plain", name="Plain", country="IE")
    factories.a_vendor("quoted", name=AWKWARD, owner="")
    factories.a_vendor("formula", name="=1+1", owner="-x, y", archived_at=AT)
    Vendor.objects.update(updated_at=AT)
    first, second, third = Vendor.objects.order_by("pk").values_list("pk", flat=True)
    stamp = "2026-04-06T05:00:03.123000Z"
    expected = (
        "id,vendor,name,country,tier,owner,archived_at,updated_at\n"
        f"{first},plain,Plain,IE,standard,Dana,,{stamp}\n"
        f'{second},quoted,"Größe ""90 %"", ja\nneue Zeile,\r\n✓",,standard,,,{stamp}\n'
        f"{third},formula,'=1+1,,standard,\"'-x, y\",{stamp},{stamp}\n"
    )
    assert b"".join(CsvBlocks(Extract.of(dim_vendor, EVERYTHING, {}))) == expected.encode()


@pytest.mark.parametrize("internal", [True, False])
def test_what_the_database_writes_is_what_we_would_write(
    internal: bool, acme: Holding, zeta: Holding
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip(ONLY_POSTGRESQL)
    for place, text in enumerate([*FORMULAS, AWKWARD, "", " ", '"', "\\.", "'", "a'b", "%s"]):
        factories.a_vendor(f"n{place}", name=text)
    for place, number in enumerate(NUMBERS):
        head = factories.a_figure(acme.kpi, date(2027 + place // 12, 1 + place % 12, 1))
        ResultRevision.objects.filter(period=head).update(value_float=number)
    scope = EVERYTHING if internal else Scope(frozenset({acme.vendor.pk}))
    for collection in COLLECTIONS:
        extract = Extract.of(collection, scope, {})
        assert b"".join(csvfile._lines(extract)) == b"".join(
            [f"{','.join(collection.names)}\n".encode(), *csvfile._written(extract)]
        ), collection.name


@pytest.mark.parametrize("number", [*NUMBERS, 123456789012345678.0, -1e15, 1.5e15, 9.99e14, 1e-4])
def test_a_number_is_written_as_postgresql_writes_it(number: float) -> None:
    assert float(number_text(number)) == number
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(CAST(%s AS float8) AS text)", [repr(number)])
            assert number_text(number) == cursor.fetchone()[0]


def test_a_statement_that_fails_at_once_is_a_problem(
    acme: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Iterator[bytes]:
        raise OperationalError("gone")
        yield b""

    monkeypatch.setattr(csvfile, "copied", fail)
    monkeypatch.setattr(csvfile, "_written", fail)
    answer = reader.get("/api/v1/results.csv")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Content-Disposition" not in answer.headers


def test_a_failure_on_the_way_breaks_the_answer(
    acme: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Iterator[bytes]:
        yield b"x" * 100_000
        raise OperationalError("gone")

    monkeypatch.setattr(csvfile, "copied", fail)
    monkeypatch.setattr(csvfile, "_written", fail)
    answer: Any = Client().get("/api/v1/results.csv", headers=dict(reader.headers))
    assert answer.status_code == 200
    assert "Content-Length" not in answer.headers
    with pytest.raises(OperationalError):
        b"".join(answer)


def test_a_reader_who_goes_away_ends_the_statement(acme: Holding) -> None:
    Vendor.objects.bulk_create([Vendor(code=f"v{n}", name="V" * 200) for n in range(2_000)])
    blocks = CsvBlocks(Extract.of(dim_vendor, EVERYTHING, {}))
    assert len(next(iter(blocks))) >= 64 * 1024
    blocks.close()
    assert Vendor.objects.count() == 2_001  # the connection is free again


def test_a_block_at_a_time_is_held(acme: Holding) -> None:
    Vendor.objects.bulk_create([Vendor(code=f"v{n}", name="V" * 200) for n in range(2_000)])
    sizes = [len(block) for block in CsvBlocks(Extract.of(dim_vendor, EVERYTHING, {}))]
    assert len(sizes) > 5
    assert max(sizes) < 80 * 1024


def test_percent_signs_of_values_do_not_disturb_the_statement(acme: Holding) -> None:
    query = {"kpi": ["%s", "acme-accuracy"]}
    rows = b"".join(CsvBlocks(Extract.of(fact_result, EVERYTHING, query))).splitlines()
    assert len(rows) == 2
