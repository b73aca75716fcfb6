"""Draining the log of touched periods: each mark is taken by exactly one worker."""

from typing import NamedTuple

from django.db import connection

from metrics.models import DirtyPeriod, FeedKpi, Ingestion

_TABLE = DirtyPeriod._meta.db_table

# A KPI waits while one of its feeds has an unfinished ingestion: half a file makes no figure.
_WAITING = (
    f"SELECT l.kpi_id FROM {FeedKpi._meta.db_table} l "  # noqa: S608
    f"JOIN {Ingestion._meta.db_table} i ON i.feed_id = l.feed_id "
    "WHERE i.status IN ('received', 'running', 'parked')"
)


class Mark(NamedTuple):
    """Something changed in the period of this KPI that holds the instant (UTC microseconds)."""

    kpi_id: int
    at: int


def marks_take(limit: int) -> set[Mark]:
    """Delete all marks of up to ``limit`` periods whose KPI does not wait, and return them.

    In the caller's transaction: if it rolls back, the marks are there again. Marks that another
    worker holds are left to it.
    """
    due = (
        f"SELECT id FROM {_TABLE} WHERE (kpi_id, at) IN (SELECT kpi_id, at FROM {_TABLE} "  # noqa: S608
        f"WHERE kpi_id NOT IN ({_WAITING}) GROUP BY kpi_id, at ORDER BY min(id) LIMIT %s)"
    )
    if connection.vendor == "postgresql":
        sql = (
            f"WITH p AS MATERIALIZED ({due} ORDER BY id FOR UPDATE SKIP LOCKED) "  # noqa: S608
            f"DELETE FROM {_TABLE} d USING p WHERE d.id = p.id RETURNING d.kpi_id, d.at"
        )
    else:
        sql = f"DELETE FROM {_TABLE} WHERE id IN ({due}) RETURNING kpi_id, at"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [limit])
        return {Mark(kpi, at) for kpi, at in cursor.fetchall()}


def busy_kpis() -> set[int]:
    """KPIs that wait, or with a mark that nobody has taken yet: their figures are about to move."""
    marked = DirtyPeriod.objects.values_list("kpi_id", flat=True).distinct()
    return waiting_kpis() | set(marked)


def waiting_kpis() -> set[int]:
    """KPIs with an unfinished ingestion on one of their feeds."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return {kpi for (kpi,) in cursor}
