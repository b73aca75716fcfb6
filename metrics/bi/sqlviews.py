"""The star as SQL views on PostgreSQL, for tools that want SQL: bi_v1_dim_vendor and the others.

Their columns are those of the collections, typed. ``v1`` stays as it is: columns are only added,
behind the others. They show every vendor's rows; a reading role is given these views alone.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate, pre_migrate

from kpotracker.toolkit.tabular.selects import select_of
from metrics.bi.catalogue import COLLECTIONS

PREFIX: Final = "bi_v1_"
_LEFT: Final = """SELECT viewname FROM pg_views
    WHERE schemaname = current_schema() AND starts_with(viewname, %s)"""
_DIGEST: Final = "SELECT obj_description(to_regclass(%s))"


def register(app: AppConfig) -> None:
    """Have the views follow the tables: gone while these change, and back afterwards."""
    pre_migrate.connect(_before, sender=app, dispatch_uid="views for BI make room")
    post_migrate.connect(_after, sender=app, dispatch_uid="views for BI are made")


def definitions() -> Iterator[tuple[str, str]]:
    """(name, select) of each view."""
    for collection in COLLECTIONS:
        yield f"{PREFIX}{collection.name}", select_of(collection, is_internal=True)


def views_make(connection: BaseDatabaseWrapper) -> bool:
    """Create the views where they are missing or of another release, and let the reading role
    (BI_ROLE) read them if it exists; returns whether anything was made."""
    wanted = dict(definitions())
    digest = sha256(repr(sorted(wanted.items())).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, [f"{PREFIX}{COLLECTIONS[-1].name}"])
        if cursor.fetchone()[0] == digest:
            return False
        _drop(cursor)
        for name, select in wanted.items():
            cursor.execute(f'CREATE VIEW "{name}" AS {select}')
            cursor.execute(f"COMMENT ON VIEW \"{name}\" IS '{digest}'")
        views_grant(cursor)
    return True


def views_grant(cursor: Any) -> bool:
    """Let the role BI_ROLE read the views; returns whether there is such a role."""
    role = settings.BI_ROLE
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        return False
    quoted = role.replace('"', '""')
    cursor.execute("SELECT current_schema()")
    schema = cursor.fetchone()[0].replace('"', '""')
    cursor.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO "{quoted}"')
    for collection in COLLECTIONS:
        cursor.execute(f'GRANT SELECT ON "{PREFIX}{collection.name}" TO "{quoted}"')
    return True


def _drop(cursor: Any) -> None:
    cursor.execute(_LEFT, [PREFIX])
    for (name,) in cursor.fetchall():
        cursor.execute(f'DROP VIEW "{name}"')


def _before(using: str, plan: list[Any], **_: Any) -> None:
    """No table can change a column that a view reads."""
    connection = connections[using]
    if plan and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            _drop(cursor)


def _after(using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Emptying tables sends this signal, too, and has no plan: nothing changed then."""
    if plan is None:
        return
    connection = connections[using]
    if connection.vendor == "postgresql" and _is_migrated(connection):
        views_make(connection)


def _is_migrated(connection: BaseDatabaseWrapper) -> bool:
    """Whether every table is as the models are: a part of the migrations makes no view."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
