"""Browser pages of other origins may read the API where CORS_ALLOWED_ORIGINS names them.

Only GET and HEAD are let through, only with a key in a header: no cookie is ever sent along, as the answer
never allows credentials. Without origins no answer holds an Access-Control header.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from kpotracker.toolkit.problems import API_PREFIX

_METHODS = ("GET", "HEAD")
_ASKED = "Access-Control-Request-Method"
_SENT = "Accept, Authorization, If-None-Match, X-Api-Key"
_SHOWN = "Content-Disposition, ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
_REMEMBERED_S = 600


class CorsMiddleware:
    """Answers preflights, and marks what other origins may read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.CORS_ALLOWED_ORIGINS or not request.path.startswith(API_PREFIX):
            return self.get_response(request)
        method = request.headers.get(_ASKED, "") if request.method == "OPTIONS" else ""
        response = (
            HttpResponse(status=HTTPStatus.NO_CONTENT) if method else self.get_response(request)
        )
        patch_vary_headers(response, ["Origin"])
        origin = request.headers.get("Origin", "")
        if origin in settings.CORS_ALLOWED_ORIGINS and (method or request.method) in _METHODS:
            _allow(response, origin, preflight=bool(method))
        return response


def _allow(response: HttpResponseBase, origin: str, *, preflight: bool) -> None:
    response["Access-Control-Allow-Origin"] = origin
    if preflight:
        response["Access-Control-Allow-Methods"] = ", ".join(_METHODS)
        response["Access-Control-Allow-Headers"] = _SENT
        response["Access-Control-Max-Age"] = str(_REMEMBERED_S)
    else:
        response["Access-Control-Expose-Headers"] = _SHOWN
