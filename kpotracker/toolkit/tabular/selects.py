"""The query of a collection as plain text, compiled once: for SQL views, and for pages.

PostgreSQL only. Putting together and planning a query over ten tables takes longer than answering
it for a hundred rows; the text stays the same, so each connection plans it once.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import psycopg
from django.db import connection

from kpotracker.toolkit.tabular.columns import Kind

if TYPE_CHECKING:
    from kpotracker.toolkit.tabular.collection import Collection

_TYPES: Final = {
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.NUMBER: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.DAY: "date",
    Kind.INSTANT: "timestamptz",
}


class _PreparingCursor(psycopg.Cursor[Any]):
    """Has the server keep the plans of its statements."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> "_PreparingCursor":
        return super().execute(query, params, prepare=True)


def select_of(collection: "Collection", *, is_internal: bool) -> str:
    """All rows that there are, columns named and typed, and no parameter left."""
    columns = [column.expression(is_internal=is_internal) for column in collection.columns]
    query = collection.rows_of(collection.insider).order_by().values_list(*columns).query
    compiled = query.get_compiler(connection=connection).as_sql()
    connection.ensure_connection()
    plain = psycopg.ClientCursor(connection.connection).mogrify(*compiled)
    names = ", ".join(f'"{name}"' for name in collection.names)
    typed = ", ".join(
        f'"{column.name}"::{_TYPES[column.kind]} AS "{column.name}"'
        for column in collection.columns
    )
    return f"SELECT {typed} FROM ({plain}) AS told({names})"  # noqa: S608  nothing of anybody's


def rows_by_number(
    collection: "Collection", numbers: Sequence[int], *, is_internal: bool
) -> dict[int, tuple[Any, ...]]:
    """{id: row} of those of ``numbers`` that are still there: one statement.

    Whose rows they are is not asked again: a query within the reader's scope has found ``numbers``.
    """
    if not numbers:
        return {}
    connection.ensure_connection()
    pooled = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
    kind = psycopg.Cursor if pooled else _PreparingCursor  # a pool may change the connection
    wrapped: Any = connection  # logs the statement, and makes its errors Django's
    with wrapped._prepare_cursor(kind(connection.connection)) as cursor:
        cursor.execute(_by_number(collection, is_internal=is_internal), [list(numbers)])
        return {row[0]: row for row in cursor.fetchall()}


@cache
def _by_number(collection: "Collection", *, is_internal: bool) -> str:
    every = select_of(collection, is_internal=is_internal).replace("%", "%%")
    return f"SELECT * FROM ({every}) AS every WHERE id = ANY(%s)"  # noqa: S608
