"""A table as people made it: its column names and every row as texts, nothing mapped or typed."""

from collections.abc import Iterator
from dataclasses import replace

from ..mapping.batch import Batch
from ..mapping.shape import Format
from .delimited import Delimited
from .events import Done, Event, Header, Job, Original, Unusable
from .refusal import Refused
from .run import open_source
from .source import Request
from .stream import Progress
from .workbook import Workbook


def table(job: Job) -> Iterator[Event]:
    """Column names, then rows and unusable rows, once the whole file was found sound.

    Only the ``format`` of the job counts. Raises Refused for a file that cannot be used.
    """
    form = Format(**dict(job.format or {}))
    request = Request(job.path, form, (), False, job.limits, job.out_dir)
    names = _names(request)
    source = open_source(replace(request, required=tuple(names), progress=Progress()))
    yield source.scan()
    yield Header(tuple(names))
    read = 0
    for batch in source.batches():
        yield from _rows(batch, names)
        read += batch.read
    yield Done(read)


def _names(request: Request) -> list[str]:
    source = open_source(request)
    if not isinstance(source, Delimited | Workbook):
        raise Refused("kind", f"{request.format.type} holds no table", "send CSV or XLSX")
    next(source.records(None), None)
    if not source.names:
        raise Refused("header", "the file has no row with column names", "begin with the template")
    return source.names


def _rows(batch: Batch, names: list[str]) -> Iterator[Event]:
    for fault in batch.faults:
        yield Unusable(fault.line, fault.column, fault.value, fault.message, fault.hint)
    columns = [batch.columns[name].to_pylist() for name in names]
    for line, *cells in zip(batch.lines.tolist(), *columns, strict=True):
        yield Original(int(line), tuple(cell or "" for cell in cells))
