"""A column of a flat collection: where it comes from, what it means, and what it is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import F, FloatField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast


class Kind(StrEnum):
    """What a column holds. A number is an IEEE double, an instant is in UTC."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAY = "day"
    INSTANT = "instant"


_FIELDS: dict[Kind, type[models.Field[Any, Any]]] = {
    Kind.TEXT: models.TextField,
    Kind.INTEGER: models.BigIntegerField,
    Kind.NUMBER: models.FloatField,
    Kind.BOOLEAN: models.BooleanField,
    Kind.DAY: models.DateField,
    Kind.INSTANT: models.DateTimeField,
}
_SAMPLES: dict[Kind, Any] = {
    Kind.TEXT: "text",
    Kind.INTEGER: 7,
    Kind.NUMBER: 95.5,
    Kind.BOOLEAN: False,
    Kind.DAY: "2026-03-31",
    Kind.INSTANT: "2026-04-06T05:00:03.123456Z",
}
_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number", "format": "double"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
}


@dataclass(frozen=True, slots=True)
class Column:
    """``source``: a path of the query set, or an expression over it.

    ``choices``: every text it can hold, where these are few. ``inside``: kept from readers who
    are confined to a vendor, for whom it is null.
    """

    name: str
    kind: Kind
    source: str | Combinable
    help: str
    nullable: bool = False
    choices: Sequence[str] = ()
    example: Any = None
    inside: bool = False

    def expression(self, *, is_internal: bool) -> Any:
        """What a query selects for it, for a reader who may see what stays inside or not."""
        if self.inside and not is_internal:
            return Cast(Value(None), _FIELDS[self.kind]())
        found = F(self.source) if isinstance(self.source, str) else self.source
        return Cast(found, FloatField()) if self.kind is Kind.NUMBER else found

    def openapi(self) -> dict[str, Any]:
        """Its JSON Schema, as OpenAPI 3.1 writes it."""
        schema = dict(_SCHEMAS[self.kind])
        if self.is_nullable:
            schema["type"] = [schema["type"], "null"]
        if self.choices:
            schema["enum"] = [*self.choices, *([None] if self.is_nullable else [])]
        return schema | {"description": self.help}

    def sample(self) -> Any:
        """A value that it could hold, for examples."""
        if self.example is not None:
            return self.example
        return self.choices[0] if self.choices else _SAMPLES[self.kind]

    @property
    def is_nullable(self) -> bool:
        return self.nullable or self.inside
