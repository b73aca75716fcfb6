"""The SQL of the row-level tables, in one place and the same for both databases.

Values travel through temporary tables, so that no statement has a bound on its size.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
from django.db import connection

from kpotracker.toolkit.bulk import Column, bulk_insert
from metrics.feeds.verdicts import Version
from metrics.models import FeedItem, Observation, ObservationHistory

OBSERVATION = Observation._meta.db_table
HISTORY = ObservationHistory._meta.db_table
ITEM = FeedItem._meta.db_table

_SHARED = "kpi_id, key, at, ends_at, a, b, value, series, revision, digest, ref"
Pair = tuple[int, bytes]


def observations_insert(observations: pa.Table, load_id: int) -> None:
    """Insert observations, which are sorted by primary key; a collision raises IntegrityError."""
    count = observations.num_rows
    bulk_insert(
        OBSERVATION,
        [
            Column("kpi_id", "int4", _whole(observations, "kpi_id")),
            Column("key", "bytes16", _whole(observations, "key")),
            Column("at", "int8", _whole(observations, "at")),
            Column("revision", "int8", _whole(observations, "revision")),
            Column("digest", "bytes16", _whole(observations, "digest")),
            Column("load_id", "int8", pa.repeat(pa.scalar(load_id, pa.int64()), count)),
            Column("ends_at", "int8", _whole(observations, "ends_at")),
            Column("a", "int8", _whole(observations, "a")),
            Column("b", "int8", _whole(observations, "b")),
            Column("value", "int8", _whole(observations, "value")),
            Column("series", "text", _whole(observations, "series")),
            Column("ref", "text", _whole(observations, "ref")),
        ],
    )


def observations_known(staged: Sequence[Pair]) -> dict[Pair, Version]:
    """The versions in force of these observations."""
    with _staged(staged) as stage, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.kpi_id, o.key, o.revision, o.digest FROM {OBSERVATION} o "  # noqa: S608
            f"JOIN {stage} s ON o.kpi_id = s.kpi_id AND o.key = s.key"
        )
        return _versions(cursor)


def observations_of(keys: Iterable[bytes], kpi_ids: Iterable[int]) -> dict[Pair, Version]:
    """The versions in force of these items at any of these KPIs."""
    listed = ", ".join(f"{kpi:d}" for kpi in sorted(kpi_ids))
    with _staged([(0, key) for key in keys]) as stage, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o.kpi_id, o.key, o.revision, o.digest FROM {stage} s "  # noqa: S608
            f"JOIN {OBSERVATION} o ON o.key = s.key AND o.kpi_id IN ({listed})"
        )
        return _versions(cursor)


def _versions(rows: Iterable[tuple[int, bytes, int, bytes]]) -> dict[Pair, Version]:
    return {(kpi, bytes(key)): Version(rev, bytes(digest)) for kpi, key, rev, digest in rows}


def observations_supersede(
    staged: Sequence[Pair], load_id: int
) -> list[tuple[int, int, int | None]]:
    """Move these observations, where they exist, to the history; return (kpi_id, at, ends_at)."""
    if not staged:
        return []
    with _staged(staged) as stage, connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {HISTORY} ({_SHARED}, loaded_by, superseded_by) "  # noqa: S608
            f"SELECT {_SHARED}, load_id, %s FROM {OBSERVATION} "
            f"WHERE (kpi_id, key) IN (SELECT kpi_id, key FROM {stage})",
            [load_id],
        )
        cursor.execute(
            f"DELETE FROM {OBSERVATION} "  # noqa: S608
            f"WHERE (kpi_id, key) IN (SELECT kpi_id, key FROM {stage}) "
            "RETURNING kpi_id, at, ends_at"
        )
        return [(kpi, at, ends) for kpi, at, ends in cursor.fetchall()]


def observations_advance(advanced: Iterable[tuple[int, int, bytes]]) -> None:
    """Note higher revisions (revision, kpi_id, key) of contents that stay as they are."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {OBSERVATION} SET revision = %s WHERE kpi_id = %s AND key = %s",  # noqa: S608
            list(advanced),
        )


def items_known(feed_id: int, keys: Iterable[bytes]) -> dict[bytes, tuple[Version, bytes]]:
    """Version and packed targets of the feed's items with these keys."""
    with _staged([(0, key) for key in keys]) as stage, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.key, i.revision, i.digest, i.targets FROM {ITEM} i "  # noqa: S608
            f"JOIN {stage} s ON i.key = s.key WHERE i.feed_id = %s",
            [feed_id],
        )
        return {
            bytes(key): (Version(rev, bytes(digest)), bytes(targets))
            for key, rev, digest, targets in cursor
        }


def items_replace(feed_id: int, items: Sequence[tuple[bytes, Version, bytes]]) -> None:
    """Write version and targets of items, whether they were known or not."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {ITEM} (feed_id, key, revision, digest, targets) "  # noqa: S608
            "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (feed_id, key) DO UPDATE SET "
            "revision = excluded.revision, digest = excluded.digest, targets = excluded.targets",
            [(feed_id, key, v.revision, v.digest, targets) for key, v, targets in sorted(items)],
        )


def items_forget(feed_id: int, keys: Iterable[bytes]) -> None:
    """Drop what is remembered of these items."""
    with _staged([(0, key) for key in keys]) as stage, connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {ITEM} WHERE feed_id = %s AND key IN (SELECT key FROM {stage})",  # noqa: S608
            [feed_id],
        )


def items_advance(feed_id: int, advanced: dict[bytes, int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {ITEM} SET revision = %s WHERE feed_id = %s AND key = %s",  # noqa: S608
            [(revision, feed_id, key) for key, revision in advanced.items()],
        )


@contextmanager
def _staged(staged: Sequence[Pair]) -> Iterator[str]:
    """A temporary table of (kpi_id, key) for the length of the block, in a transaction: one that
    fails takes the table with it."""
    blob = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged_pairs (kpi_id integer, key {blob})")
        kpis = pa.array([kpi for kpi, _ in staged], pa.int32())
        keys = pa.array([key for _, key in staged], pa.binary(16))
        bulk_insert(
            "staged_pairs", [Column("kpi_id", "int4", kpis), Column("key", "bytes16", keys)]
        )
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE staged_pairs")
    yield "staged_pairs"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE staged_pairs")


def _whole(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
