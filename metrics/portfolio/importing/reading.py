"""The file of an import, read in a child process that may be killed."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from metrics.feeds.reading import Header, Job, Limits, Original, Rejected, Unusable, read_file

MOST_ROWS: Final = 5_000
COMMENT: Final = "#"
_LIMITS = Limits(cpu_s=20, wait_s=30.0, decompressed=64 << 20, columns=200, cells=500_000)
_FIRST_BYTES = 65_536
_SIGNS = (",", ";", "\t")


@dataclass(slots=True)
class Table:
    """What stands in a file. ``refused``: why nothing of it can be used."""

    names: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    refused: Rejected | None = None


def layout_of(path: Path, *, encoding: str) -> dict[str, Any]:
    """How a file is read, by its first bytes: a workbook, or text with its separator."""
    with path.open("rb") as file:
        head = file.read(_FIRST_BYTES)
    if head.startswith(b"PK"):
        return {"type": "xlsx"}
    first_line = head.split(b"\n", 1)[0]
    sign = max(_SIGNS, key=lambda each: first_line.count(each.encode()))
    return {"type": "csv", "delimiter": sign, "encoding": encoding}


def read_table(path: Path, layout: dict[str, Any]) -> Table:
    """The rows of a file; those whose first cell begins with # are remarks and left out."""
    table = Table()
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        job = Job(str(path), {}, {}, 0, folder, format=layout, limits=_LIMITS, task="table")
        with closing(read_file(job)) as events:
            _follow(events, table)
    return table


def _follow(events: Iterator[Any], table: Table) -> None:
    for event in events:
        match event:
            case Header():
                table.names = event.names
            case Original():
                if not event.cells[0].startswith(COMMENT):
                    table.rows.append((event.line, event.cells))
            case Unusable():
                table.unusable.append(event)
            case Rejected():
                table.refused = event
        if len(table.rows) > MOST_ROWS:
            message = f"the file has more than {MOST_ROWS:,} rows"
            table.refused = Rejected("rows", message, "split it and import the parts")
            return
