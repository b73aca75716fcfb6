"""Which periods a load touched, as rows of the append-only log that evaluation drains."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from kpotracker.toolkit.bulk import Column, bulk_insert
from metrics.engine import Timeline
from metrics.models import DirtyPeriod
from metrics.models.timelines import timelines_for

Array = np.ndarray[Any, Any]


class Marker:
    """Collapses instants to one mark per KPI and period, for the length of one ingestion.

    A period is marked once however many chunks touch it: its KPI waits for the ingestion to
    end, so nobody takes the mark before the last chunk is in.
    """

    def __init__(self) -> None:
        self._timelines: dict[int, Timeline] = {}
        self._marked: set[tuple[int, int]] = set()

    def mark(self, kpi_ids: Array, instants: Array) -> None:
        """Append a mark for each distinct (KPI, period) that holds one of ``instants`` (µs)."""
        if not len(kpi_ids):
            return
        self._learn(set(np.unique(kpi_ids).tolist()))
        starts = self._starts(kpi_ids, instants)
        fresh = _distinct(kpi_ids, starts) - self._marked
        if fresh:
            marks = np.array(sorted(fresh))
            append_marks(marks[:, 0], marks[:, 1])
            self._marked |= fresh

    def mark_spans(self, spans: Iterable[tuple[int, int, int]]) -> None:
        """Append marks for every period that (kpi_id, first µs, last µs) reaches into."""
        kpis: list[int] = []
        instants: list[int] = []
        spans = list(spans)
        self._learn({kpi for kpi, _, _ in spans})
        for kpi, first, last in spans:
            inner = self._timelines[kpi].boundaries(first, last + 1)
            reached = [first, *(start for start in inner if first < start <= last)]
            kpis.extend([kpi] * len(reached))
            instants.extend(reached)
        self.mark(np.array(kpis, np.int64), np.array(instants, np.int64))

    def _learn(self, kpi_ids: set[int]) -> None:
        unknown = kpi_ids - self._timelines.keys()
        if unknown:
            self._timelines.update(timelines_for(unknown))

    def _starts(self, kpi_ids: Array, instants: Array) -> Array:
        """The period start of each instant, found once per distinct timeline."""
        starts = np.empty(len(instants), np.int64)
        known, position = np.unique(kpi_ids, return_inverse=True)
        lines = [self._timelines[int(kpi)] for kpi in known]
        distinct = {id(line): line for line in lines}
        of_kpi = np.array([id(line) for line in lines])
        for identity, line in distinct.items():
            rows = np.flatnonzero((of_kpi == identity)[position])
            chosen = instants[rows]
            bounds = np.array(line.boundaries(int(chosen.min()), int(chosen.max()) + 1), np.int64)
            found = np.searchsorted(bounds, chosen, side="right") - 1
            inside = found >= 0  # an instant outside all periods stands for itself
            starts[rows] = chosen
            starts[rows[inside]] = bounds[found[inside]]
        return starts


def _distinct(kpi_ids: Array, starts: Array) -> set[tuple[int, int]]:
    """The distinct (KPI, start) pairs, by way of one number a pair, which sorts fastest."""
    known, codes = np.unique(starts, return_inverse=True)
    packed = np.unique(kpi_ids.astype(np.int64) * len(known) + codes)
    return set(
        zip((packed // len(known)).tolist(), known[packed % len(known)].tolist(), strict=True)
    )


def append_marks(kpi_ids: Array, instants: Array) -> None:
    """Append to the log as it is; inside the transaction that made the change."""
    bulk_insert(
        DirtyPeriod._meta.db_table,
        [
            Column("kpi_id", "int4", pa.array(np.asarray(kpi_ids, np.int32))),
            Column("at", "int8", pa.array(np.asarray(instants, np.int64))),
        ],
    )
