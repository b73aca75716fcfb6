"""Rows as they stand in a file, for people who mend them: no mapping, no types."""

from collections.abc import Collection, Iterator
from typing import Any

from ..mapping.parse import parse_mapping
from .delimited import Delimited
from .documents import JsonDocument, JsonLines, dotted, value_at
from .events import Done, Event, Header, Job, Original
from .run import open_source, request_of
from .workbook import Workbook

Record = tuple[int, list[str]]


def originals(job: Job) -> Iterator[Event]:
    """The column names, then the rows on the lines of the job (all without any), in file order.

    Files that have no rows to show as text, such as Parquet, have no names either.
    Raises Refused for a file that cannot be read at all.
    """
    data = dict(job.mapping) if job.format is None else {**job.mapping, "format": job.format}
    request = request_of(job, parse_mapping(data))
    source, wanted = open_source(request), None if job.lines is None else frozenset(job.lines)
    count = 0
    if isinstance(source, JsonDocument | JsonLines):
        found = list(source.records_at(wanted))
        names = _names(list(request.required), [record for _, record in found])
        yield Header(tuple(names))
        for line, record in found:
            yield Original(line, tuple(_text(value_at(record, name)) for name in names))
        count = len(found)
    elif isinstance(source, Delimited | Workbook):
        yield from _table(source, wanted)
    else:
        yield Header(())
    yield Done(count)


def _table(source: Delimited | Workbook, wanted: Collection[int] | None) -> Iterator[Event]:
    told = False
    for line, cells in source.records(wanted):
        if not told:
            yield Header(tuple(source.names))
            told = True
        yield Original(line, tuple(cells))
    if not told:
        yield Header(tuple(source.names))


def _names(required: list[str], records: list[dict[str, Any]]) -> list[str]:
    seen = dict.fromkeys(required)
    for record in records:
        seen.update(dict.fromkeys(dotted(record)))
    return list(seen)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
