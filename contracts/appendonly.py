"""Triggers that keep the audit trail as it was written, on SQLite and PostgreSQL.

An event may be added, and sealed once: ``place`` and ``seal`` go from nothing to a value while
everything else stays. Every other change and every removal is refused by the database, whoever
asks for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE: Final = "contracts_auditevent"
SENTENCE: Final = "the audit trail is append-only"
_KEPT: Final = (
    *("id", "at", "actor_id", "actor_name", "action", "subject"),
    *("label", "vendor_id", "changes", "reason"),
)


def guard(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers; they may be there already."""
    unguard(connection)
    _run(connection, _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE)


def unguard(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, if they are there."""
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    names = ("audit_unchanged", "audit_unremoved", "audit_uncleared")
    _run(connection, [f"DROP TRIGGER IF EXISTS {name}{on}" for name in names])


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _differs(different: str) -> str:
    columns = " OR ".join(f'NEW."{name}" {different} OLD."{name}"' for name in _KEPT)
    return f"OLD.place IS NOT NULL OR NEW.place IS NULL OR {columns}"


_REFUSE: Final = "EXECUTE FUNCTION audit_refuse()"
_ABORT: Final = f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'restrict_violation'; END $$
"""
_SQLITE: Final = [
    f"CREATE TRIGGER audit_unchanged BEFORE UPDATE ON {TABLE} WHEN {_differs('IS NOT')} {_ABORT}",
    f"CREATE TRIGGER audit_unremoved BEFORE DELETE ON {TABLE} {_ABORT}",
]
_CHANGED: Final = f"WHEN ({_differs('IS DISTINCT FROM')})"
_POSTGRESQL: Final = [
    _FUNCTION,
    f"CREATE TRIGGER audit_unchanged BEFORE UPDATE ON {TABLE} FOR EACH ROW {_CHANGED} {_REFUSE}",
    f"CREATE TRIGGER audit_unremoved BEFORE DELETE ON {TABLE} FOR EACH ROW {_REFUSE}",
    f"CREATE TRIGGER audit_uncleared BEFORE TRUNCATE ON {TABLE} {_REFUSE}",
]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows are added and read only: its ``kept`` columns never change again."""

    name: str
    sentence: str
    kept: tuple[str, ...]

    def changed(self, different: str) -> str:
        return " OR ".join(f'NEW."{column}" {different} OLD."{column}"' for column in self.kept)

    @property
    def triggers(self) -> tuple[str, str, str]:
        name = self.name
        return f"{name}_unchanged", f"{name}_unremoved", f"{name}_uncleared"


def tables_guard(connection: BaseDatabaseWrapper, tables: Iterable[Table]) -> None:
    """Have the database refuse every change and removal in ``tables``, again if need be."""
    for table in tables:
        tables_unguard(connection, [table])
        on_postgresql = connection.vendor == "postgresql"
        _run(connection, _guard_postgresql(table) if on_postgresql else _guard_sqlite(table))


def tables_unguard(connection: BaseDatabaseWrapper, tables: Iterable[Table]) -> None:
    """Remove the triggers of ``tables``, if they are there."""
    for table in tables:
        on = f" ON {table.name}" if connection.vendor == "postgresql" else ""
        _run(connection, [f"DROP TRIGGER IF EXISTS {name}{on}" for name in table.triggers])


def _guard_sqlite(table: Table) -> list[str]:
    unchanged, unremoved, _ = table.triggers
    abort = f"BEGIN SELECT RAISE(ABORT, '{table.sentence}'); END"
    changed = f"WHEN {table.changed('IS NOT')}"
    return [
        f"CREATE TRIGGER {unchanged} BEFORE UPDATE ON {table.name} {changed} {abort}",
        f"CREATE TRIGGER {unremoved} BEFORE DELETE ON {table.name} {abort}",
    ]


def _guard_postgresql(table: Table) -> list[str]:
    unchanged, unremoved, uncleared = table.triggers
    name, refuse = table.name, f"EXECUTE FUNCTION {table.name}_refuse()"
    changed = f"FOR EACH ROW WHEN ({table.changed('IS DISTINCT FROM')})"
    raised = f"RAISE EXCEPTION '{table.sentence}' USING ERRCODE = 'restrict_violation'"
    function = f"FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql"
    return [
        f"CREATE OR REPLACE {function} AS $$ BEGIN {raised}; END $$",
        f"CREATE TRIGGER {unchanged} BEFORE UPDATE ON {name} {changed} {refuse}",
        f"CREATE TRIGGER {unremoved} BEFORE DELETE ON {name} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {uncleared} BEFORE TRUNCATE ON {name} {refuse}",
    ]
