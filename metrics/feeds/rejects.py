"""Rows that did not fit, as a table to mend: each as it stands, with what is wrong beside it."""

from collections.abc import Iterator, Sequence

from contracts.selectors.scope import Scope
from metrics.feeds.mending import ANNOTATIONS, MOST, originals_of
from metrics.feeds.reading import Header, read_file
from metrics.models import Ingestion, QuarantinedRow
from metrics.selectors import scope as scoped


def rejects_table(
    ingestion: Ingestion, *, scope: Scope
) -> tuple[list[str], Iterator[Sequence[str]]] | None:
    """Columns and rows of what was set aside and is not mended yet, at most the first 50,000; None
    where nothing is.

    Where the delivered file is gone, what was wrong with each row stands alone.
    """
    aside = scoped.rejects(scope).filter(ingestion=ingestion, mended_by=None)
    rows = list(aside.order_by("line")[:MOST])
    if not rows:
        return None
    header, cells = _originals(ingestion, [row.line for row in rows])
    return [*header.names, *ANNOTATIONS], _annotated(rows, cells, len(header.names))


def _originals(ingestion: Ingestion, lines: list[int]) -> tuple[Header, dict[int, tuple[str, ...]]]:
    """The column names, and the cells of each line as the file has them."""
    header = Header(())
    cells: dict[int, tuple[str, ...]] = {}
    try:
        for each in originals_of(ingestion, read_file, lines):
            if isinstance(each, Header):
                header = each
            else:
                cells[each.line] = each.cells
    except OSError:
        return Header(()), {}
    return header, cells


def _annotated(
    rows: list[QuarantinedRow], cells: dict[int, tuple[str, ...]], width: int
) -> Iterator[list[str]]:
    for row in rows:
        own = cells.get(row.line, ())[:width]
        filled = [*own, *[""] * (width - len(own))]
        yield [*filled, str(row.line), row.column, row.value, row.rule, row.message, row.hint]
