"""The least a database needs for the same rows: one bulk insert in key order, indexes and all."""

import time
from pathlib import Path
from statistics import median

from django.db import connection, transaction

TABLE = "metrics_observation"
FLOOR = "bench_floor"
_COLUMNS = "kpi_id, key, at, ends_at, a, b, value, series, revision, digest, ref, load_id"


def floor_seconds(folder: Path, repeats: int = 3) -> float:
    """Median seconds of inserting all observations at once into a table like theirs."""
    insert = _copied(folder) if connection.vendor == "postgresql" else _many()
    return median(_timed(insert) for _ in range(repeats))


def checkpoint() -> None:
    """Start a measurement with nothing left to write."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _timed(insert) -> float:  # type: ignore[no-untyped-def]
    _make_table()
    checkpoint()
    begin = time.perf_counter()
    with transaction.atomic():
        insert()
    seconds = time.perf_counter() - begin
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {FLOOR}")
    return seconds


def _make_table() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"CREATE TABLE {FLOOR} (LIKE {TABLE} INCLUDING ALL)")
            return
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [TABLE]
        )
        for (sql,) in cursor.fetchall():
            cursor.execute(
                sql.replace(TABLE, FLOOR).replace("observation_of_period", "bench_floor_period")
            )


def _copied(folder: Path):  # type: ignore[no-untyped-def]
    path = folder / "floor.copy"
    with connection.cursor() as cursor, path.open("wb") as target:
        select = f"SELECT {_COLUMNS} FROM {TABLE} ORDER BY kpi_id, key"
        with cursor.copy(f"COPY ({select}) TO STDOUT (FORMAT BINARY)") as copy:
            for block in copy:
                target.write(block)

    def insert() -> None:
        with (
            connection.cursor() as cursor,
            path.open("rb") as source,
            cursor.copy(f"COPY {FLOOR} ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            while block := source.read(1 << 20):
                copy.write(block)

    return insert


def _many():  # type: ignore[no-untyped-def]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM {TABLE} ORDER BY kpi_id, key")
        rows = cursor.fetchall()
    marks = ", ".join(["%s"] * len(_COLUMNS.split(",")))

    def insert() -> None:
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {FLOOR} ({_COLUMNS}) VALUES ({marks})", rows)

    return insert
