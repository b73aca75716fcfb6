"""A slice of a file on its way through the mapping: rows in file order, columns as texts."""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .calendar import Ints


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be used, as the reader or the mapping found it.

    `ordinal` counts source rows from 0 (blank lines apart); `line` is where a person finds it.
    """

    ordinal: int
    line: int
    column: str
    value: str
    rule: str
    message: str
    hint: str
    more: tuple[Lookup[str, str], ...] = ()

    def record(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "rule": self.rule,
            "message": self.message,
            "hint": self.hint,
        }
        if self.more:
            made["more"] = [dict(one) for one in self.more]
        return made


@dataclass(frozen=True)
class Batch:
    """Usable rows as Arrow string arrays by column name, and the rows refused before mapping.

    `ordinals` and `lines` belong to the usable rows; both ascend.
    """

    ordinals: Ints
    lines: Ints
    columns: Lookup[str, Any]
    faults: Sequence[RowFault] = ()
    date1904: bool = False

    @property
    def read(self) -> int:
        """Source rows in this slice, refused ones included."""
        return len(self.lines) + len(self.faults)
