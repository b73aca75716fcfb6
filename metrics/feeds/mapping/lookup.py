"""Which KPI each row of a target leads to."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .calendar import Bools, Ints
from .catalogue import Catalogue, KpiSpec
from .compile import fits
from .evaluate import Evaluator
from .faults import Fault, Faults
from .shape import KpiTemplate, Mapping, Target
from .texts import Texts


@dataclass(frozen=True)
class Found:
    """Row by row an index into `specs`, -1 where the row leads to no KPI."""

    specs: tuple[KpiSpec, ...]
    index: Ints
    faults: Faults


class Finder:
    """KPIs by code for one target, remembering the codes it has met."""

    def __init__(self, mapping: Mapping, target: Target, catalogue: Catalogue) -> None:
        self.template = target.kpi
        self.catalogue = catalogue
        self.mapping, self.target = mapping, target
        self.specs: list[KpiSpec] = []
        self.known: dict[tuple[str, ...], int] = {}
        self.places: dict[int, int] = {}  # of a KPI in specs, by its id
        if self.template.fixed:
            self.specs.append(catalogue[self.template.text])

    def find(self, evaluator: Evaluator) -> Found:
        size = evaluator.size
        if self.template.fixed:
            return Found(tuple(self.specs), np.zeros(size, dtype=np.int64), ())
        columns = [evaluator.column(name) for name in self.template.columns]
        present = np.logical_and.reduce([column.present for column in columns])
        group, combinations = _combined(columns)
        index = np.array([self._place(values) for values in combinations], dtype=np.int64)
        rows = np.where(present, index[group] if len(index) else -1, -1)
        faults = _faults(self.template, columns, present, rows)
        return Found(tuple(self.specs), np.maximum(rows, -1), faults)

    def _place(self, values: tuple[str, ...]) -> int:
        """Where the KPI of these column values stands; -1 unknown, -2 of other roles."""
        found = self.known.get(values)
        if found is None:
            found = self.known[values] = self._new(values)
        return found

    def _new(self, values: tuple[str, ...]) -> int:
        code = self.template.filled(values)
        spec = self.catalogue.get(code) if code is not None else None
        if spec is None:
            return -1
        if not fits(self.mapping, self.target, spec):
            return -2
        place = self.places.setdefault(spec.id, len(self.specs))
        if place == len(self.specs):
            self.specs.append(spec)
        return place


def _combined(columns: list[Texts]) -> tuple[Ints, list[tuple[str, ...]]]:
    """A group number for each row, and the texts of each group."""
    encoded = [column.array.fill_null("").dictionary_encode() for column in columns]
    group = np.zeros(len(columns[0]), dtype=np.int64)
    for one in encoded:
        group = group * max(len(one.dictionary), 1) + np.asarray(one.indices)
    unique, inverse = np.unique(group, return_inverse=True)
    parts: list[Any] = []
    for one in reversed(encoded):
        count = max(len(one.dictionary), 1)
        parts.append(one.dictionary.take(pa.array(unique % count)).to_pylist())
        unique = unique // count
    return inverse, list(zip(*reversed(parts), strict=True))


def _faults(template: KpiTemplate, columns: list[Texts], present: Bools, rows: Ints) -> Faults:
    name = ", ".join(template.columns)
    texts, shown = columns[0], template.text.replace("{" + template.columns[0] + "}", "{value}")
    if len(columns) > 1:
        texts, shown = _filled(template, columns), "{value}"
    note = f"no KPI '{shown}'"
    if template.codes is not None and len(columns) == 1:
        note = f"'{{value}}' in column {name!r} leads to no KPI: it is not in codes"
    found: list[Fault] = []
    for column, label in zip(columns, template.columns, strict=True):
        found.append(Fault(~column.present, "missing", label, column))
    found.append(Fault(present & (rows == -1), "kpi", name, texts, note))
    found.append(Fault(present & (rows == -2), "roles", name, texts))
    return tuple(one for one in found if one.rows.any())


def _filled(template: KpiTemplate, columns: list[Texts]) -> Texts:
    import pyarrow.compute as pc

    pieces: list[Any] = [template.literals[0]]
    for column, literal in zip(columns, template.literals[1:], strict=True):
        pieces += [column.array.fill_null(""), literal]
    array = pc.binary_join_element_wise(*pieces, "")
    return Texts(array, columns[0].present)
