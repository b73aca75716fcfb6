"""What the demonstration delivered, read with the plainest means there are.

Nothing of the product is used: csv, json, gzip, zoneinfo and two file readers. Each function
gives the rows that count in the end, by feed: the newest version of each item, broken rows out.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from metrics.demo.generate import deliveries
from metrics.demo.story import Parcel

Rows = list[dict[str, Any]]


every_parcel = cache(deliveries)


def parcels_of(feed: str) -> list[Parcel]:
    """The deliveries of one feed, in the order they came."""
    return [parcel for parcel in every_parcel() if parcel.feed == feed]


def in_zone(text: str, pattern: str, zone: str) -> datetime:
    """A wall-clock time in its zone."""
    return datetime.strptime(text, pattern).replace(tzinfo=ZoneInfo(zone))


def table(content: bytes, *, delimiter: str = ",", encoding: str = "utf-8") -> Rows:
    """The rows of a text file with a header."""
    return list(csv.DictReader(io.StringIO(content.decode(encoding)), delimiter=delimiter))


def newest(rows: Iterable[dict[str, Any]], *identity: str) -> Rows:
    """One row per item: the last one given."""
    return list({tuple(row[name] for name in identity): row for row in rows}.values())


def _every(feed: str, read: Callable[[bytes], Rows]) -> Iterator[dict[str, Any]]:
    for parcel in parcels_of(feed):
        yield from read(parcel.content)


def forecasts() -> Rows:
    def read(content: bytes) -> Rows:
        return table(content, delimiter=";", encoding="latin-1")

    return newest(_every("halcyon-forecasts", read), "Monat", "Warengruppe")


def filings() -> Rows:
    def read(content: bytes) -> Rows:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        lines = workbook.get_sheet_by_name("Filings").to_python(skip_empty_area=False)
        return [dict(zip(lines[2], line, strict=True)) for line in lines[3:]]

    return newest(_every("bluefin-filings", read), "Filing no")


def cases() -> Rows:
    def read(content: bytes) -> Rows:
        found: Rows = json.loads(content)["export"]["cases"]
        return found

    return newest(_every("lumen-reviews", read), "id")


def incidents() -> Rows:
    return newest(_every("lumen-incidents", table), "incident")


def batches() -> Rows:
    """Batches that can be read; where one file gives a batch twice, its first line counts."""

    def read(content: bytes) -> Rows:
        return table(gzip.decompress(content))

    first = newest(reversed(list(_every("saffron-batches", read))), "site", "batch")
    return [row for row in first if not is_broken(row)]


def is_broken(row: dict[str, str]) -> bool:
    """Whether a batch breaks a rule that can be seen on its own line."""
    try:
        datetime.strptime(row["finished"], "%d/%m/%Y %H:%M")
        records, errors = int(row["records"]), int(row["errors"])
        float(row["hours"]), float(row["cost"])
    except ValueError:
        return True
    return errors > records or row["site"] not in {"Chennai", "Pune"}


def statements() -> Rows:
    def read(content: bytes) -> Rows:
        return table(content, delimiter="\t")

    return newest(_every("saffron-month-end", read), "month_end")


def tickets() -> Rows:
    """The highest version of each ticket; the one closed in an hour that never was is out."""

    def read(content: bytes) -> Rows:
        return [json.loads(line) for line in content.decode().splitlines()]

    ordered = sorted(_every("cormorant-tickets", read), key=lambda row: row["version"])
    return [row for row in newest(ordered, "ticket") if row["closed"] != "2026-03-29T01:30:00"]


def outages() -> Rows:
    def read(content: bytes) -> Rows:
        found: Rows = pq.read_table(io.BytesIO(content)).to_pylist()
        return found

    ordered = sorted(_every("stratus-outage-log", read), key=lambda row: row["version"])
    return newest(ordered, "outage")


def studies() -> Rows:
    return newest(_every("kestrel-study-list", table), "study")


def matters() -> Rows:
    return newest(_every("ashdown-reviews", table), "matter")
