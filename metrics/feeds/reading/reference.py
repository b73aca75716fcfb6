"""Reference feeds: one series per row, every other column one value, in order."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from ..mapping.batch import Batch, RowFault
from ..mapping.calendar import Bools, Ints
from ..mapping.faults import Faults, described, fault
from ..mapping.identity import LONGEST_SERIES
from ..mapping.numbers import parse, scaled
from ..mapping.shape import Mapping
from ..mapping.texts import Texts, texts_of
from .chunks import write_chunk
from .events import Chunk, Job
from .regroup import regrouped
from .source import WHOLE, Request, Source

CELLS = 500_000
SCHEMA = pa.schema([("series", pa.string()), ("values", pa.list_(pa.int64()))])


def reference_chunks(
    job: Job, mapping: Mapping, request: Request, source: Source
) -> Iterator[Chunk]:
    """Chunks of (series, values); values are whole numbers of 10**-decimals."""
    rows = min(job.chunk_rows, max(CELLS // max(len(source.names), 1), 1))
    seen: set[str] = set()
    for number, batch in enumerate(regrouped(source.batches(), rows)):
        table, faults = unpivoted(mapping, batch, source.names, seen)
        refused = sorted([*batch.faults, *faults], key=lambda one: one.ordinal)
        yield write_chunk(
            table,
            refused,
            number=number,
            out_dir=job.out_dir,
            filtered=0,
            ambiguous=0,
            progress=request.progress,
        )


def unpivoted(
    mapping: Mapping, batch: Batch, names: list[str], seen: set[str]
) -> tuple[Any, list[RowFault]]:
    """The series of a batch; empty cells at a row's end are dropped, one in between is a fault,
    and so is a series among those ``seen`` before, which it joins."""
    assert mapping.reference is not None
    place = names.index(mapping.reference.series)
    others = [name for name in names if name != mapping.reference.series]
    missing = pa.array(list(mapping.missing), pa.string())
    flat = batch.columns[WHOLE].flatten()
    index = np.arange(len(flat))
    is_series = index % len(names) == place
    series = texts_of(flat.filter(pa.array(is_series)), missing)
    cells = texts_of(flat.filter(pa.array(~is_series)), missing)
    numbers = scaled(parse(cells, mapping.format.decimal), mapping.reference.decimals)
    present = cells.present.reshape(len(series), len(others))
    places = np.arange(1, len(others) + 1)
    last = np.max(present * places, axis=1, initial=0)
    inside = places <= last[:, None]
    holes = fault((inside & ~present).ravel(), "missing", "", cells)
    cell_faults = (*numbers.faults, *holes)
    faults = _faults(batch, mapping.reference.series, series, cell_faults, others, seen)
    good = ~np.isin(batch.ordinals, [one.ordinal for one in faults])
    kept = numbers.data.reshape(present.shape)[inside & good[:, None]]
    return _table(series, kept, last[good], good), faults


def _table(series: Texts, values: Ints, counts: Ints, good: Bools) -> Any:
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))
    return pa.RecordBatch.from_arrays([series.array.filter(pa.array(good)), lists], schema=SCHEMA)


def _faults(
    batch: Batch, name: str, series: Texts, cells: Faults, others: list[str], seen: set[str]
) -> list[RowFault]:
    whole = fault(~series.present, "identity", name, series)
    whole += fault(series.lengths > LONGEST_SERIES, "series", name, series)
    whole += fault(_met(series, seen), "twice", name, series)
    found: dict[int, RowFault] = {}
    for one in whole:
        for row, said in described(one):
            found.setdefault(row, _row_fault(batch, row, said))
    for one in cells:
        for place, said in described(one):
            row, column = divmod(place, len(others))
            if row not in found:
                found[row] = _row_fault(batch, row, _in_column(said, others[column]))
    return list(found.values())


def _met(series: Texts, seen: set[str]) -> Bools:
    met = np.zeros(len(series), dtype=np.bool_)
    for row, name in enumerate(series.array.to_pylist()):
        met[row] = bool(name) and name in seen
        seen.add(name)
    return met


def _in_column(said: dict[str, str], column: str) -> dict[str, str]:
    value = repr(said["value"])
    rule = said["message"].removeprefix(value)
    return said | {"column": column, "message": f"{value} in column {column!r}{rule}"}


def _row_fault(batch: Batch, row: int, said: dict[str, str]) -> RowFault:
    place = int(batch.ordinals[row]), int(batch.lines[row])
    return RowFault(
        *place, said["column"], said["value"], said["rule"], said["message"], said["hint"]
    )
