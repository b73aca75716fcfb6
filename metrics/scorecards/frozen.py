"""Cards as JSON and back: what was published is read from its stored body, and from nothing else."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from metrics.models import Scorecard
from metrics.scorecards.cards import Card


def body_of(value: Any) -> Any:
    """``value`` as JSON: exact numbers as "p/q" text, days and instants in ISO 8601."""
    if is_dataclass(value):
        return {field.name: body_of(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [body_of(item) for item in value]
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def card_of(scorecard: Scorecard) -> Card:
    """The card as it was published, from its frozen body alone."""
    card: Card = _thawed(Card, scorecard.body)
    return card


def _thawed(kind: Any, value: Any) -> Any:
    """``value`` as the type ``kind``; fields that a body of an earlier release lacks keep their
    defaults."""
    if value is None:
        return None
    if is_dataclass(kind):
        return _record(kind, value)
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind), value)
    if get_origin(kind) is UnionType:
        return _thawed(next(each for each in get_args(kind) if each is not NoneType), value)
    if kind is Fraction:
        return Fraction(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return value


def _record(kind: Any, value: Mapping[str, Any]) -> Any:
    known = _types(kind)
    return kind(**{name: _thawed(known[name], told) for name, told in value.items()})


def _tuple(kinds: tuple[Any, ...], value: list[Any]) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        return tuple(_thawed(kinds[0], item) for item in value)
    return tuple(_thawed(kind, item) for kind, item in zip(kinds, value, strict=True))


@lru_cache(maxsize=64)
def _types(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
