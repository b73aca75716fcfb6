"""Rows found in one pass, kept on disk until the whole file is known to be sound."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..mapping.batch import Batch, RowFault
from .events import Limits
from .refusal import Refused

ROWS = 10_000
LARGEST = 2 * 2**30
LINE, FAULT = "\x00line", "\x00fault"


class Spool:
    """Append rows, then read them back as batches. The file lies in the job's own folder."""

    def __init__(self, out_dir: str, names: Sequence[str], limits: Limits) -> None:
        self.names, self.limits = list(names), limits
        self.path = Path(out_dir) / "spool.arrow"
        self.schema = pa.schema(
            [(LINE, pa.int64()), (FAULT, pa.string()), *((name, pa.string()) for name in names)]
        )
        self.rows = self.faulty = self.bytes = 0
        self._lines: list[int] = []
        self._faults: list[str | None] = []
        self._values: list[Sequence[str | None]] = []
        self._file = pa.OSFile(str(self.path), "wb")
        self._writer = pa.ipc.new_stream(self._file, self.schema)

    def add(self, line: int, values: Sequence[str | None]) -> None:
        """One row; texts that are over-long or hold NUL make it a fault."""
        for name, value in zip(self.names, values, strict=True):
            if value is None:
                continue
            self.bytes += len(value)
            if len(value) > self.limits.cell:
                limit = self.limits.cell
                message = f"the value has {len(value)} characters, more than {limit}"
                self.refuse(line, name, value, "length", message, "shorten it at the source")
                return
            if "\0" in value:
                self.refuse(line, name, value, "nul", "the value holds NUL", "send plain text")
                return
        self._append(line, None, values)

    def refuse(
        self, line: int, column: str, value: str, rule: str, message: str, hint: str
    ) -> None:
        """One row that cannot be used."""
        shown = value[:200].replace("\0", "\\0").encode("utf-8", "replace").decode()
        fault = (column, shown, rule, message, hint)
        self.faulty += 1
        self._append(line, json.dumps(fault), [None] * len(self.names))

    def _append(self, line: int, fault: str | None, values: Sequence[str | None]) -> None:
        self._lines.append(line)
        self._faults.append(fault)
        self._values.append(values)
        self.rows += 1
        if self.rows > self.limits.rows:
            raise Refused("limits", f"more than {self.limits.rows} rows", "split the file")
        if self.bytes > LARGEST:
            raise Refused("limits", f"more than {LARGEST} bytes of text", "split the file")
        if len(self._lines) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        columns = list(zip(*self._values, strict=True)) or [()] * len(self.names)
        arrays = [
            pa.array(self._lines, pa.int64()),
            pa.array(self._faults, pa.string()),
            *(pa.array(column, pa.string()) for column in columns),
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self.schema))
        self._lines, self._faults, self._values = [], [], []

    def close(self) -> None:
        if self._lines:
            self._flush()
        self._writer.close()
        self._file.close()

    def batches(self, *, date1904: bool = False) -> Iterator[Batch]:
        """The rows in the order they were added; deletes the file at the end."""
        ordinal = 0
        with pa.OSFile(str(self.path), "rb") as file, pa.ipc.open_stream(file) as stream:
            for batch in stream:
                yield self._batch(batch, ordinal, date1904)
                ordinal += batch.num_rows
        self.path.unlink()

    def _batch(self, batch: Any, ordinal: int, date1904: bool) -> Batch:
        lines = np.asarray(batch.column(LINE))
        good = np.asarray(batch.column(FAULT).is_null())
        ordinals = ordinal + np.arange(batch.num_rows)
        faults = [
            _fault(int(ordinals[row]), int(lines[row]), batch.column(FAULT)[row].as_py())
            for row in np.flatnonzero(~good).tolist()
        ]
        kept = batch if not faults else batch.filter(pa.array(good))
        columns = {name: kept.column(name) for name in self.names}
        return Batch(ordinals[good], lines[good], columns, faults, date1904)


def _fault(ordinal: int, line: int, packed: str) -> RowFault:
    column, value, rule, message, hint = json.loads(packed)
    return RowFault(ordinal, line, column, value, rule, message, hint)
