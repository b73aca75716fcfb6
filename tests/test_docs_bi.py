"""The recipes of docs/bi.md work as they are printed, against figures of this installation."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from contracts.models import Vendor
from contracts.services.apikeys import apikey_create
from contracts.services.vendors import vendor_change
from kpotracker.toolkit.tabular.snippets import snippets
from metrics.bi.catalogue import COLLECTIONS
from tests import factories
from tests.api.world import a_holding, a_program
from tests.services import ROOT

SITE = "http://localhost:8000"
GUIDE = (ROOT / "docs" / "bi.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture
def key() -> str:
    acme = a_holding("acme")
    factories.a_figure(acme.kpi, date(2026, 4, 1), "97", "MET")
    a_holding("lumen")
    return apikey_create(name="BI", scopes=["read"]).secret


def run(code: str, key: str, site: str, folder: Path) -> str:
    """Run Python in a process of its own, as a reader of the guide does."""
    environment = os.environ | {"KPO_KEY": key, "DLT_DATA_DIR": str(folder / ".dlt")}
    environment["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    done = subprocess.run(
        [sys.executable, "-c", code.replace(SITE, site)],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pandas_joins_facts_and_kpis(key: str, live_server, tmp_path: Path) -> None:
    (code,) = [text for text in blocks("python") if "pandas" in text]
    told = run(f"{code}\nprint(by_family.to_dict())", key, live_server.url, tmp_path)
    assert "('outcome', '2026-03'): 2" in told


@pytest.mark.parametrize(
    "paginator", ['{"type": "header_link"}', *re.findall(r'by `(\{"type": "cursor".*?\})`', GUIDE)]
)
def test_dlt_loads_all_and_then_only_what_changed(
    paginator: str, key: str, live_server, tmp_path: Path
) -> None:
    (code,) = [text for text in blocks("python") if "dlt" in text]
    paged = code.replace('{"type": "header_link"}', paginator).replace(
        '"limit": 5000', '"limit": 2'
    )
    counted = paged + "\nprint(dict(pipeline.last_trace.last_normalize_info.row_counts))"
    first = run(counted, key, live_server.url, tmp_path)
    assert "'fact_result': 3" in first
    assert "'dim_vendor': 2" in first
    vendor_change(vendor=Vendor.objects.get(code="acme"), name="Acme again")
    second = run(counted, key, live_server.url, tmp_path)
    assert "'dim_vendor': 1" in second
    assert "fact_result" not in second
    with duckdb.connect(str(tmp_path / "kpotracker.duckdb"), read_only=True) as loaded:
        assert loaded.sql("SELECT count(*) FROM kpi.fact_result").fetchone() == (3,)
        named = loaded.sql("SELECT name FROM kpi.dim_vendor ORDER BY vendor").fetchall()
    assert named == [("Acme again",), ("Lumen",)]


def test_duckdb_reads_parquet_and_csv_by_address(key: str, live_server) -> None:
    (code,) = [text for text in blocks("sql") if "read_parquet" in text]
    told = code.replace(SITE, live_server.url).replace("YOUR KEY", key)
    with duckdb.connect() as reading:
        load_httpfs(reading)
        rows = reading.execute(told).fetchall()
    assert [(vendor, figures) for vendor, figures, _ in rows] == [("acme", 2), ("lumen", 1)]


def load_httpfs(reading: duckdb.DuckDBPyConnection) -> None:
    from duckdb_extensions import import_extension

    import_extension("httpfs", con=reading)


@pytest.mark.parametrize("number", range(len(blocks("powerquery"))))
def test_the_addresses_and_columns_of_power_query_exist(number: int, key: str) -> None:
    code = blocks("powerquery")[number]
    program = a_program("read")
    if "OData.Feed" in code:
        assert program.get("/api/v1/odata/results").status_code == 200
        return
    (name,) = re.findall(r'RelativePath = "api/v1/(\w+)"', code)
    stated = dict(re.findall(r'#?"?(\w+)"? = "([^"]*)"', code.split("Query = [")[1].split("]")[0]))
    stated |= dict.fromkeys(re.findall(r"(updated_\w+) =", code), "2026-01-01T00:00:00Z")
    answer = program.get(f"/api/v1/{name}", **stated)
    assert answer.status_code == 200, answer.content
    assert {"results", "next_cursor"} <= set(answer.json())
    collection = next(one for one in COLLECTIONS if one.name == name)
    typed = set(re.findall(r'\{"(\w+)", type', code))
    assert typed <= set(collection.names)


def test_grafana_sends_epoch_milliseconds(key: str) -> None:
    (text,) = blocks("text")
    query = dict(re.findall(r"(\w+)\s+= (\S+)", text))
    query |= {"kpi": "acme-accuracy", "from": "1767225600000", "to": "1798761600000"}
    rows = a_program("read").get("/api/v1/series", **query).json()["results"]
    assert [row["period"] for row in rows] == ["2026-03", "2026-04"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="views are for PostgreSQL")
def test_the_views_answer_the_sql_of_the_guide(key: str, capsys) -> None:
    (code,) = [text for text in blocks("sql") if "bi_v1_" in text]
    call_command("bi_views")
    with connection.cursor() as cursor:
        cursor.execute(code)
        rows = cursor.fetchall()
    assert [(period, family, failures) for period, family, _, failures in rows] == [
        ("2026-03", "outcome", 2),
        ("2026-04", "outcome", 0),
    ]
    assert "bi_v1_fact_result" in capsys.readouterr().out


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL has the views")
def test_elsewhere_the_command_says_what_it_needs() -> None:
    with pytest.raises(CommandError, match="DATABASE_URL"):
        call_command("bi_views")


def test_the_lines_of_the_pages_run_too(key: str, live_server, tmp_path: Path) -> None:
    _, _, pandas, parquet, dlt = snippets(live_server.url, "results", {"vendor": "acme"})
    told = run(f"{pandas.code}\nprint(len(rows))", key, live_server.url, tmp_path)
    assert told.strip() == "2"
    with duckdb.connect() as reading:
        load_httpfs(reading)
        assert len(reading.execute(parquet.code.replace("YOUR KEY", key)).fetchall()) == 2
    run(dlt.code, key, live_server.url, tmp_path)
    with duckdb.connect(str(tmp_path / "kpotracker.duckdb"), read_only=True) as loaded:
        assert loaded.sql("SELECT count(*) FROM kpi.results").fetchone() == (2,)


def test_every_collection_is_in_the_guide() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE))
    assert named == {collection.name for collection in COLLECTIONS}
