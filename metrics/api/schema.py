"""The OpenAPI document: what every operation shares is added here, once.

Errors are responses of their own component; a client that knows one knows all.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema

from contracts.api import schema as _keys  # noqa: F401  registers the security schemes
from kpotracker.toolkit.problems import MEDIA_TYPE, NOT_FOUND

_ENDPOINT = tuple[str, str, str, Callable[..., Any]]
_ALWAYS = (400, 401, 403, 406, 429, 500)
_UPLOAD = (409, 411, 413, 415)
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
    409: {"detail": "Feed manual takes manual entries, not files."},
    411: {"detail": "The request states no Content-Length: send the file with its length."},
    413: {"detail": "A delivery may have 536870912 bytes: split or compress it."},
    415: {"detail": "Content-Type 'application/xml' is not taken: send one of text/csv, …"},
    429: {"detail": "Request was throttled. Expected available in 30 seconds."},
    500: {"detail": "Something went wrong on our side; it has been logged."},
}


class ApiSchema(AutoSchema):
    """Query parameters come from the views' declarations, also where nothing is listed."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        """A session may read; only a key may write."""
        found: list[dict[str, list[str]]] = super().get_auth()
        return [one for one in found if self.method == "GET" or "cookieAuth" not in one]

    def _get_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_parameters()
        stated = {parameter["name"] for parameter in found if parameter["in"] == "query"}
        declared = (one.openapi() for one in getattr(self.view, "filters", ()))
        return found + [one for one in declared if one["name"] not in stated]


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
            for status in _statuses(path, method):
                reference = {"$ref": f"#/components/responses/{_name(status)}"}
                operation["responses"].setdefault(str(status), reference)
    return result


def _statuses(path: str, method: str) -> list[int]:
    found = [404] if "{" in path else []
    return sorted([*_ALWAYS, *found, *(_UPLOAD if method == "post" else ())])


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
