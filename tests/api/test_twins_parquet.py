"""Parquet files: read in parts, shared while true, never stale and never another reader's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from contracts.models import Contract, Vendor
from contracts.selectors.scope import EVERYTHING
from contracts.services.writing import save, writing
from kpotracker.toolkit.tabular.extract import Extract
from kpotracker.toolkit.tabular.madefiles import files_forget, folder
from kpotracker.toolkit.tabular.marks import tables_of
from metrics.api import twins
from metrics.bi.catalogue import COLLECTIONS
from metrics.models import Kpi, KpiDefinition, KpiPeriod, ServiceLevel
from tests import factories
from tests.api.twins import table
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
PATH = "/api/v1/dim_vendor.parquet"


@pytest.fixture(autouse=True)
def _own_folder(settings: LazySettings, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every file that was made."""
    found: list[Any] = []
    write = twins.parquet_write

    def noting(extract: Extract, path: Any) -> None:
        found.append(path)
        write(extract, path)

    monkeypatch.setattr(twins, "parquet_write", noting)
    return found


def ask(reader: Program, path: str = PATH, **headers: str) -> Any:
    return Program({**reader.headers, **headers}).get(path)


def body_of(reader: Program) -> bytes:
    content: bytes = ask(reader).content
    return content


def rename(vendor: Vendor, name: str) -> None:
    vendor.name = name
    with writing():
        save(vendor)


def test_head_says_what_get_brings(acme: Holding, reader: Program) -> None:
    head, got = reader.call("HEAD", PATH), ask(reader)
    assert head.content == b""
    assert int(head.headers["Content-Length"]) == len(got.content)
    for name in ("ETag", "Accept-Ranges", "Content-Type", "Content-Length", "Content-Disposition"):
        assert head.headers[name] == got.headers[name], name
    assert got.headers["ETag"].startswith('"')
    assert got.headers["Content-Type"] == "application/vnd.apache.parquet"


@pytest.mark.parametrize(
    ("asked", "cut"),
    [
        ("bytes=0-3", slice(0, 4)),
        ("bytes=5-", slice(5, None)),
        ("bytes=-8", slice(-8, None)),
        ("bytes=-99999999", slice(0, None)),
        ("bytes=4-99999999", slice(4, None)),
        ("Bytes = 0-0", slice(0, 1)),
    ],
)
def test_a_range_is_answered_with_its_bytes(
    asked: str, cut: slice, acme: Holding, reader: Program
) -> None:
    whole = body_of(reader)
    part = ask(reader, Range=asked)
    start, end, _ = cut.indices(len(whole))
    if end - start < len(whole):
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(whole)}"
    assert part.content == whole[cut]
    assert part.headers["Content-Length"] == str(len(part.content))


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,4-5", "bytes=9-4", "lines=0-1", "bytes=", "bytes=-", "bytes=a-b", "x"]
)
def test_what_is_no_single_range_brings_the_whole(
    asked: str, acme: Holding, reader: Program
) -> None:
    assert ask(reader, Range=asked).content == body_of(reader)


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-999999999", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(asked: str, acme: Holding, reader: Program) -> None:
    size = len(body_of(reader))
    answer = ask(reader, Range=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{size}"
    assert answer.json()["status"] == 416


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-None-Match", "{tag}", 304),
        ("If-None-Match", 'W/{tag}, "x"', 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", '"x"', 200),
        ("If-Match", "{tag}", 200),
        ("If-Match", "*", 200),
        ("If-Match", '"x"', 412),
        ("If-Match", "W/{tag}", 412),
    ],
)
def test_conditions(header: str, value: str, status: int, acme: Holding, reader: Program) -> None:
    tag = ask(reader).headers["ETag"]
    answer = ask(reader, **{header: value.format(tag=tag)})
    assert answer.status_code == status
    assert answer.headers.get("ETag") == tag
    assert (status != 304) or not answer.content


def test_parts_of_two_versions_never_come_as_one(acme: Holding, reader: Program) -> None:
    first = ask(reader, Range="bytes=0-99")
    tag = first.headers["ETag"]
    assert ask(reader, Range="bytes=100-", **{"If-Range": tag}).status_code == 206
    rename(acme.vendor, "Renamed")
    second = ask(reader, Range="bytes=100-", **{"If-Range": tag})
    assert second.status_code == 200
    assert second.content == body_of(reader)
    assert second.headers["ETag"] != tag
    assert ask(reader, **{"If-Match": tag}).status_code == 412
    assert ask(reader, Range="bytes=0-9", **{"If-Range": "Mon, 01 Jan 2035"}).status_code == 200


def test_a_file_made_again_has_another_tag(acme: Holding, reader: Program) -> None:
    first = ask(reader).headers["ETag"]
    files_forget(datetime.now(UTC) + timedelta(hours=2))
    assert ask(reader).headers["ETag"] != first


def test_a_file_is_shared_while_nothing_changes(
    acme: Holding, reader: Program, made: list[Any]
) -> None:
    other = a_program("read")
    tags = {ask(one).headers["ETag"] for one in (reader, other, reader)}
    assert len(tags) == len(made) == 1
    ask(reader, f"{PATH}?vendor=acme")
    ask(reader, f"{PATH}?vendor=zeta")
    assert len(made) == 3


def the_level(side: Holding) -> None:
    ServiceLevel.objects.update(expected="97")


def the_definition(side: Holding) -> None:
    KpiDefinition.objects.update(unit="hours")


def the_kpi(side: Holding) -> None:
    kpi = Kpi.objects.get(pk=side.kpi.pk)
    kpi.name = "Renamed"
    with writing():
        save(kpi)


def the_contract(side: Holding) -> None:
    contract = Contract.objects.get()
    contract.reference = "renamed-1"
    with writing():
        save(contract)


def a_case_step(side: Holding) -> None:
    side.case.transitions.create(
        revision=side.result.current, from_state="open", to_state="acknowledged", by="dana"
    )


def another_figure(side: Holding) -> None:
    factories.a_figure(side.kpi, datetime(2026, 5, 1).date())


CHANGES: list[tuple[str, Callable[[Holding], None]]] = [
    ("results", the_level),
    ("fact_result", the_level),
    ("results", the_definition),
    ("series", the_kpi),
    ("fact_result", the_contract),
    ("fact_breach", a_case_step),
    ("results", another_figure),
    ("dim_period", another_figure),
]


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_no_change_of_anything_that_is_joined_is_missed(
    name: str, change: Callable[[Holding], None], acme: Holding, reader: Program
) -> None:
    before = table(reader, f"{name}.parquet")
    change(acme)
    after = table(reader, f"{name}.parquet")
    assert after != before
    with_typed = [row["id"] for row in after]
    assert with_typed == [row["id"] for row in reader.get(f"/api/v1/{name}").json()["results"]]


def test_a_removed_row_is_missed_at_once(acme: Holding, reader: Program) -> None:
    gone = factories.a_vendor("gone")
    factories.a_vendor("newer")
    assert len(table(reader, "dim_vendor.parquet")) == 3
    gone.delete()
    assert len(table(reader, "dim_vendor.parquet")) == 2


@pytest.mark.parametrize(("name", "change"), CHANGES)
def test_without_the_mark_a_file_would_be_stale(
    name: str,
    change: Callable[[Holding], None],
    acme: Holding,
    reader: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twins, "state_mark", lambda extract: "same")
    before = table(reader, f"{name}.parquet")
    change(acme)
    assert table(reader, f"{name}.parquet") == before


def test_the_mark_covers_every_table_that_is_read() -> None:
    read = set()
    for collection in COLLECTIONS:
        extract = Extract.of(collection, EVERYTHING, {})
        assert extract.statement is not None
        read |= tables_of(extract.statement[0])
    wanted = (Vendor, Contract, Kpi, KpiPeriod, KpiDefinition, ServiceLevel)
    assert {one._meta.db_table for one in wanted} < read
    assert "metrics_casetransition" in read


def test_without_the_key_a_vendor_would_get_the_buyers_file(
    acme: Holding, zeta: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = a_program("read", vendor=zeta.vendor)
    assert len(table(reader, "dim_vendor.parquet")) == 2
    assert len(table(owner, "dim_vendor.parquet")) == 1
    monkeypatch.setattr(twins, "statement_key", lambda extract: "a" * 32)
    table(reader, "dim_vendor.parquet")
    assert len(table(owner, "dim_vendor.parquet")) == 2


def test_a_file_that_is_being_sent_when_it_is_removed_arrives(
    acme: Holding, reader: Program
) -> None:
    whole = body_of(reader)
    answer: Any = Client().get(PATH, headers=dict(reader.headers))
    files_forget(datetime.now(UTC) + timedelta(hours=2))
    assert [one for one in folder().iterdir() if one.is_file()] == []
    assert b"".join(answer) == whole


def test_a_full_disk_is_a_problem_with_a_way_out(
    acme: Holding, reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(twins, "parquet_write", fill)
    monkeypatch.setattr(twins.xlsxfile, "xlsx_write", fill)
    for ending in ("parquet", "xlsx"):
        answer = ask(reader, f"/api/v1/dim_vendor.{ending}")
        assert answer.status_code == 503
        assert ".csv" in answer.json()["detail"]


def test_ranges_count_as_reading_and_only_a_new_file_as_an_export(
    acme: Holding, reader: Program, settings: LazySettings
) -> None:
    settings.API_RATE_EXPORT = (1, 60)
    for _ in range(4):
        assert ask(reader, Range="bytes=0-3").status_code == 206
    refused = ask(reader, f"{PATH}?vendor=acme")
    assert refused.status_code == 429
    assert [one for one in folder().iterdir() if one.suffix == ".part"] == []
