"""The rows of periods, summed or one by one: one query for a whole batch of periods.

A batch is a list of windows, all of the rows in force or all of rows as they once stood. Sums are exact on both databases:
PostgreSQL adds BIGINT as numeric; SQLite adds the high and low halves apart, as its own sum
stops at 2⁶³.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from metrics.engine import Row, Totals
from metrics.models import Ingestion, Observation, ObservationHistory

_TABLE = Observation._meta.db_table
_HISTORY = ObservationHistory._meta.db_table
_INGESTION = Ingestion._meta.db_table
_SLICE = 400  # windows per statement


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


def rows_of(windows: Sequence[Window], *, spanning: bool = False) -> list[list[Row]]:
    """The rows per window; with ``spanning`` also those that began before and reach into it."""
    found: list[list[Row]] = [[] for _ in windows]
    for first in range(0, len(windows), _SLICE):
        with connection.cursor() as cursor:
            cursor.execute(_rows_sql(windows[first : first + _SLICE], spanning))
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
_INSIDE = "o.kpi_id = w.k AND o.at >= w.s AND o.at < w.e"
_REACHING = "o.kpi_id = w.k AND o.at < w.e AND (o.ends_at IS NULL OR o.ends_at > w.s)"


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


def _rows_sql(windows: Sequence[Window], spanning: bool) -> str:
    where = _REACHING if spanning else _INSIDE
    if windows[0].seen is not None:
        return (
            f"WITH {_seen_sql(windows)} SELECT o.i, o.at, o.ends_at, o.a, o.b, o.value, o.series "  # noqa: S608
            f"FROM ({_rows_as_of_sql(where)}) o ORDER BY o.i, o.at, o.key"
        )
    return (
        f"WITH {_windows_sql(windows)} "  # noqa: S608
        f"SELECT w.i, o.at, o.ends_at, o.a, o.b, o.value, o.series "
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
    rows = "SELECT w.i, o.at, o.ends_at, o.a, o.b, o.value, o.series, o.key FROM w CROSS JOIN"
    seen = "(SELECT i, id FROM seen)"
    return (
        f"{rows} {_TABLE} o WHERE {where} AND (w.i, o.load_id) IN {seen} "
        f"UNION ALL {rows} {_HISTORY} o WHERE {where} AND (w.i, o.loaded_by) IN {seen} "
        f"AND (w.i, o.superseded_by) NOT IN {seen}"
    )
