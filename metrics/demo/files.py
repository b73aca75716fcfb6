"""File formats vendors send. Each function gives the same bytes for the same rows."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

Row = dict[str, Any]

_EPOCH = datetime(2024, 1, 1)


def csv_bytes(
    rows: Sequence[Row],
    columns: Sequence[str],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    """A header line and one line per row."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def gz_bytes(content: bytes) -> bytes:
    """``content`` compressed, without the time of day that gzip would add."""
    return gzip.compress(content, mtime=0)


def ndjson_bytes(rows: Sequence[Row]) -> bytes:
    """One JSON object per line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def json_bytes(document: Row) -> bytes:
    """One JSON document."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def xlsx_bytes(rows: Sequence[Row], columns: Sequence[str], *, sheet: str, title: str) -> bytes:
    """A workbook whose ``sheet`` has a title in its first line and its header in the third."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "default_date_format": "dd/mm/yyyy"}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        workbook.set_properties({"created": _EPOCH})
        page = workbook.add_worksheet(sheet)
        page.write(0, 0, title)
        page.write_row(2, 0, columns)
        for number, row in enumerate(rows, start=3):
            page.write_row(number, 0, [row[name] for name in columns])
    return buffer.getvalue()


def parquet_bytes(rows: Sequence[Row], schema: pa.Schema) -> bytes:
    """A Parquet file of one row group."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), buffer)
    return buffer.getvalue()
