"""The star as SQL views on PostgreSQL, and the role that may read nothing else."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from metrics.bi.catalogue import COLLECTIONS
from metrics.bi.sqlviews import PREFIX, views_grant, views_make
from tests.api.world import Holding, Program

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="views are for PostgreSQL"),
]


def selected(name: str) -> tuple[list[str], list[tuple[object, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{PREFIX}{name}" ORDER BY id')
        return [column.name for column in cursor.description], cursor.fetchall()


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda one: one.name)
def test_a_view_shows_what_its_collection_shows(
    collection, acme: Holding, zeta: Holding, reader: Program
) -> None:
    names, rows = selected(collection.name)
    assert names == collection.names
    told = reader.get(f"/api/v1/{collection.name}").json()["results"]
    plain = ("updated_at", "computed_at", "opened_at", "time")
    by_id = {row["id"]: row for row in told}
    assert len(rows) == len(by_id)
    for row in rows:
        record = dict(zip(names, row, strict=True))
        for name in names:
            if name not in plain and not hasattr(record[name], "isoformat"):
                assert record[name] == by_id[record["id"]][name], name


def test_making_them_again_makes_nothing() -> None:
    assert views_make(connection) is False


def test_a_view_of_an_earlier_release_is_replaced(acme: Holding) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON VIEW {PREFIX}{COLLECTIONS[-1].name} IS 'of an earlier release'")
        cursor.execute(f"CREATE VIEW {PREFIX}gone AS SELECT 1 AS id")
    assert views_make(connection) is True
    with pytest.raises(ProgrammingError, match="gone"), transaction.atomic():
        selected("gone")
    assert selected("dim_vendor")[1]


def test_the_reading_role_reads_the_views_and_no_table(acme: Holding) -> None:
    role = settings.BI_ROLE
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE ROLE "{role}"')
        assert views_grant(cursor) is True
        cursor.execute(f'SET LOCAL ROLE "{role}"')
        assert selected("dim_vendor")[1]
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT * FROM contracts_vendor")
        cursor.execute("RESET ROLE")


def test_without_the_role_nothing_is_granted() -> None:
    with connection.cursor() as cursor:
        assert views_grant(cursor) is False
