"""A flat collection: what one row is, its columns in their lasting order, and how it is cut."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import orjson
from django.db import connection
from django.db.models import QuerySet

from kpotracker.toolkit.filters import Parameter, narrowed
from kpotracker.toolkit.keyset import Keyset
from kpotracker.toolkit.pagination import Window, window_of
from kpotracker.toolkit.tabular.columns import Column
from kpotracker.toolkit.tabular.selects import rows_by_number


class Reader(Protocol):
    """Who reads: confined to vendors, or internal."""

    @property
    def is_internal(self) -> bool: ...


@dataclass(frozen=True, eq=False)
class Collection:
    """``name``: in addresses, files, views and OData. ``rows_of``: what a reader may see, unsorted
    and uncut; every read starts there. ``insider``: a reader who may see everything. ``filters``:
    parameters that narrow it. ``keyset``: its order, the stamp that incremental readers go by first.

    A column is only ever added, behind the others; one that goes makes another collection.
    """

    name: str
    row: str
    columns: Sequence[Column]
    rows_of: Callable[[Any], QuerySet[Any]]
    insider: Reader
    filters: Sequence[Parameter] = ()
    keyset: Keyset = field(default_factory=Keyset)

    @cached_property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def cut(self, reader: Reader, query: Mapping[str, Any]) -> QuerySet[Any]:
        """The rows of ``reader`` that ``query`` asks for, unsorted."""
        return narrowed(self.rows_of(reader), query, self.filters)

    def selected(self, queryset: QuerySet[Any], reader: Reader) -> QuerySet[Any]:
        """``queryset`` as tuples: the columns in their order, then those of the keyset."""
        inside = reader.is_internal
        columns = [column.expression(is_internal=inside) for column in self.columns]
        return queryset.values_list(*columns, *self.keyset.columns())

    def openapi(self) -> dict[str, Any]:
        """The schema of a row."""
        return {
            "type": "object",
            "description": self.row,
            "required": self.names,
            "properties": {column.name: column.openapi() for column in self.columns},
        }

    def sample(self) -> dict[str, Any]:
        """A row that it could hold, for examples."""
        return {column.name: column.sample() for column in self.columns}

    def page(self, reader: Reader, query: Mapping[str, Any]) -> Window:
        """One page as ``query`` states limit and cursor; a row is the values of the columns.

        On PostgreSQL the numbers of the rows come first, and then the rows, by a statement whose plan
        is kept.
        """
        found = self.cut(reader, query)
        if connection.vendor != "postgresql":
            rows = self.selected(found, reader)
            return window_of(rows, self.keyset, query, place=len(self.columns))
        keys = found.values_list("pk", *self.keyset.columns())
        window = window_of(keys, self.keyset, query, place=1)
        numbers = [key[0] for key in window.rows]
        by_number = rows_by_number(self, numbers, is_internal=reader.is_internal)
        return replace(window, rows=[by_number[one] for one in numbers if one in by_number])

    def one(self, reader: Reader, pk: int) -> dict[str, Any] | None:
        """The row of the record ``pk``, or None where the reader sees none."""
        row = self.selected(self.rows_of(reader).filter(pk=pk), reader).first()
        return None if row is None else self.record(row)

    def record(self, row: Sequence[Any]) -> dict[str, Any]:
        """{column: value}; what belongs to the keyset stays behind."""
        return dict(zip(self.names, row, strict=False))

    def json(self, window: Window, url: str) -> bytes:
        """A page as JSON."""
        rows = [self.record(row) for row in window.rows]
        return json_of({"results": rows, **window.links(url)})


def json_of(value: Any) -> bytes:
    """JSON whose instants end in Z and whose numbers are the shortest that read back the same."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
