"""All rows of a collection that a query asks for, uncut unless it states a limit: what files hold."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from kpotracker.toolkit.filters import Parameter, UnreadableError
from kpotracker.toolkit.keyset import Cursor
from kpotracker.toolkit.pagination import CURSOR, begun
from kpotracker.toolkit.problems import shown
from kpotracker.toolkit.tabular.collection import Collection, Reader

_AT_ONCE = 2_000
_MOST_DIGITS = 9


def read_rows(text: str) -> int:
    """A number of rows from 1; unlike that of a page it is never cut."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not is_number or not int(text):
        raise UnreadableError(f"{shown(text)} is not a number of rows: write 1 or more")
    return int(text)


LIMIT = Parameter(
    "limit",
    read_rows,
    "The first so many rows; all where it is left out.",
    {"type": "integer", "minimum": 1},
)
PARAMETERS = (LIMIT, CURSOR)


@dataclass(frozen=True)
class Extract:
    """``found``: tuples of the columns, then those of the keyset. ``is_backward``: ``found`` runs
    against the order of the collection, as the last rows before a cursor do."""

    collection: Collection
    found: QuerySet[Any]
    limit: int | None = None
    is_backward: bool = False

    @classmethod
    def of(cls, collection: Collection, reader: Reader, query: Mapping[str, Any]) -> Self:
        """What ``query`` asks for of what ``reader`` may see. Raises InvalidInputError for the
        cursor of another collection."""
        cursor: Cursor | None = query.get("cursor")
        limit: int | None = query.get("limit")
        keyset = collection.keyset
        rows = begun(collection.selected(collection.cut(reader, query), reader), keyset, cursor)
        is_backward = limit is not None and cursor is not None and not cursor.forward
        ordered = keyset.ordered(rows, forward=not is_backward)
        return cls(collection, ordered[:limit], limit, is_backward)

    def rows(self) -> Generator[tuple[Any, ...], None, None]:
        """One statement's rows in the order of the collection, a few thousand in memory at once."""
        if self.is_backward:
            yield from reversed(list(self.found))
        else:
            yield from self.found.iterator(chunk_size=_AT_ONCE)

    def count(self) -> int:
        return self.found.count()

    @cached_property
    def statement(self) -> tuple[str, tuple[Any, ...]] | None:
        """SQL and its parameters; None where it is known to find nothing."""
        try:
            sql, parameters = self.found.query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            return None
        return sql, tuple(parameters)
