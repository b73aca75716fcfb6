"""Keyset order over a stamp and numbers, ascending: every row once, however many share a stamp.

SQLite keeps stamps as text, with or without digits behind the milliseconds, and orders them as
text: positions hold a stamp as the database stores it.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Q, QuerySet, TextField, Value
from django.db.models.expressions import ExpressionWrapper, Func
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from kpotracker.toolkit.filters import UnreadableError
from kpotracker.toolkit.problems import shown

_BIGGEST_ID = 2**63 - 1
_MILLISECOND = 1_000
_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?"
_TOKEN = re.compile(rf"([nb])~({_STAMP})?~(\d{{1,19}}(?:\.\d{{1,19}})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows and the direction to read on from it.

    ``instant``: the stamp of the row last seen, as the database stores it; ``row``: its numbers.
    """

    forward: bool
    instant: str
    row: tuple[int, ...]

    def token(self) -> str:
        numbers = ".".join(map(str, self.row))
        text = f"{'n' if self.forward else 'b'}~{self.instant}~{numbers}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """The cursor of a token; raises UnreadableError for anything this module did not make."""
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        found = _TOKEN.fullmatch(plain)
        if found is None or max(numbers := tuple(map(int, found[3].split(".")))) > _BIGGEST_ID:
            raise ValueError
        if found[2]:
            datetime.fromisoformat(found[2])
    except (ValueError, binascii.Error):
        raise UnreadableError(
            f"{shown(text)} is not a cursor: take next_cursor of the page before"
        ) from None
    return Cursor(found[1] == "n", found[2] or "", numbers)


class Beside(F):
    """The column ``column`` of the very table that ``path`` leads to: where a condition on both has
    to be one that an index of that table can follow."""

    def __init__(self, path: str, column: str) -> None:
        super().__init__(path)
        self.column = column

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        found: Any = super().resolve_expression(*args, **kwargs)
        return found.target.model._meta.get_field(self.column).get_col(found.alias)


@dataclass(frozen=True, slots=True)
class Keyset:
    """``stamp``: path of the stamp, or "" where numbers alone order; ``numbers``: one or two numbers
    that tell rows of one stamp apart, the last one unique. The first of two stands beside the stamp.
    """

    stamp: str = "updated_at"
    numbers: tuple[str | Beside, ...] = ("id",)

    @property
    def paths(self) -> list[str | Beside]:
        """What rows are ordered by."""
        return [self.stamp, *self.numbers] if self.stamp else list(self.numbers)

    def columns(self) -> list[Any]:
        """What a query has to select besides, for ``position``: the stored stamp, the numbers."""
        return [*([as_stored(self.stamp)] if self.stamp else []), *map(_column, self.numbers)]

    def position(self, values: Sequence[Any], *, forward: bool) -> Cursor:
        """The place of a row whose ``columns()`` hold ``values``."""
        if not self.stamp:
            return Cursor(forward, "", tuple(values))
        return Cursor(forward, _stored_text(values[0]), tuple(values[1:]))

    def ordered(self, queryset: QuerySet[Any], *, forward: bool = True) -> QuerySet[Any]:
        columns = map(_column, self.paths)
        return queryset.order_by(*(each.asc() if forward else each.desc() for each in columns))

    def after(self, queryset: QuerySet[Any], cursor: Cursor) -> QuerySet[Any]:
        """The rows of ``queryset`` beyond ``cursor``; raises UnreadableError for another list's."""
        if len(cursor.row) != len(self.numbers) or bool(cursor.instant) != bool(self.stamp):
            raise UnreadableError("the cursor is of another list: take next_cursor of this one")
        return queryset.filter(self._beyond(cursor))

    def _beyond(self, cursor: Cursor) -> Q:
        """As conditions that an index over the stamp and the number beside it can follow."""
        beyond = ">" if cursor.forward else "<"
        sides = [
            (_column(path), number) for path, number in zip(self.numbers, cursor.row, strict=True)
        ]
        if self.stamp:
            sides.insert(0, _sides(self.stamp, cursor.instant))
        if len(self.numbers) == 1:
            return Q(Compared(sides, beyond))
        lead, last = sides[:-1], sides[-1:]
        further = Q(Compared(lead, beyond)) | Q(Compared(last, beyond))
        return Q(Compared(lead, f"{beyond}=")) & further


class Compared(Func):
    """Rows of values, compared as the database orders them: (a, b) > (x, y)."""

    output_field = BooleanField()

    def __init__(self, sides: Sequence[tuple[Any, Any]], operator: str) -> None:
        super().__init__(*(left for left, _ in sides), *(right for _, right in sides))
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        told = [compiler.compile(each) for each in self.get_source_expressions()]
        texts = [sql for sql, _ in told]
        half = len(texts) // 2
        left, right = ", ".join(texts[:half]), ", ".join(texts[half:])
        return f"(({left}) {self.operator} ({right}))", [
            one for _, params in told for one in params
        ]


def as_stored(path: str) -> Any:
    """The stamp at ``path`` as positions hold it."""
    if connection.vendor != "sqlite":
        return F(path)
    # the concatenation keeps the driver from turning the text into a datetime
    return Func(F(path), template="(%(expressions)s || '')", output_field=TextField())


def at_or_after(path: str, instant: datetime) -> Q:
    return Q(GreaterThanOrEqual(*_least(path, instant)))


def before(path: str, instant: datetime) -> Q:
    return Q(LessThan(*_least(path, instant)))


def _column(path: str | Beside) -> F:
    return F(path) if isinstance(path, str) else path


def _stored_text(stamp: Any) -> str:
    if isinstance(stamp, datetime):
        return stamp.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return str(stamp)


def _sides(path: str, stored: str) -> tuple[Any, Any]:
    if connection.vendor == "sqlite":
        return ExpressionWrapper(F(path), TextField()), Value(stored, TextField())
    return F(path), Value(datetime.fromisoformat(stored).replace(tzinfo=UTC))


def _least(path: str, instant: datetime) -> tuple[Any, Any]:
    """``instant`` as the least of the texts that SQLite may hold for it."""
    plain = instant.astimezone(UTC).replace(tzinfo=None)
    exact = "auto" if plain.microsecond % _MILLISECOND else "milliseconds"
    precision = exact if plain.microsecond else "seconds"
    return _sides(path, plain.isoformat(" ", precision))
