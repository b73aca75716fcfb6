"""The system query options, each read once; what is not supported says so with 501."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NoReturn

from kpotracker.toolkit.filters import Parameter, UnreadableError
from kpotracker.toolkit.keyset import Cursor, read_cursor
from kpotracker.toolkit.odata.parsing import read_filter
from kpotracker.toolkit.problems import RefusedError, nearest, shown
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column

MOST_ORDERS: Final = 8
_MOST_DIGITS = 18
_UNSUPPORTED = {
    "$expand": "sets are flat: read the other set, and join by its key",
    "$apply": "read the rows, and aggregate them",
    "$search": "use contains() in $filter",
    "$compute": "read the rows, and compute from them",
    "$deltatoken": "ask for updated_at ge the greatest one you have",
}
_POSITION = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by."""

    column: Column
    descending: bool


def _format(text: str) -> str:
    return text  # the negotiation has read it


FORMAT: Final = Parameter("$format", _format, "json, or a media type as in Accept.")


def options_of_root() -> Sequence[Parameter]:
    return (FORMAT, *_refused())


def options_of_record(collection: Collection) -> Sequence[Parameter]:
    return (FORMAT, _select(collection), *_refused())


def options_of_set(collection: Collection) -> Sequence[Parameter]:
    """Every option of a set; $count below a set takes the same, and only $filter matters to it."""
    return (
        FORMAT,
        _select(collection),
        Parameter("$filter", _reader_of_filter(collection), "Which rows."),
        Parameter("$orderby", _reader_of_order(collection), "Columns to sort by."),
        Parameter("$top", _number, "At most so many rows."),
        Parameter("$skip", _number, "Rows to leave out first."),
        Parameter("$count", _flag, "Whether to count the rows."),
        Parameter("$skiptoken", _token, "Where the page begins."),
        *_refused(),
    )


def _refused() -> Sequence[Parameter]:
    return [Parameter(name, _refuse(name, said), said) for name, said in _UNSUPPORTED.items()]


def _refuse(name: str, way_out: str) -> Callable[[str], NoReturn]:
    def read(text: str) -> NoReturn:
        raise RefusedError(HTTPStatus.NOT_IMPLEMENTED, f"{name} is not supported: {way_out}.")

    return read


def _select(collection: Collection) -> Parameter:
    def read(text: str) -> Sequence[Column]:
        names = {part.strip(" ") for part in text.split(",")}
        if "*" in names:
            return tuple(collection.columns)
        asked = {_column(collection, name).name for name in names}
        return tuple(column for column in collection.columns if column.name in asked)

    return Parameter("$select", read, "Columns to answer with.")


def _reader_of_filter(collection: Collection) -> Callable[[str], Any]:
    kinds = {column.name: column.kind for column in collection.columns}
    return lambda text: read_filter(text, kinds)


def _reader_of_order(collection: Collection) -> Callable[[str], Sequence[Order]]:
    def read(text: str) -> Sequence[Order]:
        parts = text.split(",")
        if len(parts) > MOST_ORDERS:
            raise UnreadableError(f"{len(parts)} columns are too many: name at most {MOST_ORDERS}")
        return tuple(_order(collection, part) for part in parts)

    return read


def _order(collection: Collection, text: str) -> Order:
    name, *direction = text.split()[:3] or [""]
    if direction not in ([], ["asc"], ["desc"]):
        raise UnreadableError(f"{shown(text)} is not an order: write a column, then asc or desc")
    return Order(_column(collection, name), direction == ["desc"])


def _column(collection: Collection, name: str) -> Column:
    column = collection.column(name)
    if column is None:
        known = nearest(name, collection.names)
        raise UnreadableError(f"{shown(name)} is not a property here: {known}")
    return column


def _number(text: str) -> int:
    """A number of rows; more than any table has is as good as that."""
    if not (text.isascii() and text.isdigit()):
        raise UnreadableError(f"{shown(text)} is not a number of rows: write 0 or more")
    digits = text.lstrip("0")
    return 10**_MOST_DIGITS if len(digits) > _MOST_DIGITS else int(digits or "0")


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise UnreadableError(f"{shown(text)} is neither true nor false")
    return text == "true"


def _token(text: str) -> Cursor | int:
    """A place in the usual order, or a number of rows where another order was asked for."""
    if _POSITION.fullmatch(text):
        return int(text)
    try:
        return read_cursor(text)
    except UnreadableError:
        raise _foreign_token() from None


def _foreign_token() -> UnreadableError:
    return UnreadableError("this is not a token of this set: follow @odata.nextLink as it is")
