"""What applying the files changes, as data: for tables, JSON and tests."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
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

    ``applied`` is False for a plan that was only drawn up. ``stated``: a digest of what the files
    say.
    """

    changes: tuple[Change, ...]
    not_in_files: tuple[tuple[str, str], ...]
    applied: bool
    stated: str = ""

    @property
    def digest(self) -> str:
        """The same for the same files that would do the same, whenever they are planned."""
        told = [self.stated, [_timeless(one) for one in self.effective], self.not_in_files]
        return _digest(told)

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


class PlanChangedError(Exception):
    """What applying would do is not what was planned; nothing was changed."""


def stated_digest(documents: Iterable[dict[str, Any]]) -> str:
    """A digest of what files say, however they say it."""
    return _digest(list(documents))


def _timeless(change: Change) -> dict[str, Any]:
    """A change without the moment at which something would be archived."""
    told = asdict(change)
    return told | {"fields": []} if change.action is Action.ARCHIVE else told


def _digest(told: Any) -> str:
    written = json.dumps(told, sort_keys=True, default=str, ensure_ascii=False)
    return sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
