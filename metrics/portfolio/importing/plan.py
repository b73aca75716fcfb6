"""What an import comes to: rows with what they do, and faults with their lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from metrics.portfolio.importing.kinds import Kind, Values

CREATE, CHANGE, SAME = "create", "change", "unchanged"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on a line. ``line`` 0: with the file as a whole."""

    line: int
    column: str
    value: str
    rule: str
    hint: str

    def __str__(self) -> str:
        return f"{self.column} {self.value!r} {self.rule}: {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class Group:
    """The same fault on several lines."""

    column: str
    rule: str
    hint: str
    lines: tuple[int, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What one row does. ``record``: the existing one, or the new one, unsaved; ``differences``:
    (heading, before, after) as people read them."""

    line: int
    action: str
    record: Any
    values: Values
    differences: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Plan:
    """A whole import; it can be applied once there are no faults and something to do."""

    kind: Kind
    names: tuple[str, ...] = ()
    rows: list[Planned] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    cells: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[str]:
        return Counter(row.action for row in self.rows)

    @property
    def can_apply(self) -> bool:
        counts = self.counts
        return not self.faults and bool(counts[CREATE] + counts[CHANGE])


def grouped(faults: Iterable[Fault]) -> list[Group]:
    """The same column, rule and way out together, the most frequent first."""
    by_kind: dict[tuple[str, str, str], list[Fault]] = {}
    for fault in faults:
        by_kind.setdefault((fault.column, fault.rule, fault.hint), []).append(fault)
    groups = [
        Group(
            *key,
            lines=tuple(each.line for each in same if each.line),
            values=tuple(dict.fromkeys(each.value for each in same if each.value))[:5],
        )
        for key, same in by_kind.items()
    ]
    return sorted(groups, key=lambda group: -len(group.lines))
