"""Triggers that keep the audit trail as it was written, on SQLite and PostgreSQL.

An event may be added, and sealed once: ``place`` and ``seal`` go from nothing to a value while
everything else stays. Every other change and every removal is refused by the database, whoever
asks for it.
"""

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
