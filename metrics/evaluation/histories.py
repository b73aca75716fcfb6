"""The histories of items: their pauses and closings, found by what the item is called.

They are observations of the same KPI that hold no number, so that revisions, undoing and rows as
they once stood work for them as for all rows. Each is called like its item; its series says what
it is and who set it.
"""

from collections.abc import Sequence

from metrics.engine import Interruption, Item, Row
from metrics.engine.items import interruptions_sorted
from metrics.evaluation.reading import Reach, Window, rows_of
from metrics.feeds.mapping.stops import KINDS, read_series
from metrics.models import Observation

_FOREVER = 2**62


def with_histories(windows: Sequence[Window], found: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """The rows per window, read with ``refs``: items with their histories, and nothing else."""
    items = [[row for row in rows if not is_stop(row)] for rows in found]
    wide = [_reaching(window, rows) for window, rows in zip(windows, items, strict=True)]
    stops = rows_of(wide, reach=Reach.STOPS, refs=True)
    return [_joined(rows, of_window) for rows, of_window in zip(items, stops, strict=True)]


def is_stop(row: Row | Observation) -> bool:
    """Whether a row says that the clock of an item stood."""
    return row.a is None and row.b is None and row.value is None and row.series is not None


def _reaching(window: Window, rows: Sequence[Row]) -> Window:
    """From the first begin to the last end of the window's items."""
    begins = [row.a for row in rows if row.a is not None]
    ends = [_FOREVER if row.b is None else row.b for row in rows if row.a is not None]
    return window._replace(start=min(begins, default=0), end=max(ends, default=0))


def _joined(rows: Sequence[Row], stops: Sequence[Row]) -> list[Row]:
    by_ref: dict[str, list[Row]] = {}
    for stop in stops:
        by_ref.setdefault(stop.ref, []).append(stop)
    return [_item(row, by_ref.get(row.ref, ())) for row in rows]


def _item(row: Row, stops: Sequence[Row]) -> Row:
    found = [each for stop in stops if (each := _interruption(row, stop)) is not None]
    if not found:
        return row
    history = interruptions_sorted(found)
    return Item(row.at, row.ends_at, row.a, row.b, row.value, row.series, row.ref, history)


def _interruption(row: Row, stop: Row) -> Interruption | None:
    """What a stop is to an item; None where it lies outside of it.

    A pause counts no further than the end of its item: what is said of it later is no news.
    """
    kind, set_by = read_series(stop.series or "")
    end = stop.ends_at
    if row.a is None or kind not in KINDS or (row.b is not None and stop.at >= row.b):
        return None
    if end is not None and end <= row.a:
        return None
    if kind == "paused" and row.b is not None:
        end = row.b if end is None else min(end, row.b)
    return Interruption(stop.at, end, kind, set_by)
