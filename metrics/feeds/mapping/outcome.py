"""What the rows of a batch say to the KPIs of one target."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from .calendar import Bools, Ints
from .catalogue import AWAITED, KpiSpec
from .faults import Faults, any_of, fault
from .identity import LONGEST_SERIES, text_marks
from .lookup import Found
from .numbers import Numbers, scaled
from .shape import Target
from .texts import Texts
from .times import Times
from .tree import Node

if TYPE_CHECKING:
    from .rows import Rows

STORED = ("a", "b", "value")


@dataclass
class Cell:
    """One stored column: whole numbers, and where they are set."""

    data: Ints
    given: Bools
    used: bool = False

    def put(self, data: Ints, where: Bools) -> None:
        self.used = True
        self.data = np.where(where, data, self.data)
        self.given = self.given | where


def _cell(size: int) -> Cell:
    return Cell(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_))


@dataclass
class Outcome:
    """The columns a target fills; rows it does not apply to are null throughout."""

    applies: Bools
    kpi: Ints
    cells: dict[str, Cell]
    series: Texts | None = None

    def columns(self) -> dict[str, Any]:
        """Arrow arrays by their name in the chunk, without the target's prefix."""
        made: dict[str, Any] = {
            "kpi": pa.array(self.kpi.astype(np.int32), mask=~self.applies),
        }
        for name, cell in self.cells.items():
            made[name] = pa.array(cell.data, mask=~(cell.given & self.applies))
        made["series"] = self._series()
        return made

    def _series(self) -> Any:
        import pyarrow.compute as pc

        if self.series is None:
            return pa.nulls(len(self.applies), pa.string())
        return pc.if_else(pa.array(self.applies), self.series.array, pa.scalar(None, pa.string()))

    def marks(self) -> list[Ints]:
        """The same outcome as whole numbers, for the digest; as many for every batch."""
        found, flags = [np.where(self.applies, self.kpi, -1)], np.zeros(len(self.kpi), np.int64)
        for place, cell in enumerate(self.cells.values()):
            given = cell.given & self.applies
            flags += given.astype(np.int64) << place
            found.append(np.where(given, cell.data, 0))
        if self.series is not None:
            found += [np.where(self.applies, mark, 0) for mark in text_marks(self.series)]
        return [*found, flags]


def outcome_of(rows: "Rows", target: Target, found: Found, active: Bools) -> Outcome:
    """Evaluate one target; faults of rows it applies to are blamed on them."""
    applies = _applicable(rows, target, found, active)
    skip = target.if_missing == "skip"
    if skip:
        missing = applies & _missing(rows, target, found)
        applies = applies & ~missing
    cells = {name: _cell(rows.size) for name in ("at", "ends", *STORED)}
    ids = np.array([spec.id for spec in found.specs] or [0], dtype=np.int64)
    kpi = np.where(applies, ids[found.index], 0)
    for spec, mask in _groups(found, applies):
        _fill(rows, target, spec, mask, cells)
    series = _series(rows, target, applies)
    return Outcome(applies, kpi, cells, series)


def _applicable(rows: "Rows", target: Target, found: Found, active: Bools) -> Bools:
    applies = active
    if target.when is not None:
        truths = rows.evaluator.truth(target.when)
        rows.blame(truths.faults, applies)
        applies = applies & truths.data
    if target.if_missing == "error":
        rows.blame(found.faults, applies)
    else:
        rows.blame(tuple(f for f in found.faults if f.rule == "roles"), applies)
    return applies & (found.index >= 0)


def _groups(found: Found, applies: Bools) -> Iterator[tuple[KpiSpec, Bools]]:
    """Rows whose KPIs are stored alike, with one of these KPIs: thousands make a few groups."""
    kinds: dict[object, int] = {}
    group_of = np.array([kinds.setdefault(spec.kind, len(kinds)) for spec in found.specs] or [0])
    specs: dict[int, KpiSpec] = {}
    for spec in found.specs:
        specs.setdefault(kinds[spec.kind], spec)
    of_row = group_of[found.index]
    for number, spec in specs.items():
        mask = applies & (of_row == number)
        if mask.any():
            yield spec, mask


def _missing(rows: "Rows", target: Target, found: Found) -> Bools:
    """Rows without a value for a role or a needed time (faulty values are not missing)."""
    missing = np.zeros(rows.size, dtype=np.bool_)
    for role, node in target.roles.items():
        missing |= _role_missing(rows, role, node)
    for role, name in target.times.items():
        if role != "ends":
            missing |= _time_missing(rows.time(name), rows.size)
    for name in {spec.time for spec in found.specs}:
        of_time = np.array([spec.time == name for spec in found.specs])[found.index]
        missing |= of_time & (found.index >= 0) & _time_missing(rows.time(name), rows.size)
    return missing


def _role_missing(rows: "Rows", role: str, node: Node) -> Bools:
    if role == "series":
        return ~rows.evaluator.text(node).present
    numbers = rows.evaluator.number(node)
    return ~numbers.ok & ~any_of(numbers.faults, rows.size)


def _time_missing(times: Times, size: int) -> Bools:
    return ~times.ok & ~any_of(times.faults, size)


def _fill(rows: "Rows", target: Target, spec: KpiSpec, mask: Bools, cells: dict[str, Cell]) -> None:
    at = rows.time(spec.time)
    _put_time(rows, at, mask, cells["at"])
    _check_bounds(rows, spec, at, mask)
    for role, node in target.roles.items():
        if role != "series":
            _put_number(rows, role, node, spec, mask, cells[spec.roles[role]])
    for role, name in target.times.items():
        times = rows.time(name)
        stored = spec.roles[role]
        if role == "ends":
            _put_end(rows, at, times, mask, cells["ends"])
        else:
            _put_time(rows, times, mask, cells[stored])
    if {"from", "to"} <= target.times.keys():
        start, end = rows.time(target.times["from"]), rows.time(target.times["to"])
        _check_order(rows, start, end, mask)
    if spec.share:
        _check_share(rows, target, spec, mask, cells)


def _put_time(rows: "Rows", times: Times, mask: Bools, cell: Cell) -> None:
    rows.blame(times.faults, mask)
    missing = mask & _time_missing(times, rows.size)
    rows.blame(fault(missing, "missing", times.column, times.texts), mask)
    cell.put(times.us, mask)
    if times.ambiguous is not None:
        rows.ambiguous |= times.ambiguous & mask


def _put_end(rows: "Rows", start: Times, end: Times, mask: Bools, cell: Cell) -> None:
    rows.blame(end.faults, mask)
    cell.put(end.us, mask & end.ok)
    _check_order(rows, start, end, mask)
    if end.ambiguous is not None:
        rows.ambiguous |= end.ambiguous & mask


def _check_order(rows: "Rows", start: Times, end: Times, mask: Bools) -> None:
    reversed_ = start.ok & end.ok & (end.us < start.us)
    rows.blame(fault(reversed_, "order", end.column, end.texts), mask)


def _check_bounds(rows: "Rows", spec: KpiSpec, at: Times, mask: Bools) -> None:
    outside = np.zeros(rows.size, dtype=np.bool_)
    if spec.not_before_us is not None:
        outside |= at.ok & (at.us < spec.not_before_us)
    if spec.not_after_us is not None:
        outside |= at.ok & (at.us > spec.not_after_us)
    rows.blame(fault(outside, "time_range", at.column, at.texts), mask)


def _put_number(
    rows: "Rows", role: str, node: Node, spec: KpiSpec, mask: Bools, cell: Cell
) -> None:
    numbers = scaled(rows.evaluator.number(node), spec.scale)
    rows.blame(numbers.faults, mask)
    missing = mask & ~numbers.ok & ~any_of(numbers.faults, rows.size)
    if role not in AWAITED:
        rows.blame(_missing_role(rows, role, node, missing, numbers), mask)
    cell.put(numbers.data, mask & ~missing)


def _missing_role(rows: "Rows", role: str, node: Node, missing: Bools, numbers: Numbers) -> Faults:
    from .tree import columns_of

    column = next(iter(columns_of(node)), "")
    texts = numbers.texts or (rows.evaluator.column(column) if column else None)
    return fault(missing, "missing", column, texts)


def _check_share(
    rows: "Rows", target: Target, spec: KpiSpec, mask: Bools, cells: dict[str, Cell]
) -> None:
    part, whole = cells["a"], cells["b"]
    if not (part.used and whole.used):
        return
    wrong = part.given & whole.given & ((part.data < 0) | (part.data > whole.data))
    role = next(role for role in target.roles if spec.roles[role] == "a")
    numbers = rows.evaluator.number(target.roles[role])
    sound = ~any_of(rows.faults, rows.size)
    rows.blame(fault(wrong & sound, "share", numbers.column or role, numbers.texts), mask)


def _series(rows: "Rows", target: Target, applies: Bools) -> Texts | None:
    node = target.roles.get("series")
    if node is None:
        return None
    from .tree import columns_of

    texts = rows.evaluator.text(node)
    column = next(iter(columns_of(node)), "")
    rows.blame(fault(~texts.present, "missing", column, texts), applies)
    rows.blame(fault(texts.lengths > LONGEST_SERIES, "series", column, texts), applies)
    return texts
