"""Every error under /api/ as application/problem+json (RFC 9457), all input errors at once.

``errors`` lists what was wrong with the input: each names the query ``parameter`` or the body
member (``pointer``, RFC 6901) it is about, a ``code`` for programs and a ``detail`` for people.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from rest_framework import exceptions

from kpotracker.toolkit.deadlines import RETRY_AFTER_S, is_timeout
from kpotracker.toolkit.pointers import pointer

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
API_PREFIX = "/api/"
MOST_ERRORS = 1_000  # that an answer lists: it does not grow with what was sent
NOT_FOUND = "There is nothing here, or nothing you may see."
NO_KEY = "This needs an API key: send it as `Authorization: Bearer <key>` or `X-Api-Key: <key>`."
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
_TOO_LONG = (
    "This took too long and was ended: ask for less at once, with filters or a smaller limit, or "
    "try again later."
)
_AWAY = "The database does not answer just now: try again."
_WENT_WRONG = "Something went wrong on our side; it has been logged."


@dataclass(frozen=True, slots=True)
class InputError:
    """One thing that is wrong with a request; exactly one of parameter and pointer is set."""

    detail: str
    code: str = "invalid"
    parameter: str | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error answer says."""

    status: int
    detail: str
    errors: Sequence[InputError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The members of the answer; ``title`` is the phrase of the status (RFC 9457, 4.2.1)."""
        stated = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            stated["errors"] = [_without_empty(asdict(error)) for error in self.errors]
        return stated

    def response(self) -> JsonResponse:
        return JsonResponse(
            self.body(), status=self.status, content_type=MEDIA_TYPE, headers=dict(self.headers)
        )


class InvalidInputError(exceptions.APIException):
    """400 with every error of the input."""

    status_code = 400

    def __init__(self, errors: Iterable[InputError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(error.detail for error in self.errors))


class RefusedError(exceptions.APIException):
    """Any other refusal: its status, its sentence, its headers."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status_code = status
        self.headers = dict(headers or {})
        super().__init__(detail)


def nearest(name: str, known: Iterable[str]) -> str:
    """The way out for an unknown name: the nearest known one, or all of them."""
    names = {one.lower(): one for one in sorted(known)}
    close = get_close_matches(name[:60].lower(), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {names[close[0]]!r}?"
    return f"known are {', '.join(names.values())}" if names else "none is known here"


def shown(value: str, longest: int = 60) -> str:
    """``value`` quoted for a message, never longer than a line."""
    return repr(value if len(value) <= longest else f"{value[:longest]}…")


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponseBase:
    """DRF's exception handler: no exception of a view leaves as HTML or without an answer."""
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        request = context.get("request")
        path = getattr(request, "path", "?")
        logger.error("%s failed", path, exc_info=error)
    return problem.response()


def problem_of(error: Exception) -> Problem:
    """The problem that says what ``error`` means to the sender."""
    if isinstance(error, InvalidInputError):
        return _problem_of_input(error.errors)
    if isinstance(error, exceptions.ValidationError):
        return _problem_of_input(tuple(_field_errors(error.detail)))
    if isinstance(error, exceptions.APIException):
        return Problem(error.status_code, _sentence(error), headers=_headers(error))
    return _problem_of_django(error)


class ApiProblemsMiddleware:
    """Errors under /api/ that never reach a view (a wrong host, say) are problems too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith(API_PREFIX) or response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        if _says_what_is_wrong(response):
            return response
        kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
        status = response.status_code
        return Problem(status, _plain_detail(status), headers=kept).response()


def _says_what_is_wrong(response: HttpResponseBase) -> bool:
    """Whether it is a problem already, or an error in the form that OData demands."""
    is_problem = response.headers.get("Content-Type", "").startswith(MEDIA_TYPE)
    return is_problem or "OData-Version" in response.headers


def _problem_of_input(errors: Sequence[InputError]) -> Problem:
    """400 with every error, or with the first ones where there are very many."""
    return Problem(400, _summary(errors), errors[:MOST_ERRORS])


def _problem_of_django(error: Exception) -> Problem:
    if isinstance(error, Http404):
        return Problem(404, NOT_FOUND)
    if isinstance(error, PermissionDenied):
        return Problem(403, "You may not do this.")
    if isinstance(error, RequestDataTooBig):
        return Problem(413, "The request is larger than this address takes.")
    if isinstance(error, SuspiciousOperation | BadRequest | UnreadablePostError):
        return Problem(400, "The request cannot be read.")
    if isinstance(error, OperationalError):
        said = _TOO_LONG if is_timeout(error) else _AWAY
        return Problem(503, said, headers={"Retry-After": str(RETRY_AFTER_S)})
    return Problem(500, _WENT_WRONG)


def _plain_detail(status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return NOT_FOUND
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _WENT_WRONG
    return HTTPStatus(status).description or HTTPStatus(status).phrase


def _sentence(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.NotAuthenticated):
        return NO_KEY
    return NOT_FOUND if isinstance(error, exceptions.NotFound) else str(error.detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(error, "headers", {}))
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait))
    return headers


def _field_errors(detail: Any, place: str = "#") -> Iterable[InputError]:
    """Flatten DRF's nested details; a place of ``#`` is the body as a whole."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = place if name == "non_field_errors" else f"{place}{pointer([name])}"
            yield from _field_errors(inner, here)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _field_errors(inner, f"{place}/{position}" if nested else place)
    else:
        yield InputError(str(detail), getattr(detail, "code", "invalid"), pointer=place)


def _summary(errors: Sequence[InputError]) -> str:
    if len(errors) == 1:
        return errors[0].detail
    listed = "them all" if len(errors) <= MOST_ERRORS else f"the first {MOST_ERRORS}"
    return f"{len(errors)} things are wrong with this request; errors lists {listed}."


def _without_empty(error: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in error.items() if value is not None}
