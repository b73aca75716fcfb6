"""Reading a file to the end, in this process or in a child, and what came of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from metrics.feeds.reading import Chunk, Done, Event, Job, Limits, Rejected, Structure, read_file
from metrics.feeds.reading.child import events

RECEIVED = 1_790_000_000_000_000

MAPPING: dict[str, Any] = {
    "code": "desk",
    "zone": "UTC",
    "identity": ["id"],
    "times": {"finished": "at"},
    "targets": [{"kpi": "hours", "value": "n"}],
}
KPIS: dict[str, Any] = {"hours": {"id": 1, "scale": 2, "roles": {"value": "value"}}}
HEADER = "id,at,n\n"
ROW = "A1,2026-03-01T10:00:00Z,1.5\n"


@dataclass
class Report:
    """Everything the reader said about one file."""

    structure: Structure | None = None
    rejected: Rejected | None = None
    done: Done | None = None
    chunks: list[Chunk] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def rules(self) -> dict[int, str]:
        """line -> the rule a row was set aside for."""
        return {record["line"]: record["rule"] for record in self.aside}

    @property
    def verdict(self) -> str:
        """FILE and its rule, or the lines set aside, or OK."""
        if self.rejected is not None:
            return f"FILE {self.rejected.rule}"
        return "OK" if not self.aside else " ".join(f"ROW {rule}" for rule in self.rules.values())


def report_of(said: Iterable[Event]) -> Report:
    report = Report()
    for event in said:
        match event:
            case Structure():
                report.structure = event
            case Rejected():
                report.rejected = event
            case Done():
                report.done = event
            case Chunk():
                report.chunks.append(event)
                report.rows += pa.ipc.open_file(event.path).read_all().to_pylist()
                lines = Path(event.quarantine).read_text("utf-8").splitlines()
                report.aside += [json.loads(line) for line in lines]
    return report


def job_for(path: Path, **changes: Any) -> Job:
    """A job for a file; `format` replaces the mapping's, `mapping` and `kpis` the usual ones."""
    out = path.parent / f"{path.name}.chunks"
    out.mkdir(exist_ok=True)
    usual: dict[str, Any] = {
        "path": str(path),
        "mapping": MAPPING,
        "kpis": KPIS,
        "received_at_us": RECEIVED,
        "out_dir": str(out),
        "limits": Limits(),
    }
    return Job(**(usual | changes))


def read_here(path: Path, **changes: Any) -> Report:
    """Read in this process: fast, without memory and CPU limits."""
    return report_of(events(job_for(path, **changes)))


def read_in_child(path: Path, **changes: Any) -> Report:
    """Read as in use: in a confined child process."""
    return report_of(read_file(job_for(path, **changes)))


def read_bytes(folder: Path, content: bytes | str, **changes: Any) -> Report:
    path = folder / "feed.data"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_here(path, **changes)
