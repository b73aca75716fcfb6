"""Triggers that keep the steps of rights to terminate as they were written."""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from contracts.appendonly import Table, tables_guard, tables_unguard

TABLES: Final = (
    Table(
        "metrics_rightstep",
        "the steps of a right to terminate are append-only",
        kept=("id", "right_id", "from_state", "to_state", "at", "by", "reason"),
    ),
)


def guard(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers; they may be there already."""
    tables_guard(connection, TABLES)


def unguard(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, if they are there."""
    tables_unguard(connection, TABLES)
