"""Reads sets: cut by $filter, sorted, in pages that a server drives, and single rows.

In its usual order a set is paged by keyset: every row once, whatever changes meanwhile. In an
order that was asked for, a page begins at a position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import QuerySet

from kpotracker.toolkit.filters import UnreadableError
from kpotracker.toolkit.keyset import Cursor
from kpotracker.toolkit.odata.conditions import Source, condition_of, order_of
from kpotracker.toolkit.odata.options import Order
from kpotracker.toolkit.problems import InputError, InvalidInputError
from kpotracker.toolkit.tabular.collection import Collection, Reader
from kpotracker.toolkit.tabular.columns import Column

PAGE: Final = 5_000
Query = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """``token``: where the next page begins, None on the last; ``top``: rows that are still due
    after this page, None for all."""

    rows: Sequence[dict[str, Any]]
    token: str | None
    top: int | None


def cut(collection: Collection, reader: Reader, query: Query) -> QuerySet[Any]:
    """The rows of ``reader`` that $filter leaves, unsorted."""
    rows = collection.rows_of(reader)
    if "$filter" not in query:
        return rows
    return rows.filter(condition_of(query["$filter"], _sources(collection, reader)))


def count(collection: Collection, reader: Reader, query: Query) -> int:
    """How many rows there are, whatever page is asked for."""
    return cut(collection, reader, query).count()


def page(collection: Collection, reader: Reader, query: Query, size: int = PAGE) -> Page:
    """One page of at most ``size`` rows; raises InvalidInputError for another set's token."""
    top = query.get("$top")
    size = size if top is None else min(size, top)
    if size == 0:
        return Page([], None, None)
    narrow = replace(collection, columns=chosen(collection, query))
    rows = narrow.selected(_begun(collection, reader, query), reader)
    skipped = _skipped(collection, query)
    found = list(rows[skipped : skipped + size + 1])
    rest = None if top is None else top - size
    made = [narrow.record(row) for row in found[:size]]
    if len(found) <= size or rest == 0:
        return Page(made, None, None)
    token = _position(collection, query, found[size - 1], skipped + size)
    return Page(made, token, rest)


def record(
    collection: Collection, reader: Reader, query: Query, number: int
) -> dict[str, Any] | None:
    """One row, or None where ``reader`` sees none."""
    return replace(collection, columns=chosen(collection, query)).one(reader, number)


def chosen(collection: Collection, query: Query) -> Sequence[Column]:
    """The columns to answer with, in their declared order."""
    found: Sequence[Column] = query.get("$select", collection.columns)
    return found


def _begun(collection: Collection, reader: Reader, query: Query) -> QuerySet[Any]:
    """Sorted, and begun behind the token where one is stated."""
    rows, token = cut(collection, reader, query), query.get("$skiptoken")
    by_position = isinstance(token, int)
    if token is not None and by_position is _is_usual(collection, query):
        raise _wrong_token("the token is of another order: follow @odata.nextLink as it is")
    if not _is_usual(collection, query):
        return rows.order_by(*_orders(collection, reader, query["$orderby"]), "pk")
    if isinstance(token, Cursor):
        rows = _after(collection, rows, token)
    return collection.keyset.ordered(rows)


def _after(collection: Collection, rows: QuerySet[Any], token: Cursor) -> QuerySet[Any]:
    try:
        return collection.keyset.after(rows, replace(token, forward=True))
    except UnreadableError as error:
        raise _wrong_token(str(error)) from None


def _orders(collection: Collection, reader: Reader, orders: Sequence[Order]) -> list[Any]:
    sources = _sources(collection, reader)
    return [order_of(sources[one.column.name], descending=one.descending) for one in orders]


def _is_usual(collection: Collection, query: Query) -> bool:
    """Whether what is asked for begins as the usual order does, which then serves it."""
    orders: Sequence[Order] = query.get("$orderby", ())
    paths = ["pk" if path == "id" else path for path in collection.keyset.paths]
    asked = [None if one.descending else one.column.source for one in orders]
    return asked == paths[: len(asked)]


def _skipped(collection: Collection, query: Query) -> int:
    """A token replaces $skip: the page before has done it."""
    token = query.get("$skiptoken")
    if isinstance(token, int):
        return token
    return 0 if token else int(query.get("$skip", 0))


def _position(collection: Collection, query: Query, last: Sequence[Any], place: int) -> str:
    if not _is_usual(collection, query):
        return str(place)
    behind = len(chosen(collection, query))
    return collection.keyset.position(last[behind:], forward=True).token()


def _sources(collection: Collection, reader: Reader) -> dict[str, Source]:
    """What each property is for ``reader``: what stays inside is null for others."""
    inside = reader.is_internal
    return {
        each.name: Source(each.kind, each.expression(is_internal=inside), each.is_nullable)
        for each in collection.columns
    }


def _wrong_token(said: str) -> InvalidInputError:
    return InvalidInputError([InputError(said, parameter="$skiptoken")])
