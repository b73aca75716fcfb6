"""Parquet: judged by its metadata first, then the wanted columns as exact texts."""

import struct
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq

from ..mapping.batch import Batch, RowFault
from ..mapping.texts import texts_of
from .events import Structure
from .header import HeaderRule, check_required, seen
from .refusal import Refused
from .source import Request
from .stream import refuse_other_kinds, size_of

MAGIC = b"PAR1"
LARGEST_FOOTER = 16 * 2**20
BATCH = 50_000
DAMAGED = "send the file again; it was cut off or is not Parquet"


class Parquet:
    """A Parquet file; rows are counted from 1."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.names: list[str] = []
        self.file: Any = None

    def scan(self) -> Structure:
        """Judge the file by its footer, then read every wanted page once, so damage shows now."""
        _check_footer(self.request.path)
        try:
            self.file = pq.ParquetFile(self.request.path, memory_map=False, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            message = f"not a readable Parquet file: {str(error)[:200]}"
            raise Refused("parquet", message, DAMAGED) from error
        self._check_size()
        self._check_schema()
        rows = sum(batch.num_rows for batch in self._raw())
        if rows != self.file.metadata.num_rows:
            raise Refused("parquet", "the footer and the pages disagree on the rows", DAMAGED)
        warnings = () if rows else ("the file has columns and no rows",)
        return Structure(rows, 0, warnings)

    def batches(self) -> Iterator[Batch]:
        done, progress = 0, self.request.progress
        for batch in self._raw():
            yield self._batch(batch, done)
            done += batch.num_rows
            progress.done = progress.total * done // max(self.file.metadata.num_rows, 1)

    def _raw(self) -> Iterator[Any]:
        wanted = self.request.required
        try:
            yield from self.file.iter_batches(
                batch_size=BATCH, columns=list(wanted), use_threads=False
            )
        except (pa.ArrowInvalid, OSError, pa.ArrowNotImplementedError) as error:
            message = f"a page of the file cannot be read: {str(error)[:200]}"
            raise Refused("parquet", message, DAMAGED) from error

    def _check_size(self) -> None:
        meta, limits = self.file.metadata, self.request.limits
        size = self.request.progress.total = size_of(self.request.path)
        crowded = meta.num_rows > 1_000_000 and meta.num_rows > limits.rows_per_byte * size
        if meta.num_rows > limits.rows or crowded:
            message = f"{meta.num_rows} rows in {size} bytes"
            raise Refused("limits", message, "split the file; rows need an identity of their own")
        if meta.num_columns > self.request.most_columns:
            message = f"{meta.num_columns} columns, more than {self.request.most_columns}"
            raise Refused("columns", message, "send the columns the mapping reads")
        groups = (meta.row_group(place) for place in range(meta.num_row_groups))
        made = sum(group.total_byte_size for group in groups)
        if made > limits.decompressed:
            raise Refused("limits", f"{made} bytes decompressed", "split the file")

    def _check_schema(self) -> None:
        schema, required = self.file.schema_arrow, self.request.required
        twice = [name for name, count in Counter(schema.names).items() if count > 1]
        if twice:
            message = f"more than one column is named {seen(twice)}"
            raise Refused("header", message, "rename one of them at the source", value=twice[0])
        names = list(_leaves(schema))
        rule = HeaderRule(required, "the Parquet schema", 0, "nested fields are reached by dots")
        check_required(names, rule)
        for field in schema:
            self._check_nested(field)
        self.names = list(required)

    def _check_nested(self, field: Any) -> None:
        if not pa.types.is_nested(field.type):
            return
        mapped = any(name.startswith(f"{field.name}.") for name in self.request.required)
        if not mapped or not pa.types.is_struct(field.type):
            message = f"column {field.name!r} is nested ({str(field.type)[:80]})"
            hint = f"map its fields ({field.name}.…) or leave the column out"
            raise Refused("columns", message, hint, value=field.name)

    def _batch(self, batch: Any, done: int) -> Batch:
        columns = {
            name: _as_text(_field(batch, name), self.request.format.decimal)
            for name in self.request.required
        }
        ordinals = done + np.arange(batch.num_rows)
        faults = _faults(columns, done, self.request.limits.cell)
        if not faults:
            return Batch(ordinals, ordinals + 1, columns)
        good = np.ones(batch.num_rows, dtype=np.bool_)
        good[[fault.ordinal - done for fault in faults]] = False
        kept = {name: array.filter(pa.array(good)) for name, array in columns.items()}
        return Batch(ordinals[good], ordinals[good] + 1, kept, faults)


def _check_footer(path: str) -> None:
    size = size_of(path)
    with Path(path).open("rb") as file:
        head = file.read(1000)
        if not head.startswith(MAGIC):
            refuse_other_kinds(head, "parquet")
            raise Refused("parquet", "the file does not begin with PAR1", DAMAGED)
        file.seek(max(size - 8, 0))
        tail = file.read()
    length = struct.unpack("<I", tail[:4])[0] if len(tail) == 8 else 0
    if tail[4:] != MAGIC or not 0 < length <= min(size - 12, LARGEST_FOOTER):
        raise Refused("parquet", "the Parquet footer is missing or damaged", DAMAGED)


def _leaves(fields: Any, prefix: str = "") -> Iterator[str]:
    for field in fields:
        if pa.types.is_struct(field.type):
            yield from _leaves(field.type, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name


def _field(batch: Any, name: str) -> Any:
    if name in batch.schema.names:
        return batch.column(name)
    first, *steps = name.split(".")
    found = batch.column(first)
    for step in steps:
        found = pc.struct_field(found, step)
    return found


def _as_text(array: Any, decimal: str) -> Any:
    """Any column as texts that lose nothing: decimals and 64-bit integers stay exact."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _as_text(array.cast(kind.value_type), decimal)
    if pa.types.is_floating(kind):
        return _floats(array, decimal)
    if pa.types.is_timestamp(kind):
        return _timestamps(array)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _binary(array)
    made = array.cast(pa.string())
    if pa.types.is_decimal(kind):
        made = _without_exponents(made)
        return pc.replace_substring(made, ".", decimal) if decimal != "." else made
    return made


def _floats(array: Any, decimal: str) -> Any:
    made = _without_exponents(array.cast(pa.string()))
    return pc.replace_substring(made, ".", decimal) if decimal != "." else made


def _without_exponents(array: Any) -> Any:
    """1e-07 as 0.0000001; beyond 60 places it stays as it is, for the number rule to refuse."""
    with_exponent = pc.match_substring_regex(array, "[0-9][eE]")
    if not pc.any(with_exponent).as_py():
        return array
    return pa.array([_plain(text) for text in array.to_pylist()], pa.string())


def _plain(text: str | None) -> str | None:
    if text is None or "e" not in text.lower() or "n" in text.lower():
        return text
    value = Decimal(text)
    return format(value, "f") if abs(value.adjusted()) < 60 else text


def _timestamps(array: Any) -> Any:
    kind = array.type
    if kind.tz is None:
        return array.cast(pa.string())
    return array.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.string())


def _binary(array: Any) -> Any:
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise Refused("encoding", "a binary column is not UTF-8 text", "send strings") from error


def _faults(columns: dict[str, Any], done: int, limit: int) -> list[RowFault]:
    found: dict[int, RowFault] = {}
    for name, array in columns.items():
        texts = texts_of(array)
        nul = pc.match_substring(array, "\0").fill_null(False)
        for row in np.flatnonzero((texts.lengths > limit) | np.asarray(nul)).tolist():
            long = int(texts.lengths[row]) > limit
            rule = "length" if long else "nul"
            message = f"the value is longer than {limit} bytes" if long else "the value holds NUL"
            value = (texts.text(row) or "")[:200].replace("\0", "\\0")
            hint = "mend it at the source"
            fault = RowFault(done + row, done + row + 1, name, value, rule, message, hint)
            found.setdefault(row, fault)
    return [found[row] for row in sorted(found)]
