"""The clients people use read the files by their address: DuckDB and pandas."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pandas as pd
import pytest
from django.conf import LazySettings

from contracts.models import Vendor
from contracts.services.apikeys import apikey_create
from kpotracker.toolkit.tabular.madefiles import folder
from metrics.api.twins import ParquetTwin
from tests import factories
from tests.api.world import Holding, a_holding

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20_000


@dataclass(frozen=True)
class Asked:
    """A request for a Parquet file and what it was answered with."""

    method: str
    range: str
    status: int
    bytes: int


@pytest.fixture
def acme() -> Holding:
    return a_holding("acme")


@pytest.fixture
def secret() -> str:
    return apikey_create(name="BI", scopes=["read"]).secret


@pytest.fixture
def api(live_server: Any, settings: LazySettings, tmp_path: Path) -> str:
    settings.DATA_DIR = tmp_path
    return f"{live_server.url}/api/v1"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """Every request for a Parquet file."""
    found: list[Asked] = []
    get = ParquetTwin.get

    def noting(view: Any, request: Any) -> Any:
        answer = get(view, request)
        size = 0 if request.method == "HEAD" else int(answer.headers.get("Content-Length", 0))
        stated = request.headers.get("Range", "")
        found.append(Asked(request.method, stated, answer.status_code, size))
        return answer

    monkeypatch.setattr(ParquetTwin, "get", noting)
    return found


@pytest.fixture
def duck(secret: str) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    folder = Path(str(resources.files("duckdb_extension_httpfs"))) / "extensions"
    (extension,) = folder.rglob("httpfs.duckdb_extension")
    connection.load_extension(str(extension))  # nothing is fetched from the internet
    connection.execute(f"CREATE SECRET (TYPE http, BEARER_TOKEN '{secret}')")
    yield connection
    connection.close()


def rows_of(duck: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    answer = duck.execute(sql)
    names = [one[0] for one in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def test_duckdb_reads_csv_and_parquet_alike(acme: Holding, api: str, duck: Any) -> None:
    factories.a_vendor("zeta", name='Größe "90 %", ja\nund neu', country="DE")
    for name in ("dim_vendor", "results"):
        typed = rows_of(duck, f"SELECT * FROM read_parquet('{api}/{name}.parquet')")
        plain = rows_of(duck, f"SELECT * FROM read_csv('{api}/{name}.csv')")
        assert len(typed) == len(plain) > 0
        assert [row["id"] for row in typed] == [row["id"] for row in plain]
    (zeta,) = rows_of(duck, f"SELECT * FROM '{api}/dim_vendor.parquet' WHERE vendor = 'zeta'")
    assert zeta["name"] == 'Größe "90 %", ja\nund neu'
    (read,) = rows_of(duck, f"SELECT name FROM read_csv('{api}/dim_vendor.csv?vendor=zeta')")
    assert read == {"name": zeta["name"]}
    types = rows_of(duck, f"DESCRIBE SELECT * FROM '{api}/results.parquet'")
    known = {row["column_name"]: row["column_type"] for row in types}
    assert known["value"] == "DOUBLE"
    assert known["last_day"] == "DATE"
    assert known["updated_at"] == "TIMESTAMP WITH TIME ZONE"


def test_duckdb_fetches_no_more_than_the_column_it_reads(
    api: str, duck: Any, asked: list[Asked]
) -> None:
    random = Random(7)
    Vendor.objects.bulk_create(
        [Vendor(code=f"v{n}", name=random.randbytes(60).hex()) for n in range(MANY)]
    )
    (found,) = rows_of(duck, f"SELECT sum(id) AS ids FROM '{api}/dim_vendor.parquet'")
    assert found["ids"] == sum(Vendor.objects.values_list("pk", flat=True))
    (size,) = [one.stat().st_size for one in folder().iterdir() if one.is_file()]
    assert size > 2_000_000
    assert {one.status for one in asked if one.method == "GET"} == {206}
    assert sum(one.bytes for one in asked) < size / 10


@pytest.mark.parametrize("checks", [True, False])
def test_duckdb_refuses_a_file_that_changes_while_it_reads(
    checks: bool, api: str, duck: Any, asked: list[Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    Vendor.objects.bulk_create([Vendor(code=f"v{n}", name="V" * 60) for n in range(MANY)])
    get = ParquetTwin.get

    def changing(view: Any, request: Any) -> Any:
        if [one.method for one in asked].count("GET") == 1:  # the footer is read
            Vendor.objects.create(code="late", name="Late")
        return get(view, request)

    monkeypatch.setattr(ParquetTwin, "get", changing)
    duck.execute(f"SET unsafe_disable_etag_checks = {not checks}")
    # what it raises holds the body, which Python's side of DuckDB may not be able to decode
    refused = pytest.raises((duckdb.HTTPException, UnicodeDecodeError))
    with refused if checks else nullcontext():
        duck.execute(f"SELECT sum(id) FROM '{api}/dim_vendor.parquet'").fetchall()


def test_pandas_reads_all_three(acme: Holding, api: str, secret: str) -> None:
    Vendor.objects.update(archived_at=datetime(2026, 4, 6, 5, tzinfo=UTC))
    options = {"Authorization": f"Bearer {secret}"}
    typed = pd.read_parquet(f"{api}/dim_vendor.parquet", storage_options=options)
    plain = pd.read_csv(f"{api}/dim_vendor.csv", storage_options=options)
    sheet = pd.read_excel(f"{api}/dim_vendor.xlsx", storage_options=options, engine="calamine")
    assert list(typed.columns) == list(plain.columns) == list(sheet.columns)
    for frame in (typed, plain, sheet):
        assert list(frame["vendor"]) == ["acme"]
    assert str(typed["updated_at"].dtype) == "datetime64[us, UTC]"
    assert sheet["archived_at"][0] == datetime(2026, 4, 6, 5)
    assert pd.to_datetime(plain["archived_at"])[0] == datetime(2026, 4, 6, 5, tzinfo=UTC)


def test_a_key_in_x_api_key_opens_them_too(acme: Holding, api: str, secret: str) -> None:
    connection = duckdb.connect()
    (extension,) = Path(str(resources.files("duckdb_extension_httpfs"))).rglob("*.duckdb_extension")
    connection.load_extension(str(extension))
    connection.execute(
        f"CREATE SECRET (TYPE http, EXTRA_HTTP_HEADERS MAP {{'X-Api-Key': '{secret}'}})"
    )
    assert len(connection.execute(f"FROM '{api}/dim_vendor.parquet'").fetchall()) == 1
    connection.close()
