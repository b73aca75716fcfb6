"""From a batch of texts to typed rows: keys, revisions, and what each row says to each KPI."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from . import identity
from . import times as clock
from .batch import Batch, RowFault
from .calendar import Bools, Ints
from .compile import Compiled
from .evaluate import Evaluator
from .faults import Fault, Faults, any_of, described, fault, within
from .lookup import Finder
from .numbers import scaled
from .outcome import Outcome, outcome_of
from .texts import Texts
from .times import Times

MOST_SHOWN = 10
AHEAD = frozenset({"due"})
"""Names of times that may lie ahead of the delivery."""


@dataclass(frozen=True)
class Mapped:
    """A batch mapped: the chunk to load, the rows set aside, and the counts."""

    chunk: Any
    faults: tuple[RowFault, ...]
    filtered: int
    ambiguous: int


@dataclass
class Rows:
    """One batch on its way: evaluated columns, and the faults found so far."""

    evaluator: Evaluator
    compiled: Compiled
    latest_us: int
    date1904: bool
    faults: list[Fault] = field(default_factory=list)
    ambiguous: Bools = field(init=False)
    _times: dict[str, Times] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ambiguous = np.zeros(self.size, dtype=np.bool_)

    @property
    def size(self) -> int:
        return self.evaluator.size

    def blame(self, faults: Faults, mask: Bools) -> None:
        self.faults += within(faults, mask)

    def time(self, name: str) -> Times:
        """The time `name` of the mapping; beyond the delivery is a fault unless it is a due one."""
        found = self._times.get(name)
        if found is None:
            found = self._times[name] = self._checked(name)
        return found

    def _checked(self, name: str) -> Times:
        source = self.compiled.mapping.times[name]
        if source.fixed_us is not None:
            return clock.fixed(source.fixed_us, self.size)
        assert source.column is not None
        texts = self.evaluator.column(source.column)
        read = clock.parse(texts, source, date1904=self.date1904, decimal=self.evaluator.decimal)
        late = read.ok & (read.us > self.latest_us)
        if name in AHEAD or not late.any():
            return read
        faults = read.faults + fault(late, "time_future", source.column, texts)
        return Times(read.us, read.ok & ~late, faults, read.ambiguous, texts, source.column)


class Mapper:
    """Maps batches of one file; remembers only the KPI codes it has met."""

    def __init__(self, compiled: Compiled, *, received_at_us: int, skew_s: int) -> None:
        self.compiled = compiled
        self.latest_us = received_at_us + skew_s * 1_000_000
        self.finders = [
            Finder(compiled.mapping, target, compiled.catalogue)
            for target in compiled.mapping.targets
        ]

    def map(self, batch: Batch) -> Mapped:
        mapping = self.compiled.mapping
        decimal = mapping.format.decimal
        evaluator = Evaluator(batch, missing=mapping.missing, decimal=decimal)
        rows = Rows(evaluator, self.compiled, self.latest_us, batch.date1904)
        parts = [evaluator.column(name) for name in mapping.identity]
        _check_identity(rows, parts)
        revision = _revision(rows)
        filtered = _filtered(rows)
        outcomes = [
            outcome_of(rows, target, finder.find(evaluator), ~filtered)
            for target, finder in zip(mapping.targets, self.finders, strict=True)
        ]
        kept = ~any_of(rows.faults, rows.size)
        chunk = _chunk(rows, batch, parts, revision, filtered, outcomes, kept)
        refused = (*batch.faults, *_row_faults(rows.faults, batch))
        return Mapped(
            chunk,
            tuple(sorted(refused, key=lambda one: one.ordinal)),
            int((filtered & kept).sum()),
            int((rows.ambiguous & kept).sum()),
        )


def _check_identity(rows: Rows, parts: Sequence[Texts]) -> None:
    everywhere = np.ones(rows.size, dtype=np.bool_)
    total = np.zeros(rows.size, dtype=np.int64)
    for name, texts in zip(rows.compiled.mapping.identity, parts, strict=True):
        rows.blame(fault(~texts.present, "identity", name, texts), everywhere)
        total = total + texts.lengths
    long = total + 3 * (len(parts) - 1) > identity.LONGEST_REF
    rows.blame(fault(long, "length", rows.compiled.mapping.identity[0], parts[0]), everywhere)


def _revision(rows: Rows) -> Ints | None:
    revision = rows.compiled.mapping.revision
    if revision.column is None:
        return None
    everywhere = np.ones(rows.size, dtype=np.bool_)
    texts = rows.evaluator.column(revision.column)
    rows.blame(fault(~texts.present, "revision", revision.column, texts), everywhere)
    if revision.time is not None:
        read = clock.parse(
            texts, revision.time, date1904=rows.date1904, decimal=rows.evaluator.decimal
        )
        rows.blame(read.faults, everywhere)
        return read.us
    from .tree import Column

    whole = scaled(rows.evaluator.number(Column(revision.column)), 0)
    wrong = texts.present & ~whole.ok
    rows.blame(fault(wrong, "revision", revision.column, texts), everywhere)
    data: Ints = whole.data
    return data


def _filtered(rows: Rows) -> Bools:
    where = rows.compiled.mapping.where
    if where is None:
        return np.zeros(rows.size, dtype=np.bool_)
    truths = rows.evaluator.truth(where)
    rows.blame(truths.faults, np.ones(rows.size, dtype=np.bool_))
    return ~truths.data


def _row_faults(faults: Sequence[Fault], batch: Batch) -> list[RowFault]:
    found: dict[int, list[dict[str, str]]] = {}
    for one in faults:
        for row, said in described(one):
            listed = found.setdefault(row, [])
            if len(listed) < MOST_SHOWN and said not in listed:
                listed.append(said)
    ordinals, lines = batch.ordinals.tolist(), batch.lines.tolist()
    return [
        RowFault(ordinal=ordinals[row], line=lines[row], more=tuple(more), **first)
        for row, (first, *more) in found.items()
    ]


def _chunk(
    rows: Rows,
    batch: Batch,
    parts: Sequence[Texts],
    revision: Ints | None,
    filtered: Bools,
    outcomes: Sequence[Outcome],
    kept: Bools,
) -> Any:
    none = np.ones(rows.size, dtype=np.bool_)
    marks: list[Ints] = [filtered.astype(np.int64)]
    columns: dict[str, Any] = {
        "line": pa.array(batch.lines),
        "key": identity.keys(rows.compiled.mapping.code, parts),
        "revision": pa.array(batch.lines, mask=none) if revision is None else pa.array(revision),
        "digest": None,
        "ref": identity.refs(parts),
        "filtered": pa.array(filtered),
    }
    for index, outcome in enumerate(outcomes):
        columns |= {f"t{index}_{name}": array for name, array in outcome.columns().items()}
        marks += outcome.marks()
    columns["digest"] = identity.digests(marks)
    made = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    return made if kept.all() else made.filter(pa.array(kept))
