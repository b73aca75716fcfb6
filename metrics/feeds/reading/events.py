"""What the reader child says, and the job it is given. JSON lines on both sides."""

import json
from collections.abc import Mapping as Lookup
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

CHUNK_ROWS = 100_000  # a transaction's worth; larger ones gain little and take memory


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one file. Sizes are bytes; a reader past one of them refuses the file.

    `ratio` counts only beyond `ratio_free` decompressed bytes; `memory` and `cpu_s` are the
    child's own, and `wait_s` is how long the parent waits for a sign of life.
    """

    memory: int = 512 * 2**20
    cpu_s: int = 60
    wait_s: float = 120.0
    decompressed: int = 8 * 2**30
    ratio: int = 200
    ratio_free: int = 32 * 2**20
    line: int = 8 * 2**20
    fld: int = 65_536
    columns: int = 10_000
    reference_columns: int = 100_000
    rows: int = 15_000_000
    document: int = 32 * 2**20
    rows_per_byte: int = 10
    unzipped: int = 256 * 2**20
    cells: int = 10_000_000
    cell: int = 32_767


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read: where it lies, how it is mapped, and where the chunks go.

    `mapping` and `kpis` are plain dicts; `format` may override the mapping's own. `guarded`: texts
    were kept from being run as formulas. `task`: map the rows, show the originals of `lines`
    (all if None), or read the table without any mapping.
    """

    path: str
    mapping: Lookup[str, Any]
    kpis: Lookup[str, Lookup[str, Any]]
    received_at_us: int
    out_dir: str
    format: Lookup[str, Any] | None = None
    skew_s: int = 300
    chunk_rows: int = CHUNK_ROWS
    limits: Limits = field(default_factory=Limits)
    guarded: bool = False
    task: Literal["map", "originals", "table"] = "map"
    lines: list[int] | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Job":
        data = json.loads(text)
        return cls(**(data | {"limits": Limits(**data.get("limits") or {})}))


@dataclass(frozen=True, slots=True)
class Structure:
    """The whole file is sound: `rows` source rows, `blank` blank lines, and warnings to show."""

    rows: int
    blank: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """One Arrow IPC file of mapped rows, and a quarantine file beside it.

    read = rows in the file (kept and filtered) + quarantined.
    """

    number: int
    path: str
    quarantine: str
    read: int
    filtered: int
    quarantined: int
    ambiguous: int
    bytes_done: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class Done:
    read: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The file as a whole cannot be used; nothing of it may be kept."""

    rule: str
    message: str
    hint: str = ""
    value: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The child has been silent for a while and is alive; the parent says so, never the child."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, before the originals."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Original:
    """A row as it stands in the file."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row of a table that the reader itself refuses."""

    line: int
    column: str
    value: str
    message: str
    hint: str


Event = Structure | Chunk | Done | Rejected | Waiting | Header | Original | Unusable
_NAMES: dict[str, type[Any]] = {
    "structure": Structure,
    "chunk": Chunk,
    "done": Done,
    "rejected": Rejected,
    "header": Header,
    "original": Original,
    "unusable": Unusable,
}
_TUPLES = ("warnings", "names", "cells")


def to_line(event: Event) -> str:
    """The event as one line of JSON."""
    return json.dumps({"event": type(event).__name__.lower(), **asdict(event)})


def from_line(line: str | bytes) -> Event:
    """The event of one line; raises ValueError for anything else."""
    data = json.loads(line)
    name = data.pop("event", None) if isinstance(data, dict) else None
    if name not in _NAMES:
        raise ValueError(f"not an event of the reader: {line!r:.200}")
    data |= {key: tuple(data[key]) for key in _TUPLES if key in data}
    made: Event = _NAMES[name](**data)
    return made
