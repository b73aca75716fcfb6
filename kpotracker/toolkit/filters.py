"""Query parameters by allow-list: each is declared once, for reading, narrowing and OpenAPI.

A parameter that is not declared is refused with the nearest declared name, and all wrong
parameters of a request are named at once. Look-ups are written here and in the declarations;
nothing that a client sends becomes part of one.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from kpotracker.toolkit.problems import InputError, InvalidInputError, nearest, shown

MOST_VALUES = 100
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,89}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EPOCH_MS = re.compile(r"\d{1,14}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableError(ValueError):
    """A parameter's text breaks its rule; the message says the rule and the way out."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """``read`` turns the text into a value, ``narrow`` the value into a condition (or None)."""

    name: str
    read: Callable[[str], Any]
    help: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    narrow: Callable[[Any], Q] | None = None
    example: Any = None
    required: bool = False

    def openapi(self) -> dict[str, Any]:
        stated: dict[str, Any] = {
            "name": self.name,
            "in": "query",
            "required": self.required,
            "description": self.help,
            "schema": dict(self.schema),
        }
        if self.schema.get("type") == "array":
            stated |= {"style": "form", "explode": False}
        if self.example is not None:
            stated["example"] = self.example
        return stated


def read_query(query: QueryDict, parameters: Iterable[Parameter]) -> dict[str, Any]:
    """The values of the stated parameters; raises InvalidInputError with every error at once."""
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    errors = [_missing(one) for one in known.values() if one.required and one.name not in query]
    for name, texts in query.lists():
        if name not in known:
            errors.append(_unknown(name, known))
            continue
        try:
            values[name] = _value(known[name], texts)
        except UnreadableError as error:
            errors.append(InputError(str(error), "invalid", parameter=name))
    if errors:
        raise InvalidInputError(errors)
    return values


def narrowed(
    queryset: QuerySet[Any], values: Mapping[str, Any], parameters: Iterable[Parameter]
) -> QuerySet[Any]:
    """``queryset`` cut by every parameter that is stated and narrows."""
    for parameter in parameters:
        if parameter.narrow is not None and parameter.name in values:
            queryset = queryset.filter(parameter.narrow(values[parameter.name]))
    return queryset


class DeclaredFilters(BaseFilterBackend):
    """Applies the view's ``filters``; the view has read them into ``view.query``."""

    def filter_queryset(self, request: Request, queryset: Any, view: APIView) -> Any:
        return narrowed(queryset, getattr(view, "query", {}), getattr(view, "filters", ()))

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        declared: Sequence[Parameter] = getattr(view, "filters", ())
        return [parameter.openapi() for parameter in declared]


def codes(name: str, narrow: Callable[[list[str]], Q], what: str, example: str) -> Parameter:
    """One code, or several separated by commas; unknown codes find nothing."""
    return Parameter(
        name,
        read_codes,
        f"{what}; several separated by commas.",
        {"type": "array", "items": {"type": "string"}},
        narrow,
        [example],
    )


def choices(name: str, known: Sequence[str], lookup: str, what: str) -> Parameter:
    """One of ``known``, or several separated by commas."""

    def read(text: str) -> list[str]:
        return [_choice(part, known) for part in _parts(text)]

    items = {"type": "string", "enum": list(known)}
    return Parameter(
        name,
        read,
        f"{what}; several separated by commas.",
        {"type": "array", "items": items},
        lambda chosen: Q(**{f"{lookup}__in": chosen}),
    )


def conditions(name: str, known: Mapping[str, Q], what: str) -> Parameter:
    """One of the names in ``known``, or several separated by commas: what meets one of them."""
    read = choices(name, list(known), "", what)
    return replace(read, narrow=lambda chosen: reduce(or_, (known[one] for one in chosen)))


def flag(name: str, narrow: Callable[[bool], Q], what: str) -> Parameter:
    """true or false."""
    return Parameter(name, read_flag, what, {"type": "boolean"}, narrow)


def days(lookup: str, what: str) -> tuple[Parameter, Parameter]:
    """``from`` and ``to``, both included, on the date field ``lookup``."""
    schema = {"type": "string"}
    formats = "a day (2026-03-01), an ISO instant or epoch milliseconds, in UTC"
    return (
        Parameter(
            "from",
            read_day,
            f"{what} on or after: {formats}.",
            schema,
            lambda day: Q(**{f"{lookup}__gte": day}),
            "2026-01-01",
        ),
        Parameter(
            "to",
            read_day,
            f"{what} on or before: {formats}.",
            schema,
            lambda day: Q(**{f"{lookup}__lte": day}),
            "2026-12-31",
        ),
    )


def read_codes(text: str) -> list[str]:
    parts = _parts(text)
    for part in parts:
        if not _CODE.fullmatch(part):
            raise UnreadableError(
                f"{shown(part)} is not a code: use letters, digits, dots, dashes and underscores, "
                "and commas between codes"
            )
    return parts


def read_flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise UnreadableError(f"{shown(text)} is neither true nor false")
    return text == "true"


def read_day(text: str) -> date:
    """A day, or the UTC day of an ISO instant or of epoch milliseconds."""
    if _DAY.fullmatch(text):
        return _calendar_day(text)
    return _instant(text, "is not a day: write 2026-03-31").date()


def read_instant(text: str) -> datetime:
    """An instant with its zone, epoch milliseconds, or the UTC midnight a day begins with."""
    return _instant(
        text,
        "is not an instant: write 2026-03-01T00:00:00Z (a + in an address is %2B), a day or epoch "
        "milliseconds",
    )


def _instant(text: str, otherwise: str) -> datetime:
    """As ``read_instant``; ``otherwise``: what is said of a text that is none."""
    if _EPOCH_MS.fullmatch(text):
        return _of_epoch(int(text))
    if _DAY.fullmatch(text):
        return datetime.combine(_calendar_day(text), time(tzinfo=UTC))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UnreadableError(f"{shown(text)} {otherwise}") from None
    if instant.tzinfo is None:
        raise UnreadableError(f"{shown(text)} has no zone: end it with Z for UTC")
    return _in_utc(instant, text)


def _value(parameter: Parameter, texts: Sequence[str]) -> Any:
    if len(texts) > 1:
        raise UnreadableError(f"{parameter.name} is stated {len(texts)} times: state it once")
    if _CONTROL.search(texts[0]):
        raise UnreadableError(f"{parameter.name} holds a control character: send plain text")
    if not texts[0]:
        raise UnreadableError(f"{parameter.name} is empty: give it a value or leave it out")
    return parameter.read(texts[0])


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) > MOST_VALUES:
        raise UnreadableError(f"{len(parts)} values are too many: name at most {MOST_VALUES}")
    return parts


def _choice(part: str, known: Sequence[str]) -> str:
    if part not in known:
        raise UnreadableError(f"{shown(part)} is unknown: {nearest(part, known)}")
    return part


def _calendar_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnreadableError(f"{shown(text)} is not a day of the calendar") from None


def _of_epoch(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise UnreadableError(f"{milliseconds} ms after 1970 is beyond the year 9999") from None


def _in_utc(instant: datetime, text: str) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise UnreadableError(f"{shown(text)} leaves the years 1 to 9999 in UTC") from None


def _unknown(name: str, known: Iterable[str]) -> InputError:
    return InputError(
        f"{shown(name)} is not a parameter here: {nearest(name, known)}",
        "unknown",
        parameter=name[:60],
    )


def _missing(parameter: Parameter) -> InputError:
    return InputError(
        f"{parameter.name} is required: {parameter.help}", "required", parameter=parameter.name
    )


ARCHIVED = flag(
    "archived",
    lambda archived: Q(archived_at__isnull=not archived),
    "true: only what is out of use; false: only what is in use.",
)
