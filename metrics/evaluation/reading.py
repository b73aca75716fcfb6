"""The rows of periods, summed or one by one: one query for a whole batch of periods.

A batch is a list of windows, all of the rows in force or all of rows as they once stood. Sums are exact on both databases:
PostgreSQL adds BIGINT as numeric; SQLite adds the high and low halves apart, as its own sum
stops at 2⁶³.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from django.db import connection

from metrics.engine import Row, Totals
from metrics.models import Ingestion, Observation, ObservationHistory

_TABLE = Observation._meta.db_table
_HISTORY = ObservationHistory._meta.db_table
_INGESTION = Ingestion._meta.db_table
_SLICE = 400  # windows per statement


class Reach(Enum):
    """Which rows a window sees, as a condition on o (rows) and w (windows).

    SPANNING: also what began before and reaches into it. UNFINISHED: all inside, and what stood
    there before and was not done before. OPEN: items that are not finished. STOPS: what stopped the clocks of items in it.
    """

    INSIDE = "o.kpi_id = w.k AND o.at >= w.s AND o.at < w.e"
    SPANNING = "o.kpi_id = w.k AND o.at < w.e AND (o.ends_at IS NULL OR o.ends_at > w.s)"
    UNFINISHED = (
        "o.kpi_id = w.k AND o.at < w.e "
        "AND (o.at >= w.s OR ((o.ends_at IS NULL OR o.ends_at >= w.s) AND o.a IS NOT NULL))"
    )
    OPEN = (
        "o.kpi_id = w.k AND o.at >= w.s AND o.at < w.e "
        "AND o.a IS NOT NULL AND o.b IS NULL AND o.value IS NULL AND o.series IS NULL"
    )
    STOPS = (
        "o.kpi_id = w.k AND o.at < w.e AND (o.ends_at IS NULL OR o.ends_at > w.s) "
        "AND o.a IS NULL AND o.b IS NULL AND o.value IS NULL AND o.series IS NOT NULL"
    )


class Window(NamedTuple):
    """A period of a KPI as the observations see it, [start, end) in UTC microseconds.

    ``seen``: take the rows as they stood at this watermark {feed id: last ingestion id}, instead
    of those in force.
    """

    kpi_id: int
    start: int
    end: int
    seen: Mapping[str, int] | None = None


def totals_of(windows: Sequence[Window]) -> list[Totals]:
    """Row count and sums per window, in order."""
    found = [Totals()] * len(windows)
    for first in range(0, len(windows), _SLICE):
        with connection.cursor() as cursor:
            cursor.execute(_totals_sql(windows[first : first + _SLICE]))
            for number, n, *sums in cursor:
                found[first + number] = Totals(n, *_whole(sums))
    return found


def rows_of(
    windows: Sequence[Window], *, reach: Reach = Reach.INSIDE, refs: bool = False
) -> list[list[Row]]:
    """The rows per window; with ``refs`` also what each is called."""
    found: list[list[Row]] = [[] for _ in windows]
    for first in range(0, len(windows), _SLICE):
        with connection.cursor() as cursor:
            cursor.execute(_rows_sql(windows[first : first + _SLICE], reach, refs))
            for number, *values in cursor:
                found[first + number].append(Row(*values))
    return found


def _windows_sql(windows: Sequence[Window]) -> str:
    """The windows as an inline table w(i, k, s, e); all values are integers."""
    lines = ", ".join(f"({i}, {w.kpi_id:d}, {w.start:d}, {w.end:d})" for i, w in enumerate(windows))
    return f"w(i, k, s, e) AS (VALUES {lines})"


_HALVES = ", ".join(
    f"coalesce(sum(o.{column} >> 32), 0), coalesce(sum(o.{column} & 4294967295), 0)"
    for column in ("a", "b", "value")
)
_SUMS = "coalesce(sum(o.a), 0), coalesce(sum(o.b), 0), coalesce(sum(o.value), 0)"
_INSIDE = Reach.INSIDE.value


def _totals_sql(windows: Sequence[Window]) -> str:
    is_postgresql = connection.vendor == "postgresql"
    if windows[0].seen is not None:
        sums = _SUMS if is_postgresql else _HALVES
        return (
            f"WITH {_seen_sql(windows)} SELECT o.i, count(*), {sums} "  # noqa: S608
            f"FROM ({_rows_as_of_sql(_INSIDE)}) o GROUP BY o.i"
        )
    if is_postgresql:  # LATERAL keeps it one index scan a window
        return (
            f"WITH {_windows_sql(windows)} SELECT w.i, t.* FROM w CROSS JOIN LATERAL "  # noqa: S608
            f"(SELECT count(*), {_SUMS} FROM {_TABLE} o WHERE {_INSIDE}) t"
        )
    return (
        f"WITH {_windows_sql(windows)} SELECT w.i, count(*), {_HALVES} "  # noqa: S608
        f"FROM w CROSS JOIN {_TABLE} o WHERE {_INSIDE} GROUP BY w.i"
    )


def _rows_sql(windows: Sequence[Window], reach: Reach, refs: bool) -> str:
    where, ref = reach.value, "o.ref" if refs else "''"
    if windows[0].seen is not None:
        return (
            f"WITH {_seen_sql(windows)} "  # noqa: S608
            f"SELECT o.i, o.at, o.ends_at, o.a, o.b, o.value, o.series, {ref} "
            f"FROM ({_rows_as_of_sql(where)}) o ORDER BY o.i, o.at, o.key"
        )
    return (
        f"WITH {_windows_sql(windows)} "  # noqa: S608
        f"SELECT w.i, o.at, o.ends_at, o.a, o.b, o.value, o.series, {ref} "
        f"FROM w CROSS JOIN {_TABLE} o WHERE {where} ORDER BY w.i, o.at, o.key"
    )


def _whole(sums: Sequence[int]) -> list[int]:
    if len(sums) == 3:
        return [int(value) for value in sums]
    return [(high << 32) + low for high, low in zip(sums[::2], sums[1::2], strict=True)]


def _seen_sql(windows: Sequence[Window]) -> str:
    """The windows w, and the ingestions that each of them saw as seen(i, id)."""
    marks = [(i, int(f), int(n)) for i, w in enumerate(windows) for f, n in (w.seen or {}).items()]
    lines = ", ".join(f"({i}, {feed}, {last})" for i, feed, last in marks or [(-1, 0, 0)])
    return (
        f"{_windows_sql(windows)}, mark(i, f, n) AS (VALUES {lines}), seen(i, id) AS "  # noqa: S608
        f"(SELECT m.i, g.id FROM mark m JOIN {_INGESTION} g ON g.feed_id = m.f AND g.id <= m.n)"
    )


def _rows_as_of_sql(where: str) -> str:
    """Rows that a seen ingestion loaded and that no seen one superseded."""
    rows = (
        "SELECT w.i, o.at, o.ends_at, o.a, o.b, o.value, o.series, o.ref, o.key FROM w CROSS JOIN"
    )
    seen = "(SELECT i, id FROM seen)"
    return (
        f"{rows} {_TABLE} o WHERE {where} AND (w.i, o.load_id) IN {seen} "
        f"UNION ALL {rows} {_HISTORY} o WHERE {where} AND (w.i, o.loaded_by) IN {seen} "
        f"AND (w.i, o.superseded_by) NOT IN {seen}"
    )
