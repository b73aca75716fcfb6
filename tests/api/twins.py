"""Reading the files of collections back, whichever way they came."""

import csv
import io
from typing import Any

import pyarrow.parquet as pq
from django.http import HttpResponse
from python_calamine import CalamineWorkbook

from metrics.bi.catalogue import COLLECTIONS
from tests.api.world import Program

NAMES = [one.name for one in COLLECTIONS]
ENDINGS = ["csv", "parquet", "xlsx"]


def answered(program: Program, path: str, **query: Any) -> HttpResponse:
    """A file that has to be answered with 200."""
    answer = program.get(f"/api/v1/{path}", **query)
    assert answer.status_code == 200, answer.content
    return answer


def table(program: Program, path: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of a file, a dictionary each; of CSV all cells are texts."""
    body = answered(program, path, **query).content
    return READERS[path.rpartition(".")[2]](body)


def csv_table(body: bytes) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def parquet_table(body: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(body)).to_pylist()
    return rows


def xlsx_table(body: bytes) -> list[dict[str, Any]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    names, *rows = sheet.to_python(skip_empty_area=False)
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


READERS = {"csv": csv_table, "parquet": parquet_table, "xlsx": xlsx_table}


def columns(body: bytes, file: str) -> list[str]:
    """The names in its header or schema."""
    if file.endswith("csv"):
        return body.decode().splitlines()[0].split(",")
    if file.endswith("parquet"):
        return list(pq.read_schema(io.BytesIO(body)).names)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0)
    return list(map(str, sheet.to_python()[0]))
