"""Which JSON a client takes (Accept or $format), and how large a page it prefers."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

MINIMAL: Final = "application/json;odata.metadata=minimal"
NONE: Final = "application/json;odata.metadata=none"
_LEVELS = {"minimal": MINIMAL, "none": NONE}
_METADATA = ("odata.metadata", "metadata")
_TAKEN = {
    "charset": {"utf-8"},
    "odata.streaming": {"true", "false"},
    "streaming": {"true", "false"},
    "ieee754compatible": {"false"},
    "exponentialdecimals": {"true", "false"},
}
_PAGE = re.compile(
    r"(?:^|[,\s])(?:odata\.)?maxpagesize\s*=\s*\"?([0-9]{1,9})\"?\s*(?:$|[,;])", re.I
)
_REFUSAL = (
    "Only JSON is answered here: accept application/json, with odata.metadata=minimal or none, "
    "and IEEE754Compatible=false."
)


class JsonNegotiation(BaseContentNegotiation):
    """The media type is that of the answer; $format goes before Accept."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        stated = request.query_params.get("$format")
        wanted = _of_format(stated) if stated else request.headers.get("Accept", "")
        found = media_type(wanted)
        if found is None:
            raise NotAcceptable(_REFUSAL)
        return renderers[0], found


class AnyNegotiation(BaseContentNegotiation):
    """For what has one form only, whatever a client accepts."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], MINIMAL


def media_type(accept: str) -> str | None:
    """The JSON that an Accept header prefers, or None where it takes none of ours."""
    if not accept.strip():
        return MINIMAL
    ranges = sorted(_ranges(accept), key=lambda one: -one[0])
    return next((found for quality, found in ranges if quality > 0), None)


def preferred_page(request: Request, most: int) -> int | None:
    """The page size of a Prefer header, at most ``most``; None where none is stated."""
    found = _PAGE.search(request.headers.get("Prefer", ""))
    if found is None or not int(found[1]):
        return None
    return min(int(found[1]), most)


def _of_format(text: str) -> str:
    return "application/json" if text.lower() == "json" else text


def _ranges(accept: str) -> Iterator[tuple[float, str]]:
    """(quality, media type of the answer) of each range that we can serve, as stated."""
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in {"application/json", "application/*", "*/*"}:
            pairs = [(key.strip(), value.strip()) for key, _, value in map(_split, parameters)]
            if (found := _served(pairs)) is not None:
                yield _quality(pairs), found


def _served(pairs: Sequence[tuple[str, str]]) -> str | None:
    level = "minimal"
    for name, value in pairs:
        if name in _METADATA:
            level = value
        elif name != "q" and value not in _TAKEN.get(name, ()):
            return None
    return _LEVELS.get(level)


def _quality(pairs: Sequence[tuple[str, str]]) -> float:
    stated = dict(pairs).get("q", "1")
    return float(stated) if re.fullmatch(r"[01](\.[0-9]{0,3})?", stated) else 1.0


def _split(parameter: str) -> tuple[str, str, str]:
    return parameter.partition("=")
