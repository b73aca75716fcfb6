"""Rows that stop the clock of an item of the same KPI: pauses, and closings until a reopening."""

from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from . import identity
from .calendar import Bools
from .faults import fault
from .fields import Fields
from .identity import LONGEST_SERIES
from .texts import Texts

if TYPE_CHECKING:
    from .rows import Rows

KINDS = ("paused", "closed")
KEYS: Lookup[str, str] = {"pause_of": "paused", "closed_of": "closed"}


@dataclass(frozen=True, slots=True)
class Stop:
    """What stood, the columns of the item's identity, and the column of who set it."""

    kind: str
    of: tuple[str, ...]
    set_by: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return self.of + ((self.set_by,) if self.set_by else ())


def stop_of(fields: Fields) -> Stop | None:
    """The keys pause_of or closed_of of a target, with set_by; None where it measures."""
    given = [key for key in KEYS if fields.data.get(key) is not None]
    found = {key: _columns(fields, key) for key in KEYS}
    set_by = fields.text("set_by")
    if len(given) > 1:
        fields.wrong("closed_of", None, "stands beside pause_of", "use a target for each")
    if set_by is not None and given != ["pause_of"]:
        fields.wrong("set_by", set_by, "goes with pause_of only", "leave it out")
    return Stop(KEYS[given[0]], found[given[0]], set_by) if given else None


def _columns(fields: Fields, key: str) -> tuple[str, ...]:
    if isinstance(fields.data.get(key), str):
        return (fields.text(key) or "",)
    return fields.texts(key)


def series_of(kind: str, set_by: str) -> str:
    """How kind and who set it are kept; `read_series` reads it."""
    return f"{kind}:{set_by}" if set_by else kind


def read_series(text: str) -> tuple[str, str]:
    """(kind, who set it) of a stop."""
    kind, _, set_by = text.partition(":")
    return kind, set_by


def stop_refs(rows: "Rows", stop: Stop, applies: Bools) -> Any:
    """What the items are called whose clocks stood."""
    parts = [rows.evaluator.column(name) for name in stop.of]
    for name, texts in zip(stop.of, parts, strict=True):
        rows.blame(fault(~texts.present, "missing", name, texts), applies)
    return identity.refs(parts)


def stop_series(rows: "Rows", stop: Stop, applies: Bools) -> Texts:
    """Kind and who set it, row by row."""
    import pyarrow.compute as pc

    if stop.set_by is None:
        array = pa.array([stop.kind] * rows.size, pa.string())
        return Texts(array, np.ones(rows.size, dtype=np.bool_))
    who = rows.evaluator.column(stop.set_by)
    long = who.lengths > LONGEST_SERIES - len(stop.kind) - 1
    rows.blame(fault(long, "series", stop.set_by, who), applies)
    given = pa.array(who.present)
    said = pc.binary_join_element_wise(stop.kind, who.array.fill_null(""), ":")
    return Texts(pc.if_else(given, said, stop.kind), np.ones(rows.size, dtype=np.bool_))
