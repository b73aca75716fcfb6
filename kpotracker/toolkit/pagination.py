"""Keyset pages: {"results", "next", "previous", "next_cursor"}, and the links in an RFC 8288 header.

``next_cursor`` is the bare token for clients that cannot follow a URL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from kpotracker.toolkit.filters import Parameter, UnreadableError, read_instant
from kpotracker.toolkit.keyset import Cursor, Keyset, as_stored, at_or_after, before, read_cursor
from kpotracker.toolkit.problems import InputError, InvalidInputError, shown

LEAST, USUAL, MOST = 1, 100, 5_000


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
            lambda instant: at_or_after(field, instant),
            "2026-03-01T00:00:00Z",
        ),
        Parameter(
            "updated_before",
            read_instant,
            f"Rows last changed before this instant: {formats}.",
            schema,
            lambda instant: before(field, instant),
        ),
    )


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of one page and the places to read on from, None where nothing follows."""

    rows: Sequence[Any]
    following: Cursor | None
    preceding: Cursor | None

    def links(self, url: str) -> dict[str, str | None]:
        """next, previous and next_cursor of a page that was asked for at ``url``."""
        return {
            "next": _link(url, self.following),
            "previous": _link(url, self.preceding),
            "next_cursor": self.following.token() if self.following else None,
        }


def window_of(
    queryset: QuerySet[Any], keyset: Keyset, query: Mapping[str, Any], place: int | None = None
) -> Window:
    """One page of ``queryset`` as ``query`` states limit and cursor.

    ``place``: where in a row of values the columns of the keyset begin; None for records, whose
    query set has them as attributes. Raises InvalidInputError for another list's cursor.
    """
    limit = query.get("limit", USUAL)
    cursor: Cursor | None = query.get("cursor")
    forward = cursor is None or cursor.forward
    rows = list(keyset.ordered(begun(queryset, keyset, cursor), forward=forward)[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    if not forward:
        rows.reverse()
    onward = more if forward else bool(rows)
    backward = (cursor is not None and bool(rows)) if forward else more

    def at(row: Any, *, ahead: bool) -> Cursor:
        return keyset.position(_place_of(row, keyset, place), forward=ahead)

    return Window(
        rows,
        at(rows[-1], ahead=True) if onward else None,
        at(rows[0], ahead=False) if backward else None,
    )


def link_header(links: Mapping[str, str | None]) -> str:
    """RFC 8288."""
    stated = [(links["next"], "next"), (links["previous"], "prev")]
    return ", ".join(f'<{url}>; rel="{relation}"' for url, relation in stated if url)


class KeysetPagination(BasePagination):
    """Pages of the view's query set; ``view.stamped_by`` names its stamp, or is "" for ids only."""

    parameters = (LIMIT, CURSOR)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        keyset = Keyset(getattr(view, "stamped_by", "updated_at"))
        if keyset.stamp:
            queryset = queryset.annotate(stored_stamp=as_stored(keyset.stamp))
        window = window_of(queryset, keyset, getattr(view, "query", {}))
        self._links = window.links(request.build_absolute_uri())
        return list(window.rows)

    def get_paginated_response(self, data: Any) -> Response:
        header = link_header(self._links)
        page = {"results": data, **self._links}
        return Response(page, headers={"Link": header} if header else None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return page_schema(schema)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [parameter.openapi() for parameter in self.parameters]


def page_schema(rows: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI of a page whose ``results`` are ``rows``."""
    link = {"type": ["string", "null"], "format": "uri"}
    token = Cursor(True, "2026-04-06 05:00:03.123456", (1207,)).token()
    onward = {"example": f"https://kpi.example.test/api/v1/results?cursor={token}"}
    backward = {"example": None}
    return {
        "type": "object",
        "required": ["results", "next", "previous", "next_cursor"],
        "properties": {
            "results": rows,
            "next": link | onward | {"description": "The following page; null on the last."},
            "previous": link | backward | {"description": "The page before; null on the first."},
            "next_cursor": {
                "type": ["string", "null"],
                "example": token,
                "description": "The bare token of `next`, for the `cursor` parameter.",
            },
        },
    }


def begun(queryset: QuerySet[Any], keyset: Keyset, cursor: Cursor | None) -> QuerySet[Any]:
    """The rows beyond ``cursor``. Raises InvalidInputError for the cursor of another list."""
    """The rows beyond ``cursor``. Raises InvalidInputError for the cursor of another list."""
    if cursor is None:
        return queryset
    try:
        return keyset.after(queryset, cursor)
    except UnreadableError as error:
        raise InvalidInputError([InputError(str(error), parameter="cursor")]) from None


def _place_of(row: Any, keyset: Keyset, place: int | None) -> Sequence[Any]:
    if place is not None:
        return list(row[place:])
    values = row if isinstance(row, Mapping) else vars(row)
    return [values["stored_stamp"], values["id"]] if keyset.stamp else [values["id"]]


def _link(url: str, cursor: Cursor | None) -> str | None:
    return replace_query_param(url, "cursor", cursor.token()) if cursor else None
