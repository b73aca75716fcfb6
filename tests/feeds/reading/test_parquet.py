"""Parquet: judged by its metadata, and every type as an exact text."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from metrics.feeds.mapping.calendar import microseconds
from metrics.feeds.mapping.shape import Format
from metrics.feeds.reading import Limits
from metrics.feeds.reading.parquet import Parquet
from metrics.feeds.reading.source import Request

from .reports import Report, read_bytes, read_here

PARQUET = {"type": "parquet"}


def read(tmp_path: Path, limits: Limits | None = None, **columns: Any) -> Report:
    size = len(next(iter(columns.values())))
    usual = {
        "id": [f"A{n}" for n in range(size)],
        "at": pa.array([datetime(2026, 3, 1, tzinfo=UTC)] * size, pa.timestamp("us", "UTC")),
        "n": [1.5] * size,
    }
    path = tmp_path / "feed.parquet"
    pq.write_table(pa.table(usual | columns), path)
    return read_here(path, format=PARQUET, limits=limits or Limits())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1.5, 0.1]), [150, 10]),
        (pa.array([1e-2, 1e16]), [1, 10**18]),
        (pa.array([1.5, 0.5], pa.float32()), [150, 50]),
        (pa.array([7, 2**53 + 1]), [700, (2**53 + 1) * 100]),
        (pa.array([2**63], pa.uint64()), ["range"]),
        (pa.array([92_233_720_368_547_758], pa.uint64()), [9_223_372_036_854_775_800]),
        (pa.array([Decimal("1.50"), Decimal("-2.25")]), [150, -225]),
        (pa.array([Decimal("0.00000001")]), ["decimals"]),
        (pa.array(["1.5", "2"]).dictionary_encode(), [150, 200]),
        (pa.array(["1.5"], pa.large_string()), [150]),
        (pa.array([b"1.5"]), [150]),
        (pa.array([float("nan")]), ["number"]),
        (pa.array([float("inf")]), ["number"]),
        (pa.array([1e-400, 1e300]), [0, "number"]),
        (pa.array([True]), ["number"]),
        (pa.array([None], pa.float64()), ["missing"]),
        (pa.array(["x" * 40_000]), ["length"]),
        (pa.array(["a\0b"]), ["nul"]),
    ],
)
def test_numbers_of_every_type_are_exact_or_set_aside(
    tmp_path: Path, values: Any, expected: list[Any]
) -> None:
    report = read(tmp_path, n=values)
    found = dict(zip(report.column("line"), report.column("t0_value"), strict=True)) | report.rules
    assert [found[line] for line in sorted(found)] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([datetime(2026, 3, 1, 10)], pa.timestamp("ms")), datetime(2026, 3, 1, 10)),
        (pa.array([datetime(2026, 3, 1, 10)], pa.timestamp("ns")), datetime(2026, 3, 1, 10)),
        (pa.array([datetime(2026, 3, 1, 9)], pa.timestamp("us", "Europe/Paris")), datetime(2026, 3, 1, 9)),
        (pa.array([date(2026, 3, 1)]), datetime(2026, 3, 1)),
        (pa.array(["2026-03-01T10:00:00Z"]), datetime(2026, 3, 1, 10)),
        (pa.array([4_611_686_018_427], pa.timestamp("s")), "time_format"),
        (pa.array([20_000]), "time_format"),
    ],
)  # fmt: skip
def test_times_of_every_type_are_instants(tmp_path: Path, values: Any, expected: Any) -> None:
    report = read(tmp_path, at=values)
    if isinstance(expected, str):
        assert report.rules == {1: expected}
    else:
        assert report.column("t0_at") == [microseconds(expected.replace(tzinfo=UTC))]


NESTED = pa.array([{"a": 1.5, "b": {"c": "x"}}])


def test_nested_columns_are_refused_unless_they_are_mapped(tmp_path: Path) -> None:
    assert read(tmp_path, extra=NESTED).verdict == "FILE columns"
    assert read(tmp_path, extra=pa.array([[1]])).verdict == "FILE columns"


def test_mapped_fields_of_a_nested_column_are_read(tmp_path: Path) -> None:
    from .reports import MAPPING

    path = tmp_path / "feed.parquet"
    pq.write_table(pa.table({"id": ["A"], "at": ["2026-03-01"], "n": NESTED}), path)
    mapping = MAPPING | {"identity": ["n.b.c"], "targets": [{"kpi": "hours", "value": "n.a"}]}
    report = read_here(path, mapping=mapping, format=PARQUET)
    assert (report.column("ref"), report.column("t0_value")) == (["x"], [150])


def test_duplicate_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.parquet"
    arrays = [pa.array(["A"])] * 4
    pq.write_table(pa.Table.from_arrays(arrays, names=["id", "at", "n", "n"]), path)
    assert read_here(path, format=PARQUET).verdict == "FILE header"


def sound(tmp_path: Path) -> bytes:
    read(tmp_path, n=[1.5] * 1000)
    return (tmp_path / "feed.parquet").read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-20],
        lambda whole: whole[:-4] + b"PAR0",
        lambda whole: b"PAR1" + b"\0" * 200,
        lambda whole: b"PAR1" + b"\0" * 200 + b"PAR1",
        lambda whole: whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        lambda whole: whole[:40] + b"\xff" * 200 + whole[240:],
        lambda whole: b"id,at,n\n",
    ],
)
def test_damage_is_found_before_anything_is_shown(tmp_path: Path, damage: Any) -> None:
    report = read_bytes(tmp_path, damage(sound(tmp_path)), format=PARQUET)
    assert report.verdict == "FILE parquet"


def test_another_kind_of_file_is_named(tmp_path: Path) -> None:
    content = b"ARROW1\0\0" + b"x" * 100
    assert read_bytes(tmp_path, content, format=PARQUET).verdict == "FILE kind"


def test_the_metadata_alone_refuses_too_many_rows(tmp_path: Path) -> None:
    size = 1_100_000
    path = tmp_path / "feed.parquet"
    pq.write_table(pa.table({name: pa.repeat("x", size) for name in ("id", "at", "n")}), path)
    assert path.stat().st_size < 10_000
    assert read_here(path, format=PARQUET).verdict == "FILE limits"
    assert read_here(path, format=PARQUET, limits=Limits(rows=1000)).verdict == "FILE limits"
    unguarded = Limits(rows_per_byte=10**9)
    request = Request(str(path), Format("parquet"), ("id", "at", "n"), False, unguarded, "")
    assert Parquet(request).scan().rows == size


def test_twenty_thousand_columns_are_too_many(tmp_path: Path) -> None:
    extra = {f"c{n}": pa.array(["x"]) for n in range(10_000)}
    assert read(tmp_path, **extra).verdict == "FILE columns"
