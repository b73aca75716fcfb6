"""The rows of periods, summed or one by one: one query for a whole batch of periods.

A batch is a list of windows (kpi id, start µs, end µs). Sums are exact on both databases:
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
_COLUMNS = "at, ends_at, a, b, value, series"
_SLICE = 400  # windows per statement


class Window(NamedTuple):
    """A period of a KPI as the observations see it, [start, end) in UTC microseconds."""

    kpi_id: int
    start: int
    end: int


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
    if connection.vendor == "postgresql":  # LATERAL keeps it one index scan a window
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
    return (
        f"WITH {_windows_sql(windows)} "  # noqa: S608
        f"SELECT w.i, o.at, o.ends_at, o.a, o.b, o.value, o.series "
        f"FROM w CROSS JOIN {_TABLE} o WHERE {where} ORDER BY w.i, o.at, o.key"
    )


def _whole(sums: Sequence[int]) -> list[int]:
    if len(sums) == 3:
        return [int(value) for value in sums]
    return [(high << 32) + low for high, low in zip(sums[::2], sums[1::2], strict=True)]


def rows_as_of(
    window: Window, watermark: Mapping[str, int], *, spanning: bool = False
) -> list[Row]:
    """The rows of one window as they stood at a watermark {feed id: last ingestion id seen}."""
    where = (
        "at < %(e)s AND (ends_at IS NULL OR ends_at > %(s)s)"
        if spanning
        else ("at >= %(s)s AND at < %(e)s")
    )
    sql = (
        f"SELECT {_COLUMNS}, key FROM {_TABLE} "  # noqa: S608
        f"WHERE kpi_id = %(k)s AND {where} AND load_id IN (SELECT id FROM seen) "
        f"UNION ALL SELECT {_COLUMNS}, key FROM {_HISTORY} "
        f"WHERE kpi_id = %(k)s AND {where} AND loaded_by IN (SELECT id FROM seen) "
        "AND superseded_by NOT IN (SELECT id FROM seen) ORDER BY 1, 7"
    )
    values = {"k": window.kpi_id, "s": window.start, "e": window.end}
    with connection.cursor() as cursor:
        cursor.execute(f"WITH seen AS ({_seen_sql(watermark)}) {sql}", values)
        return [Row(*row[:6]) for row in cursor]


def _seen_sql(watermark: Mapping[str, int]) -> str:
    table = Ingestion._meta.db_table
    parts = [
        f"SELECT id FROM {table} WHERE feed_id = {int(feed):d} AND id <= {int(last):d}"  # noqa: S608
        for feed, last in watermark.items()
    ]
    return " UNION ALL ".join(parts) or f"SELECT id FROM {table} WHERE id < 0"  # noqa: S608
