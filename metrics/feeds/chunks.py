"""A mapped chunk of a delivery: its items in file order and the observations they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]
Span = tuple[int, int]

_MEASURED = ("at", "ends", "a", "b", "value", "series")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Items in file order (columns line, key, revision, digest, ref, filtered) and, per target
    of the mapping, columns t{n}_kpi, t{n}_at, t{n}_ends, t{n}_a, t{n}_b, t{n}_value, t{n}_series.
    """

    items: pa.RecordBatch
    targets: int

    @classmethod
    def read(cls, path: Path) -> "Chunk":
        with pa.memory_map(str(path)) as source:
            batch = pa.ipc.open_file(source).read_all().combine_chunks()
        batches = batch.to_batches()
        items = batches[0] if batches else pa.RecordBatch.from_pylist([], schema=batch.schema)
        targets = sum(name.endswith("_kpi") for name in items.schema.names)
        return cls(items, targets)

    def write(self, path: Path) -> None:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, self.items.schema) as out:
            out.write_batch(self.items)

    def __len__(self) -> int:
        return int(self.items.num_rows)

    @property
    def span(self) -> Span | None:
        """The earliest and latest time of what its rows say, UTC microseconds."""
        times = [pc.min_max(self.items[f"t{n}_at"]).as_py() for n in range(self.targets)]
        given = [found for found in times if found["min"] is not None]
        if not given:
            return None
        return min(found["min"] for found in given), max(found["max"] for found in given)

    def only(self, keys: pa.Array) -> "Chunk":
        """The rows of the items with these keys, in file order."""
        return Chunk(self.items.filter(pc.is_in(self.items["key"], value_set=keys)), self.targets)

    def revisions(self, delivered: int | None) -> pa.Array:
        """The revision column, or ``delivered`` for every row where the mapping has none."""
        if delivered is None:
            return self.items["revision"]
        return pa.array(np.full(len(self), delivered, np.int64))

    def observations(self, revisions: pa.Array, rows: Array | None = None) -> pa.Table:
        """The observations of the given item rows (all if None), sorted by (kpi_id, key).

        Columns: row (of the item), kpi_id, key, at, ends_at, a, b, value, series, revision,
        digest, ref.
        """
        parts = [self._target(number, revisions, rows) for number in range(self.targets)]
        table = parts[0] if len(parts) == 1 else pa.concat_tables(parts)
        halves = fixed16(table["key"].combine_chunks()).view(">u8").reshape(-1, 2)
        # the first half orders keys as well as both: equal halves of unequal keys do not occur,
        # and if they did only the order would suffer
        order = np.lexsort((halves[:, 0], np.asarray(table["kpi_id"])))
        return table.take(pa.array(order)).combine_chunks()

    def _target(self, number: int, revisions: pa.Array, rows: Array | None) -> pa.Table:
        kpi = self.items[f"t{number}_kpi"]
        chosen = np.flatnonzero(np.asarray(kpi.is_valid()))
        if rows is not None:
            chosen = np.intersect1d(chosen, rows, assume_unique=True)
        take = pa.array(chosen)
        columns: dict[str, pa.Array] = {"row": take, "kpi_id": kpi.take(take)}
        columns["key"] = self.items["key"].take(take)
        for name in _MEASURED:
            stored = "ends_at" if name == "ends" else name
            columns[stored] = self.items[f"t{number}_{name}"].take(take)
        columns["revision"] = revisions.take(take)
        columns["digest"] = self.items["digest"].take(take)
        columns["ref"] = self.items["ref"].take(take)
        return pa.table(columns)


def fixed16(values: pa.Array) -> Array:
    """A fixed_size_binary(16) array as numpy bytes, without copying."""
    start = values.offset
    return np.frombuffer(values.buffers()[1], "V16")[start : start + len(values)]


def repeats(observations: pa.Table) -> bool:
    """Whether sorted observations hold a (kpi_id, key) more than once."""
    kpis = np.asarray(observations["kpi_id"])
    keys = fixed16(observations["key"].combine_chunks())
    return bool(np.any((kpis[1:] == kpis[:-1]) & (keys[1:] == keys[:-1])))


def pairs(table: pa.Table) -> Sequence[tuple[int, bytes]]:
    """(kpi_id, key) of each observation."""
    return list(zip(table["kpi_id"].to_pylist(), table["key"].to_pylist(), strict=True))
