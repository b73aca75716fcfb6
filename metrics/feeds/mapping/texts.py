"""Text columns as bytes: what the vectorised parsers of numbers and times read."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .calendar import Bools, Ints

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Texts:
    """A column of texts; `present` is false where there is no value.

    `array` is an Arrow string array without offset tricks left to the caller: slices are fine.
    """

    array: Any
    present: Bools

    def __len__(self) -> int:
        return len(self.array)

    @cached_property
    def starts(self) -> Ints:
        return self._offsets[:-1]

    @cached_property
    def lengths(self) -> Ints:
        """Bytes of each text."""
        return np.diff(self._offsets)

    @cached_property
    def _offsets(self) -> Ints:
        start, size = self.array.offset, len(self.array)
        if not size:
            return np.zeros(1, dtype=np.int64)
        raw = np.frombuffer(self.array.buffers()[1], dtype=np.int32, count=start + size + 1)
        return raw[start:].astype(np.int64)

    @cached_property
    def data(self) -> Bytes:
        buffer = self.array.buffers()[2]
        if buffer is None or not buffer.size:
            return np.zeros(1, dtype=np.uint8)
        return np.frombuffer(buffer, dtype=np.uint8)

    def matrix(self, rows: Ints, width: int) -> Bytes:
        """The first `width` bytes of the texts at `rows`, one row each, padded with zeros."""
        starts, lengths = self.starts[rows], self.lengths[rows]
        if self._is_solid(starts, lengths, width):
            first = int(starts[0])
            return self.data[first : first + len(rows) * width].reshape(len(rows), width)
        places = np.arange(width)
        taken = np.minimum(starts[:, None] + places, len(self.data) - 1)
        made: Bytes = np.where(places < lengths[:, None], self.data[taken], 0).astype(np.uint8)
        return made

    def _is_solid(self, starts: Ints, lengths: Ints, width: int) -> bool:
        size = len(starts)
        if not size or int(starts[-1]) - int(starts[0]) != (size - 1) * width:
            return False
        return bool((lengths == width).all() and (np.diff(starts) == width).all())

    def text(self, row: int) -> str | None:
        value: str | None = self.array[row].as_py()
        return value


def texts_of(array: Any, missing: Any = None) -> Texts:
    """A Texts over an Arrow string array; empty, null and `missing` texts count as no value."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    column = Texts(array, np.ones(len(array), dtype=np.bool_))
    present = column.lengths > 0
    if array.null_count:
        present &= np.asarray(array.is_valid())
    if missing is not None and len(missing):
        import pyarrow.compute as pc

        present &= ~np.asarray(pc.is_in(array, value_set=missing))
    return Texts(array, present)
