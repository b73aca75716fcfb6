"""Rejected rows that people mend in a spreadsheet and deliver again."""

from collections.abc import Iterator
from contextlib import closing
from tempfile import TemporaryDirectory
from typing import Any, Final

from metrics.feeds import reading
from metrics.feeds.jobs import Reader, job_of
from metrics.feeds.storage import scratch_root
from metrics.models import Ingestion, QuarantinedRow

LINE: Final = "reject: line"
ANNOTATIONS: Final = (
    LINE,
    "reject: column",
    "reject: value",
    "reject: rule",
    "reject: what is wrong",
    "reject: how to mend it",
)
"""Columns that stand beside a row that was set aside. No mapping reads them."""

MOST = 50_000  # rows of one file of rejects
_SLICE = 500


def layout_of(ingestion: Ingestion, filename: str) -> dict[str, Any]:
    """How mended rows of ``ingestion`` are laid out: as we wrote them, CSV or XLSX."""
    form = ingestion.layout or ingestion.mapping.body.get("format") or {}
    kind = "xlsx" if filename.lower().endswith(".xlsx") else "csv"
    return {"type": kind, "decimal": form.get("decimal", ".")}


def originals_of(
    ingestion: Ingestion, read: Reader, lines: list[int] | None
) -> Iterator[reading.Header | reading.Original]:
    """The header, then the rows of a delivery as they stand in its file, from a child process.

    Raises OSError where the file is gone; a file that cannot be read has no rows.
    """
    with TemporaryDirectory(dir=scratch_root()) as folder:
        job = job_of(ingestion, {}, folder, lines=lines, task="originals")
        with closing(read(job)) as events:  # type: ignore[type-var]
            for event in events:
                if isinstance(event, reading.Header | reading.Original):
                    yield event


def mended_note(*, ingestion: Ingestion, read: Reader) -> None:
    """Note at the rejects of the delivery that ``ingestion`` mends which of them are in now.

    A row is told by the line that stands beside it; one without it mends nobody can say what.
    """
    if ingestion.mends_id is None:
        return
    aside = set(ingestion.rejects.values_list("line", flat=True))
    lines = sorted(_mended_lines(ingestion, read, aside))
    rejects = QuarantinedRow.objects.filter(ingestion=ingestion.mends_id, mended_by=None)
    for first in range(0, len(lines), _SLICE):
        rejects.filter(line__in=lines[first : first + _SLICE]).update(mended_by=ingestion)


def _mended_lines(ingestion: Ingestion, read: Reader, aside: set[int]) -> Iterator[int]:
    place: int | None = None
    for event in originals_of(ingestion, read, None):
        if isinstance(event, reading.Header):
            place = event.names.index(LINE) if LINE in event.names else None
        elif place is not None and event.line not in aside and place < len(event.cells):
            said = event.cells[place].strip()
            if said.isascii() and said.isdigit() and len(said) < 19:
                yield int(said)
