"""What applying the files changes, as data: for tables, JSON and tests."""

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What happens to one object or one of its dated lines."""

    CREATE = "create"
    CHANGE = "change"
    ADD_VERSION = "add version"
    ARCHIVE = "archive"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, as people read it; an empty text stands for nothing."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``code`` names the object, with the line's date or version where it has one."""

    action: Action
    kind: str
    code: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """``changes`` in the order they are made; ``not_in_files`` as (kind, code).

    ``applied`` is False for a plan that was only drawn up.
    """

    changes: tuple[Change, ...]
    not_in_files: tuple[tuple[str, str], ...]
    applied: bool

    @property
    def effective(self) -> tuple[Change, ...]:
        """The changes that change something."""
        return tuple(c for c in self.changes if c.action is not Action.UNCHANGED)

    def count(self) -> dict[str, int]:
        """How often each action occurs."""
        return dict(Counter(change.action.value for change in self.changes))

    def as_dict(self) -> dict[str, Any]:
        return {
            "applied": self.applied,
            "changes": [asdict(change) for change in self.effective],
            "not_in_files": [{"kind": kind, "code": code} for kind, code in self.not_in_files],
            "counts": self.count(),
        }
