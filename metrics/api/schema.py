"""The OpenAPI document: what every operation shares is added here, once.

Errors are responses of their own component; a client that knows one knows all.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from drf_spectacular.openapi import AutoSchema

from contracts.api import schema as _keys  # noqa: F401  registers the security schemes
from kpotracker.toolkit.filters import Parameter
from kpotracker.toolkit.problems import MEDIA_TYPE, NOT_FOUND
from metrics.bi.catalogue import STAR

_STAR = {collection.name for collection in STAR}
_SENTENCE = re.compile(r"(?<=[a-z0-9)`])[.:;] ")
_ENDPOINT = tuple[str, str, str, Callable[..., Any]]
_ALWAYS = (400, 401, 403, 406, 429, 500, 503)
_WRITING = {
    "post": (409, 411, 413, 415),
    "put": (409, 411, 413, 415),
    "patch": (409, 411, 413, 415),
    "delete": (409,),
}
_IN_PARTS = {".parquet": (412, 416)}  # files that are read in ranges
_NO_BODY = {"head", "options"}
_STRING = {"type": "string"}

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": _STRING | {"format": "uri-reference"},
        "title": _STRING | {"description": "The phrase of the status."},
        "status": {"type": "integer"},
        "detail": _STRING | {"description": "What is wrong and the way out, for people."},
        "errors": {
            "type": "array",
            "description": "Everything that is wrong with the input.",
            "items": {
                "type": "object",
                "required": ["detail", "code"],
                "properties": {
                    "detail": _STRING,
                    "code": _STRING,
                    "parameter": _STRING | {"description": "Name of a query parameter."},
                    "pointer": _STRING | {"description": "Place in the body, RFC 6901."},
                    "line": {
                        "type": ["integer", "null"],
                        "description": "Of a portfolio file, from 1.",
                    },
                    "where": _STRING | {"description": "The place in a portfolio file, in words."},
                    "message": _STRING | {"description": "The rule that a portfolio file breaks."},
                    "hint": _STRING | {"description": "The way out, in a portfolio file."},
                },
            },
        },
    },
}
PROBLEM_EXAMPLES: dict[int, dict[str, Any]] = {
    400: {
        "detail": "'vendr' is not a parameter here: did you mean 'vendor'?",
        "errors": [
            {
                "detail": "'vendr' is not a parameter here: did you mean 'vendor'?",
                "code": "unknown",
                "parameter": "vendr",
            }
        ],
    },
    401: {"detail": "The API key is not valid."},
    403: {"detail": "This key may not do this: it needs the scope ingest."},
    404: {"detail": NOT_FOUND},
    406: {"detail": "Could not satisfy the request Accept header."},
    409: {
        "detail": "Northwind is managed by a portfolio file: change it there and apply the file."
    },
    411: {
        "detail": "The request states no Content-Length: send its body with its length, not in chunks."
    },
    412: {
        "detail": "It was changed since you read it: read it again, and send its new ETag as If-Match."
    },
    413: {"detail": "The request is larger than this address takes."},
    415: {"detail": "Content-Type 'application/xml' is not taken: send one of text/csv, …"},
    416: {"detail": "The file has 20480 bytes: ask for a range within them."},
    422: {"detail": "This Idempotency-Key was used with another body: take a new one."},
    429: {
        "detail": "Too many requests: 600 in 60 seconds are taken. Send the next one in 12 seconds."
    },
    500: {"detail": "Something went wrong on our side; it has been logged."},
    503: {"detail": "The database does not answer just now: try again."},
}


class ApiSchema(AutoSchema):
    """Query parameters come from the views' declarations, also where nothing is listed."""

    def get_summary(self) -> str | None:
        """The first sentence of the description, as lists of operations show it."""
        stated = super().get_summary() or self.get_description()
        first = " ".join((stated or "").split("\n\n")[0].split())
        return _SENTENCE.split(first)[0].rstrip(".:;") or None

    def get_tags(self) -> list[str]:
        """One group for a kind of record and its files, one for the collections of the star."""
        name = next(iter(super().get_tags()), "root").partition(".")[0]
        return ["star"] if name in _STAR else [name]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """A session may read; only a key may write."""
        found: list[dict[str, list[str]]] = super().get_auth()
        return [one for one in found if self.method == "GET" or "cookieAuth" not in one]

    def _get_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_parameters()
        stated = {parameter["name"] for parameter in found if parameter["in"] == "query"}
        declared = (one.openapi() for one in self._declared())
        return found + [one for one in declared if one["name"] not in stated]

    def _declared(self) -> Iterable[Parameter]:
        """Filters belong to the list; an address that only writes declares its own parameters."""
        lists = "GET" in getattr(self.view, "scopes", ())
        return () if lists and self.method != "GET" else getattr(self.view, "filters", ())


def without_aliases(endpoints: Iterable[_ENDPOINT]) -> list[_ENDPOINT]:
    """Addresses are documented once, without the slash that they also answer with."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the errors that every operation can answer."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["responses"] = {_name(status): _response(status) for status in PROBLEM_EXAMPLES}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _statuses(path, method, operation):
                reference = {"$ref": f"#/components/responses/{_name(status)}"}
                operation["responses"].setdefault(str(status), reference)
    return result


def _statuses(path: str, method: str, operation: Mapping[str, Any]) -> list[int]:
    found = [404] if "{" in path else []
    stated = _stated(operation)
    compared = [412] if "If-Match" in stated else []
    told_apart = [422] if "Idempotency-Key" in stated else []
    in_parts = _IN_PARTS.get(PurePath(path).suffix, ())
    return sorted([*_ALWAYS, *found, *compared, *told_apart, *in_parts, *_WRITING.get(method, ())])


def _stated(operation: Mapping[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ())}


def _name(status: int) -> str:
    return "Problem" + HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def _response(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    example = {"type": "about:blank", "title": phrase, "status": status}
    return {
        "description": phrase,
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": example | PROBLEM_EXAMPLES[status],
            }
        },
    }
