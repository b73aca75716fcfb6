"""Putting columns of values into a table as fast as the database takes them.

PostgreSQL gets one binary COPY, built column-wise by Arrow; SQLite gets `executemany`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

_Array: TypeAlias = np.ndarray[Any, Any]
_Piece: TypeAlias = Any  # numpy: a fixed-width part of every row; Arrow: a varying one
Kind = Literal["int4", "int8", "bytes16", "bytes", "text"]

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_WIDTH = {"int4": 4, "int8": 8, "bytes16": 16}


@dataclass(frozen=True, slots=True)
class Column:
    """One column to insert: its name, how the database stores it, and its values."""

    name: str
    kind: Kind
    values: pa.Array


def bulk_insert(table: str, columns: Sequence[Column]) -> None:
    """Insert all rows of ``columns`` (equally long) into ``table`` in the given order.

    Raises IntegrityError on the first row that collides; nothing of it stays once the
    caller's savepoint is rolled back.
    """
    if not len(columns[0].values):
        return
    if connection.vendor == "postgresql":
        _copy(table, columns)
    else:
        _execute_many(table, columns)


def _execute_many(table: str, columns: Sequence[Column]) -> None:
    names = ", ".join(f'"{column.name}"' for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    rows = list(zip(*(column.values.to_pylist() for column in columns), strict=True))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608


def _copy(table: str, columns: Sequence[Column]) -> None:
    names = ", ".join(f'"{column.name}"' for column in columns)
    body = copy_body(columns)
    with (
        connection.wrap_database_errors,  # psycopg's copy() passes Django's wrapper by
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({names}) FROM STDIN (FORMAT BINARY)') as copy,
    ):
        copy.write(_HEADER)
        copy.write(body)
        copy.write(_TRAILER)


def copy_body(columns: Sequence[Column]) -> memoryview:
    """The tuples of a binary COPY: per row a field count, then length and bytes of each field."""
    count = len(columns[0].values)
    pieces: list[_Piece] = [np.full(count, len(columns), ">i2")]
    for column in columns:
        pieces.extend(_pieces(column))
    joined = pc.binary_join_element_wise(*_merged(pieces, count), pa.scalar(b"", pa.binary()))
    offsets, data = joined.buffers()[1:]
    last = np.frombuffer(offsets, np.int32, count + 1)[-1]
    return memoryview(data)[:last]


def _pieces(column: Column) -> Iterable[_Piece]:
    values, count = column.values, len(column.values)
    if column.kind in _WIDTH and not values.null_count:
        yield np.full(count, _WIDTH[column.kind], ">i4")
        yield _fixed(column.kind, values)
    elif values.null_count == count:
        yield np.full(count, -1, ">i4")
    elif column.kind in _WIDTH:
        valid = np.asarray(values.is_valid())
        yield np.where(valid, _WIDTH[column.kind], -1).astype(">i4")
        yield _varying(_fixed(column.kind, values.drop_null()), valid)
    else:
        lengths = pc.fill_null(pc.cast(pc.binary_length(values), pa.int32()), -1)
        yield np.asarray(lengths).astype(">i4")
        yield pc.fill_null(values.cast(pa.binary()), b"")


def _fixed(kind: Kind, values: pa.Array) -> _Array:
    if kind == "bytes16":
        start = values.offset * 16
        return np.frombuffer(values.buffers()[1], "V16")[start // 16 : start // 16 + len(values)]
    return np.asarray(values).astype(">i4" if kind == "int4" else ">i8")


def _varying(fixed: _Array, valid: _Array) -> pa.Array:
    ends = np.cumsum(valid) * fixed.dtype.itemsize
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return _binary(offsets, np.ascontiguousarray(fixed))


def _merged(pieces: Sequence[_Piece], count: int) -> Iterable[pa.Array]:
    """Neighbouring fixed-width parts become one, which is what makes the join cheap."""
    for is_fixed, group in groupby(pieces, key=lambda piece: isinstance(piece, np.ndarray)):
        if not is_fixed:
            yield from group
            continue
        parts = list(group)
        record = np.empty(count, [(f"f{i}", part.dtype) for i, part in enumerate(parts)])
        for i, part in enumerate(parts):
            record[f"f{i}"] = part
        width = record.dtype.itemsize
        yield _binary(np.arange(0, (count + 1) * width, width, dtype=np.int32), record)


def _binary(offsets: _Array, data: _Array) -> pa.Array:
    return pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


def models_insert(objects: Sequence[models.Model]) -> None:
    """Insert new objects of one model and give them their ids.

    What `bulk_create` does, for thousands of rows: it composes no statement per value. Columns
    that the first object leaves to their database default are left to it for all.
    """
    if not objects:
        return
    meta = objects[0]._meta
    for instance, pk in zip(objects, _next_ids(meta, len(objects)), strict=True):
        instance.pk = pk
    fields = [
        field
        for field in meta.concrete_fields
        if not isinstance(getattr(objects[0], field.attname), DatabaseDefault)
    ]
    rows = [
        [field.get_db_prep_save(field.pre_save(o, True), connection) for field in fields]
        for o in objects
    ]
    _insert_rows(meta.db_table, [str(field.column) for field in fields], rows)
    for instance in objects:
        instance._state.adding, instance._state.db = False, connection.alias


def _next_ids(meta: Any, count: int) -> list[int]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [meta.db_table, meta.pk.column, count],
            )
            return [pk for (pk,) in cursor.fetchall()]
        # one writer at a time: what the table gave last is known, also after deletions
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [meta.db_table])
        row = cursor.fetchone()
        last = row[0] if row else 0
        return list(range(last + 1, last + 1 + count))


def _insert_rows(table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.vendor != "postgresql":
        marks = ", ".join(["%s"] * len(names))
        with connection.cursor() as cursor:
            cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', rows)  # noqa: S608
        return
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def columns_update(objects: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of stored objects; what `bulk_update` does, by one joined statement
    for thousands of rows instead of a CASE per value."""
    if not objects:
        return
    meta = objects[0]._meta
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in columns)]
    rows = [
        [field.get_db_prep_save(getattr(o, field.attname), connection) for field in fields]
        for o in objects
    ]
    stage = f"staged_{meta.db_table}"
    names = [str(field.column) for field in fields]
    with connection.cursor() as cursor:
        listed = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f'CREATE TEMPORARY TABLE "{stage}" AS SELECT {listed} FROM "{meta.db_table}" WHERE 1 = 0'  # noqa: S608
        )
        _insert_rows(stage, names, rows)
        setting = ", ".join(f'"{name}" = s."{name}"' for name in names[1:])
        cursor.execute(
            f'UPDATE "{meta.db_table}" SET {setting} FROM "{stage}" s '  # noqa: S608
            f'WHERE "{meta.db_table}"."{names[0]}" = s."{names[0]}"'
        )
        cursor.execute(f'DROP TABLE "{stage}"')
