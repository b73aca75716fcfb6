"""A filter and an order as the database is asked them, the same on SQLite and PostgreSQL.

Nulls as OData has them (4.0, URL conventions, 5.1.1.1): null equals null and nothing else, is not
before or after anything, and comparisons are true or false, never null. Text is compared by its
code points; only ASCII letters have a lower and an upper case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import models
from django.db.models import Q, Value
from django.db.models.expressions import Func, OrderBy
from django.db.models.functions import (
    ExtractDay,
    ExtractMonth,
    ExtractYear,
    Length,
    Lower,
    Right,
    StrIndex,
    Upper,
)
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
)

from kpotracker.toolkit.odata.tree import (
    Call,
    Comparison,
    Junction,
    Literal,
    Membership,
    Negation,
    Node,
    Operand,
)
from kpotracker.toolkit.tabular.columns import Kind

_FIELDS: dict[Kind | None, models.Field[Any, Any]] = {
    None: models.TextField(),
    Kind.TEXT: models.TextField(),
    Kind.INTEGER: models.BigIntegerField(),
    Kind.NUMBER: models.FloatField(),
    Kind.BOOLEAN: models.BooleanField(),
    Kind.DAY: models.DateField(),
    Kind.INSTANT: models.DateTimeField(),
}
_ORDERED = {
    "gt": GreaterThan,
    "ge": GreaterThanOrEqual,
    "lt": LessThan,
    "le": LessThanOrEqual,
}
_NEVER = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Source:
    """Where the value of a property comes from, and whether it may be null."""

    kind: Kind
    expression: Any
    nullable: bool


Sources = Mapping[str, Source]


def condition_of(node: Node, sources: Sources) -> Q:
    """The condition that ``node`` states; its properties are all in ``sources``."""
    match node:
        case Junction(operator=operator, parts=parts):
            made = (condition_of(part, sources) for part in parts)
            return Q(*made, _connector=operator.upper())
        case Negation(of=inner):
            return ~condition_of(inner, sources)
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, left, right, sources)
        case Membership(left=left, values=values):
            return Q(*(_equal(left, value, sources) for value in values), _connector=Q.OR)
        case _:
            return Q(Exact(_expression(node, sources), _typed(True, Kind.BOOLEAN)))


def order_of(source: Source, *, descending: bool) -> OrderBy:
    """Nulls come first, and last where the order descends."""
    side = _comparable(source.expression, source.kind)
    if not source.nullable:
        return OrderBy(side, descending=descending)
    first, last = (None, True) if descending else (True, None)
    return OrderBy(side, descending=descending, nulls_first=first, nulls_last=last)


class _Typed(Func):
    """A value of a known type, which PostgreSQL does not guess for parameters."""

    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        kind = self.output_field.cast_db_type(connection)
        return self.as_sql(compiler, connection, template=f"(%(expressions)s)::{kind}", **context)


class _ByCodePoint(Func):
    """Text that compares by its code points, whatever the collation of the database."""

    template = "%(expressions)s"
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, template='(%(expressions)s) COLLATE "C"', **context
        )


class _ByInstant(Func):
    """An instant that compares as one; SQLite keeps texts, with or without trailing zeros."""

    template = "%(expressions)s"
    output_field = models.DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="RTRIM(%(expressions)s, '0.')", **context)


def _compared(operator: str, left: Operand, right: Operand, sources: Sources) -> Q:
    if operator == "eq":
        return _equal(left, right, sources)
    if operator == "ne":
        return ~_equal(left, right, sources)
    if _is_null(left) or _is_null(right):
        return _NEVER
    sides = _sides(left, right, sources)
    return _both_there(left, right, sources) & Q(_ORDERED[operator](*sides))


def _equal(left: Operand, right: Operand, sources: Sources) -> Q:
    if _is_null(right) or _is_null(left):
        return Q(IsNull(_expression(left if _is_null(right) else right, sources), True))
    same = _both_there(left, right, sources) & Q(Exact(*_sides(left, right, sources)))
    if not (_may_be_null(left, sources) and _may_be_null(right, sources)):
        return same
    return same | Q(*(IsNull(_expression(side, sources), True) for side in (left, right)))


def _both_there(left: Operand, right: Operand, sources: Sources) -> Q:
    """That neither side is null: what is compared with null is false, also where it is negated."""
    sides = (side for side in (left, right) if _may_be_null(side, sources))
    return Q(*(IsNull(_expression(side, sources), False) for side in sides))


def _sides(left: Operand, right: Operand, sources: Sources) -> tuple[Any, Any]:
    first, second = (_comparable(_expression(each, sources), each.kind) for each in (left, right))
    return first, second


def _comparable(expression: Any, kind: Kind | None) -> Any:
    if kind is Kind.TEXT:
        return _ByCodePoint(expression)
    return _ByInstant(expression) if kind is Kind.INSTANT else expression


def _expression(node: Node, sources: Sources) -> Any:
    if isinstance(node, Literal):
        return _typed(node.value, node.kind)
    if isinstance(node, Call):
        return _called(node, [_expression(each, sources) for each in node.arguments])
    return sources[node.name].expression  # type: ignore[union-attr]


def _called(node: Call, arguments: Sequence[Any]) -> Any:
    if node.name in _CALLS:
        return _CALLS[node.name](*arguments)
    is_instant = node.arguments[0].kind is Kind.INSTANT
    return _PARTS[node.name](arguments[0], **({"tzinfo": UTC} if is_instant else {}))


def _typed(value: Any, kind: Kind | None) -> Any:
    made = _FIELDS[kind]
    return _Typed(Value(value, output_field=made), output_field=made)


def _is_null(node: Operand) -> bool:
    return isinstance(node, Literal) and node.value is None


def _may_be_null(node: Operand, sources: Sources) -> bool:
    if isinstance(node, Call):
        return any(_may_be_null(each, sources) for each in node.arguments)
    return _is_null(node) if isinstance(node, Literal) else sources[node.name].nullable


def _contains(text: Any, part: Any) -> Any:
    return GreaterThan(StrIndex(text, part), 0)


def _starts_with(text: Any, part: Any) -> Any:
    return Exact(StrIndex(text, part), 1)


def _ends_with(text: Any, part: Any) -> Any:
    return Exact(_ByCodePoint(Right(text, Length(part))), _ByCodePoint(part))


def _lower(text: Any) -> Any:
    return Lower(_ByCodePoint(text))


def _upper(text: Any) -> Any:
    return Upper(_ByCodePoint(text))


_CALLS: Mapping[str, Callable[..., Any]] = {
    "contains": _contains,
    "startswith": _starts_with,
    "endswith": _ends_with,
    "tolower": _lower,
    "toupper": _upper,
}
_PARTS: Mapping[str, Callable[..., Any]] = {
    "year": ExtractYear,
    "month": ExtractMonth,
    "day": ExtractDay,
}
