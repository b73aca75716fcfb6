"""Bodies of pushed rows: JSON, NDJSON and CloudEvents 1.0, plain or gzip, bounded before read."""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from kpotracker.toolkit.filters import UnreadableError, read_day
from kpotracker.toolkit.pointers import pointer
from kpotracker.toolkit.problems import InputError, InvalidInputError, RefusedError, nearest, shown
from metrics.api.bodies import (
    BLOCK,
    TypedBody,
    WholeBody,
    check_length,
    main_type,
    stated_length,
)
from metrics.feeds.batch_rows import (
    Fault,
    Part,
    TooManyRowsError,
    UnusableBodyError,
    attribute_faults,
    data_faults,
    elements_of,
    lines_of,
    members_of,
    part_of,
    row_of_event,
    row_with,
    text_of,
)
from metrics.feeds.batches import MOST_BYTES, MOST_ROWS, Batch

JSON = "application/json"
LINES = ("application/x-ndjson", "application/jsonl")
EVENT, EVENTS = "application/cloudevents+json", "application/cloudevents-batch+json"
TYPES = (JSON, *LINES, EVENT, EVENTS)

_MEMBERS = ("complete_through", "observations")


@dataclass(frozen=True, slots=True)
class Pushed:
    """A batch as it was sent. ``pointer``: where row n stands in the body (RFC 6901).

    ``digest`` tells one request from another.
    """

    batch: Batch
    pointer: Callable[[int], str]
    digest: str
    complete_through: date | None = None


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: list[str]
    pointer: Callable[[int], str]
    complete_through: date | None = None


class RowsBody(TypedBody):
    """Leaves the body where it is, if its type is one that rows come in."""

    types = TYPES


def pushed_in(request: Request) -> Pushed:
    """The rows of a request. Raises the problem that says what is wrong with its body."""
    kind, raw = main_type(request.content_type), _raw(request)
    try:
        found = _rows(kind, raw, _event_headers(request))
    except UnusableBodyError as error:
        raise InvalidInputError(_input_error(fault) for fault in error.faults) from None
    except TooManyRowsError:
        raise _too_large() from None
    if not found.rows:
        raise InvalidInputError([InputError("There are no rows in it.", "empty", pointer="#")])
    name = "events.ndjson" if kind in (EVENT, EVENTS) else "batch.ndjson"
    digest = hashlib.sha256(b"\0".join((kind.encode(), *_stated(request), raw))).hexdigest()
    return Pushed(Batch(found.rows, name), found.pointer, digest, found.complete_through)


def _raw(request: Request) -> bytes:
    """The bytes of the body, unpacked; at most MOST_BYTES of them."""
    check_length(request)
    if stated_length(request) > MOST_BYTES:
        raise _too_large()
    body, encoding = cast(WholeBody, request.data), _encoding(request)
    if encoding in ("", "identity"):
        return body.whole()
    if encoding == "gzip":
        return _inflated(body)
    raise UnsupportedMediaType(
        encoding, f"Content-Encoding {shown(encoding, 20)} is not taken: send gzip or none."
    )


def _encoding(request: Request) -> str:
    return str(request.headers.get("Content-Encoding", "identity")).strip().lower()


def _stated(request: Request) -> tuple[bytes, bytes]:
    """What beside the body makes a request another one."""
    events = json.dumps(_event_headers(request), sort_keys=True)
    return request.META.get("QUERY_STRING", "").encode(), events.encode()


def _rows(kind: str, raw: bytes, event: Mapping[str, str]) -> _Rows:
    text = text_of(raw)
    if kind in LINES:
        return _Rows(lines_of(text, most=MOST_ROWS), lambda index: f"/{index}")
    if kind == EVENT:
        return _Rows([row_of_event(text)], lambda _: "/data")
    if kind == EVENTS:
        return _events(text)
    if event:
        return _Rows([_binary_event(text, event)], lambda _: "")
    if text.lstrip(" \t\r\n").startswith("{"):
        return _object(text)
    parts = elements_of(text, most=MOST_ROWS)
    return _Rows([part.row for part in parts], lambda index: f"/{index}")


def _events(text: str) -> _Rows:
    rows: list[str] = []
    faults: list[Fault] = []
    for index, part in enumerate(elements_of(text, most=MOST_ROWS)):
        try:
            rows.append(row_of_event(part.text, f"/{index}"))
        except UnusableBodyError as error:
            faults += error.faults
    if faults:
        raise UnusableBodyError(*faults)
    return _Rows(rows, lambda index: f"/{index}/data")


def _object(text: str) -> _Rows:
    members = members_of(text)
    faults = [
        Fault(
            f"{shown(name)} is not a field here: {nearest(name, _MEMBERS)}",
            "unknown",
            pointer([name]),
        )
        for name in members
        if name not in _MEMBERS
    ]
    if "observations" not in members:
        faults.append(Fault("Send the rows as a list.", "required", "/observations"))
    day = _day(members.get("complete_through"), faults)
    if faults:
        raise UnusableBodyError(*faults)
    parts = elements_of(members["observations"].text, most=MOST_ROWS, at="/observations")
    return _Rows([part.row for part in parts], lambda index: f"/observations/{index}", day)


def _day(stated: Part | None, faults: list[Fault]) -> date | None:
    if stated is None or stated.value is None:
        return None
    try:
        return read_day(stated.said or "")
    except UnreadableError as error:
        faults.append(Fault(str(error), "invalid", "/complete_through"))
        return None


def _binary_event(text: str, event: Mapping[str, str]) -> str:
    part = part_of(text)
    faults = [*attribute_faults(event, "/ce-headers"), *data_faults(part, "")]
    if faults:
        raise UnusableBodyError(*faults)
    return row_with(part, {name: json.dumps(value) for name, value in event.items()})


def _event_headers(request: Request) -> dict[str, str]:
    """The attributes of a CloudEvent in binary mode, whose body is the data alone."""
    if main_type(request.content_type) != JSON:
        return {}
    return {
        name[3:].lower(): unquote(value)
        for name, value in sorted(request.headers.items())
        if name.lower().startswith("ce-")
    }


def _inflated(body: WholeBody) -> bytes:
    """What a gzip body holds, never more than MOST_BYTES of it."""
    engine, made = zlib.decompressobj(31), bytearray()
    try:
        while block := body.read(BLOCK):
            made += engine.decompress(block, MOST_BYTES + 1 - len(made))
            if len(made) > MOST_BYTES:
                raise _too_large()
            if engine.unused_data:
                raise _damaged("other bytes follow the gzip stream")
    except zlib.error:
        raise _damaged("it is not gzip") from None
    if not engine.eof:
        raise _damaged("the gzip stream is cut short")
    return bytes(made)


def _damaged(why: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, f"The body cannot be unpacked: {why}.")


def _too_large() -> RefusedError:
    return RefusedError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A batch may have {MOST_ROWS} rows and {MOST_BYTES} bytes, unpacked: send it in parts, "
        "or as a file.",
    )


def _input_error(fault: Fault) -> InputError:
    return InputError(fault.detail, fault.code, pointer=f"#{fault.pointer}")
