"""What every response of the installation has in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponseBase]
HEALTH_PATH = "/healthz"
_CREDENTIALS = ("Authorization", "X-Api-Key")


class HealthMiddleware:
    """Answers /healthz before hosts, TLS and sessions matter: a probe asks by address.

    200 says that this process takes requests; it says nothing about the database or Redis.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == HEALTH_PATH and request.method in {"GET", "HEAD"}:
            return HttpResponse("ok\n", content_type="text/plain")
        return self.get_response(request)


class PrivateResponsesMiddleware:
    """Keeps every answer that depends on who asks out of every cache, shared or not.

    An answer is taken as personal unless a view has said itself how it may be cached; an
    authenticated one is always ``private, no-store``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if _is_personal(request, response):
            del response["Cache-Control"]
            patch_cache_control(response, private=True, no_store=True)
            patch_vary_headers(response, ["Cookie", *_CREDENTIALS])
        return response


def _is_personal(request: HttpRequest, response: HttpResponseBase) -> bool:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return True
    keyed = any(name in request.headers for name in _CREDENTIALS)
    return keyed or not response.has_header("Cache-Control")
