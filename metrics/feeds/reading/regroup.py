"""Chunks of an exact number of source rows, whatever size the reader's blocks have.

Chunks cut by row number stay the same when a later delivery only adds rows behind them.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from ..mapping.batch import Batch


def regrouped(batches: Iterable[Batch], size: int) -> Iterator[Batch]:
    """Batches of `size` source rows (refused ones counted), the last one shorter."""
    pending: list[Batch] = []
    have, boundary = 0, size
    for batch in batches:
        pending.append(batch)
        have += batch.read
        while have >= size:
            first, rest = _split(_joined(pending), boundary)
            yield first
            pending, boundary, have = [rest], boundary + size, have - size
    if have:
        yield _joined(pending)


def _joined(batches: list[Batch]) -> Batch:
    batches = [batch for batch in batches if batch.read] or batches[:1]
    if len(batches) == 1:
        return batches[0]
    names = batches[0].columns
    return Batch(
        np.concatenate([batch.ordinals for batch in batches]),
        np.concatenate([batch.lines for batch in batches]),
        {name: pa.concat_arrays([batch.columns[name] for batch in batches]) for name in names},
        [fault for batch in batches for fault in batch.faults],
        batches[0].date1904,
    )


def _split(batch: Batch, boundary: int) -> tuple[Batch, Batch]:
    place = int(np.searchsorted(batch.ordinals, boundary))
    return _part(batch, 0, place, boundary, before=True), _part(
        batch, place, len(batch.lines), boundary, before=False
    )


def _part(batch: Batch, start: int, end: int, boundary: int, *, before: bool) -> Batch:
    return Batch(
        batch.ordinals[start:end],
        batch.lines[start:end],
        {name: array.slice(start, end - start) for name, array in batch.columns.items()},
        [fault for fault in batch.faults if (fault.ordinal < boundary) == before],
        batch.date1904,
    )
