"""Keyset pages over (updated_at, id), ascending: every row once, however many share a stamp.

A page is {"results", "next", "previous", "next_cursor"}, with the same links in an RFC 8288
``Link`` header. ``next_cursor`` is the bare token for clients that cannot follow a URL.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.expressions import ExpressionWrapper, Func
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from kpotracker.toolkit.filters import Parameter, UnreadableError, read_instant
from kpotracker.toolkit.problems import shown

LEAST, USUAL, MOST = 1, 100, 5_000
_BIGGEST_ID = 2**63 - 1
_MILLISECOND = 1_000
_TOKEN = re.compile(r"([nb])~(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)?~(\d{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows and the direction to read on from it.

    ``instant`` is the stamp of the row last seen as the database stores it: SQLite keeps stamps
    as text, with or without digits behind the milliseconds, and orders them as text.
    """

    forward: bool
    instant: str
    row: int

    def token(self) -> str:
        text = f"{'n' if self.forward else 'b'}~{self.instant}~{self.row}"
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """The cursor of a token; raises UnreadableError for anything this module did not make."""
    try:
        plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        found = _TOKEN.fullmatch(plain)
        if found is None or int(found[3]) > _BIGGEST_ID:
            raise ValueError
        if found[2]:
            datetime.fromisoformat(found[2])
    except (ValueError, binascii.Error):
        raise UnreadableError(
            f"{shown(text)} is not a cursor: take next_cursor of the page before"
        ) from None
    return Cursor(found[1] == "n", found[2] or "", int(found[3]))


def read_limit(text: str) -> int:
    """Rows on a page; more than the most is the most."""
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        raise UnreadableError(f"{shown(text)} is not a number of rows: write {LEAST} to {MOST}")
    digits = text.lstrip("0")
    return MOST if len(digits) > len(str(MOST)) else min(int(digits), MOST)


CURSOR = Parameter("cursor", read_cursor, "`next_cursor` of the page before; leave it out first.")
LIMIT = Parameter(
    "limit",
    read_limit,
    f"Rows on a page; above {MOST:,} counts as {MOST:,}.",
    {"type": "integer", "minimum": LEAST, "default": USUAL},
)


def updated(field: str = "updated_at") -> tuple[Parameter, Parameter]:
    """``updated_since`` (included) and ``updated_before`` (not included), for incremental readers."""
    formats = "an ISO instant with its zone, a day or epoch milliseconds, in UTC"
    schema = {"type": "string"}
    return (
        Parameter(
            "updated_since",
            read_instant,
            f"Rows changed at or after this instant: {formats}.",
            schema,
            lambda instant: Q(GreaterThanOrEqual(*_least(field, instant))),
            "2026-03-01T00:00:00Z",
        ),
        Parameter(
            "updated_before",
            read_instant,
            f"Rows last changed before this instant: {formats}.",
            schema,
            lambda instant: Q(LessThan(*_least(field, instant))),
        ),
    )


class KeysetPagination(BasePagination):
    """Pages of the view's query set; ``view.stamped_by`` names its stamp, or is "" for ids only."""

    parameters = (LIMIT, CURSOR)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        query: Mapping[str, Any] = getattr(view, "query", {})
        limit = query.get("limit", USUAL)
        field = getattr(view, "stamped_by", "updated_at")
        cursor: Cursor = query.get("cursor") or Cursor(True, "", 0)
        rows = list(_page(queryset, field, cursor, started="cursor" in query)[: limit + 1])
        more, rows = len(rows) > limit, rows[:limit]
        if not cursor.forward:
            rows.reverse()
        self._url = request.build_absolute_uri()
        onward = more if cursor.forward else bool(rows)
        backward = ("cursor" in query and bool(rows)) if cursor.forward else more
        self._next = _position(rows[-1], field, forward=True) if onward else None
        self._previous = _position(rows[0], field, forward=False) if backward else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        following, before = self._link(self._next), self._link(self._previous)
        page = {
            "results": data,
            "next": following,
            "previous": before,
            "next_cursor": self._next.token() if self._next else None,
        }
        stated = [(following, "next"), (before, "prev")]
        links = ", ".join(f'<{url}>; rel="{relation}"' for url, relation in stated if url)
        return Response(page, headers={"Link": links} if links else None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        token = Cursor(True, "2026-04-06 05:00:03.123456", 1207).token()
        onward = {"example": f"https://kpi.example.test/api/v1/results?cursor={token}"}
        backward = {"example": None}
        return {
            "type": "object",
            "required": ["results", "next", "previous", "next_cursor"],
            "properties": {
                "results": schema,
                "next": link | onward | {"description": "The following page; null on the last."},
                "previous": link
                | backward
                | {"description": "The page before; null on the first."},
                "next_cursor": {
                    "type": ["string", "null"],
                    "example": token,
                    "description": "The bare token of `next`, for the `cursor` parameter.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [parameter.openapi() for parameter in self.parameters]

    def _link(self, cursor: Cursor | None) -> str | None:
        return replace_query_param(self._url, "cursor", cursor.token()) if cursor else None


def _page(queryset: QuerySet[Any], field: str, cursor: Cursor, *, started: bool) -> QuerySet[Any]:
    names = [field, "id"] if field else ["id"]
    order = names if cursor.forward else [f"-{name}" for name in names]
    if started:
        queryset = queryset.filter(_beyond(cursor, field))
    if field and connection.vendor == "sqlite":
        queryset = queryset.annotate(stored_stamp=_as_stored(field))
    return queryset.order_by(*order)


def _beyond(cursor: Cursor, field: str) -> Q:
    row = Q(id__gt=cursor.row) if cursor.forward else Q(id__lt=cursor.row)
    if not field:
        return row
    sides = _sides(field, cursor.instant or "0001-01-01 00:00:00")
    if cursor.forward:  # the first condition alone is what an index can follow
        return Q(GreaterThanOrEqual(*sides)) & (Q(GreaterThan(*sides)) | row)
    return Q(LessThanOrEqual(*sides)) & (Q(LessThan(*sides)) | row)


def _position(row: Any, field: str, *, forward: bool) -> Cursor:
    values = row if isinstance(row, Mapping) else vars(row)
    stored = values.get("stored_stamp") or (values[field] if field else "")
    if isinstance(stored, datetime):
        stored = stored.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return Cursor(forward, stored, values["id"])


def _as_stored(field: str) -> Func:
    # the concatenation keeps the driver from turning the text into a datetime
    return Func(F(field), template="(%(expressions)s || '')", output_field=TextField())


def _sides(field: str, stored: str) -> tuple[Any, Any]:
    if connection.vendor == "sqlite":
        return ExpressionWrapper(F(field), TextField()), Value(stored, TextField())
    return F(field), Value(datetime.fromisoformat(stored).replace(tzinfo=UTC))


def _least(field: str, instant: datetime) -> tuple[Any, Any]:
    """``instant`` as the least of the texts that SQLite may hold for it."""
    plain = instant.astimezone(UTC).replace(tzinfo=None)
    exact = "auto" if plain.microsecond % _MILLISECOND else "milliseconds"
    precision = exact if plain.microsecond else "seconds"
    return _sides(field, plain.isoformat(" ", precision))
