"""A mark of the state of everything a statement reads: another state has another mark.

A table whose rows are stamped (``updated_at``, in commit order, see kpotracker.toolkit.stamping)
is marked by its greatest stamp, which every insert and update moves, and by its count, which
removals move. Whatever else a statement joins is marked by what its rows hold. Marks are of whole
tables, never of a scope: a change that a reader cannot see may move a mark, but none that they
can see ever leaves it.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db import connection

from kpotracker.toolkit.tabular.extract import Extract

_TABLE = re.compile(r'\b(?:FROM|JOIN) "(\w+)"')
_FORMAT = "1"  # other files from the same rows: count on


def statement_key(extract: Extract) -> str:
    """Tells extracts apart: the statement with everything in it, the reader's vendors above all,
    and what its columns are called."""
    columns = [(column.name, column.kind.value) for column in extract.collection.columns]
    return _digest([_FORMAT, columns, extract.statement, extract.is_backward])


def state_mark(extract: Extract) -> str:
    """The mark of the tables that ``extract`` reads; take it before the rows themselves."""
    sql = extract.statement[0] if extract.statement else ""
    tables = tables_of(sql)
    stamped = tables & _stamped()
    return _digest([_states(stamped), [_contents(table) for table in sorted(tables - stamped)]])


def tables_of(sql: str) -> set[str]:
    """Every table that ``sql``, with placeholders for its values, names."""
    return set(_TABLE.findall(sql))


def _stamped() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "updated_at" for field in model._meta.concrete_fields)
    }


def _states(tables: Iterable[str]) -> list[Any]:
    single = "SELECT '{0}', count(*), CAST(max(updated_at) AS text) FROM \"{0}\""
    union = " UNION ALL ".join(single.format(table) for table in sorted(tables))
    return sorted(_fetched(union)) if union else []


def _contents(table: str) -> list[Any]:
    if connection.vendor == "postgresql":
        hashed = "CAST(sum(hashtextextended(CAST(t AS text), 0)) AS text)"
        return _fetched(f'SELECT count(*), {hashed} FROM "{table}" AS t')  # noqa: S608
    return [_digest(_fetched(f'SELECT * FROM "{table}"'))]  # noqa: S608


def _fetched(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _digest(value: Any) -> str:
    return sha256(repr(value).encode()).hexdigest()[:32]
