"""The types that values in portfolio files have, each saying what it refuses and the way out."""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from contracts.models.managed import code_validator
from contracts.services.currencies import MINOR_UNITS

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_NUMBER_RULE = "write digits with a point, at most 20 before and 10 after it, such as 99.5"


class Shape(BaseModel):
    """A mapping with a closed set of keys. ``unavailable``: keys known by name, not built yet."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    unavailable: ClassVar[dict[str, str]] = {}


def refused(message: str, hint: str, **values: object) -> PydanticCustomError:
    """An error for a value; ``message`` may name further values in braces."""
    return PydanticCustomError("refused", message, {"hint": hint, **values})


def _text(value: Any) -> Any:
    """Text as written: a clause 2.10, a number or a day needs no quotes, a yes/no value does."""
    if isinstance(value, bool):
        raise refused("{said} is a yes/no value", "quote it if text is meant", said=str(value))
    if isinstance(value, Decimal):
        return f"{value:f}"  # str() would write 0.0000001 as 1E-7
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, str) and not value.strip():
        raise refused("the text is empty", "state it or leave the key out")
    return value.strip() if isinstance(value, str) else value


def _number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise refused("{said} is not a number", _NUMBER_RULE, said=repr(value))
    _, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int)
    if -exponent > 10 or len(digits) + exponent > 20:
        raise refused("{said} has too many digits", _NUMBER_RULE, said=str(value))
    return value


def _code(value: Any) -> Any:
    value = _text(value)
    if isinstance(value, str) and not re.search(code_validator.regex, value):
        raise refused("{said}", "", said=str(code_validator.message) % {"value": value})
    return value


def _currency(value: Any) -> Any:
    if isinstance(value, str) and value not in MINOR_UNITS:
        hint = "write the three letters of ISO 4217 in capitals, such as EUR"
        raise refused("'{said}' is not a currency", hint, said=value)
    return value


def _country(value: Any) -> Any:
    if isinstance(value, str) and not _COUNTRY.fullmatch(value):
        hint = "write the two letters of ISO 3166 in capitals, such as IE"
        raise refused("'{said}' is not a country code", hint, said=value)
    return value


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: Any) -> Any:
    if isinstance(value, str) and value not in zones():
        hint = "write the name of an IANA zone, such as Europe/Dublin"
        raise refused("'{said}' is not a time zone", hint, said=value)
    return value


def _month(value: Any) -> Any:
    match = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if match is None or match[1] == "0000":
        raise refused(
            "{said} is not a month", "write year-month, such as 2026-03", said=repr(value)
        )
    return date(int(match[1]), int(match[2]), 1)


def _as_text(pattern: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, **more})


_WORDS = WithJsonSchema({"type": ["string", "number"]})
Text = Annotated[str, BeforeValidator(_text), Field(max_length=200), _WORDS]
ShortText = Annotated[str, BeforeValidator(_text), Field(max_length=60), _WORDS]
UnitText = Annotated[str, BeforeValidator(_text), Field(max_length=40), _WORDS]
LongText = Annotated[str, BeforeValidator(_text), Field(max_length=10_000), _WORDS]
Code = Annotated[
    str,
    BeforeValidator(_code),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"}),
]
Number = Annotated[Decimal, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
Currency = Annotated[str, BeforeValidator(_currency), WithJsonSchema({"enum": sorted(MINOR_UNITS)})]
Country = Annotated[str, BeforeValidator(_country), _as_text("^[A-Z]{2}$")]
Zone = Annotated[str, BeforeValidator(_zone), _as_text("^[A-Za-z]", description="an IANA zone")]
Month = Annotated[date, BeforeValidator(_month), _as_text("^[0-9]{4}-(0[1-9]|1[0-2])$")]
