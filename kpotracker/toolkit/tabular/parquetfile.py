"""An extract as a Parquet file, one group of rows in memory at a time."""

import io
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from django.db import connection
from pyarrow import csv, parquet

from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Kind
from kpotracker.toolkit.tabular.extract import Extract
from kpotracker.toolkit.tabular.sqltext import copied

_GROUP = 65_536  # rows
_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DAY: pa.date32(),
    Kind.INSTANT: pa.timestamp("us", "UTC"),
}
_One = TypeVar("_One")


def parquet_write(extract: Extract, path: Path) -> None:
    """Write the rows of ``extract`` to ``path``; texts are as they are stored."""
    schema = schema_of(extract.collection)
    groups = _copied if connection.vendor == "postgresql" else _fetched
    with parquet.ParquetWriter(path, schema) as writer:
        for group in groups(extract, schema):
            writer.write_table(group)


def schema_of(collection: Collection) -> Any:
    """The columns in their order with their types."""
    return pa.schema((column.name, _TYPES[column.kind]) for column in collection.columns)


def _copied(extract: Extract, schema: Any) -> Iterator[Any]:
    with closing(copied(extract, neutral=False)) as lines:
        for group in _grouped(lines):
            yield _parsed(group, schema)


def _parsed(lines: list[bytes], schema: Any) -> Any:
    """Whole lines of PostgreSQL's CSV, where "" is a text and an empty cell is NULL."""
    body = b"".join(lines)
    table = csv.read_csv(
        io.BytesIO(body),
        csv.ReadOptions(column_names=schema.names, block_size=len(body) + 1),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types={field.name: field.type for field in schema},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["true"],
            false_values=["false"],
        ),
    )
    if table.num_rows != len(lines):  # the reader drops what it takes for an open quote
        raise ValueError(f"{len(lines)} rows were copied and {table.num_rows} were read")
    return table


def _fetched(extract: Extract, schema: Any) -> Iterator[Any]:
    with closing(extract.rows()) as rows:
        for group in _grouped(rows):
            columns = list(zip(*group, strict=True))[: len(schema)]
            arrays = [
                pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
            ]
            yield pa.Table.from_arrays(arrays, schema=schema)


def _grouped(rows: Iterator[_One]) -> Iterator[list[_One]]:
    while group := list(islice(rows, _GROUP)):
        yield group
