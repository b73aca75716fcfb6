"""Which limit a request counts against, and as whose.

A key and a person have limits of their own wherever they call from. Requests without either, and
those whose key is refused, count for the address they come from; a good key is never refused
because others at its address sent bad ones.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from contracts.models import ApiKey
from contracts.services.lockout import address_of
from kpotracker.toolkit.problems import RefusedError
from kpotracker.toolkit.throttling import Standing, counted

FAILED, READ, WRITE, EXPORT = "failed", "read", "write", "export"


class ThrottledMixin(APIView):
    """Counts every request before anything is read for it, and states the limit in its answer.

    A view whose answers are large says ``pace = EXPORT``.
    """

    pace: ClassVar[str] = ""
    standing: Standing | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.count(request)
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)

    def count(self, request: Request, pace: str = "") -> None:
        """Count it, for ``pace`` or what the view says. Raises RefusedError 429 over the limit, and
        whatever authentication refuses."""
        try:
            who = _sender(request)
        except APIException:
            self._count(FAILED, f"address:{address_of(request._request)}")
            raise
        pace = pace or self.pace
        self._count(pace or (READ if request.method in SAFE_METHODS else WRITE), who)

    def _count(self, name: str, who: str) -> None:
        self.standing = counted(name, who)
        if self.standing and self.standing.is_over:
            raise _too_many(self.standing)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.standing.headers if self.standing else {}).items():
            answer[name] = value
        return answer


def _sender(request: Request) -> str:
    """Whom a request counts for; raises what authentication refuses."""
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.pk}"
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{address_of(request._request)}"


def _too_many(standing: Standing) -> RefusedError:
    rate = standing.rate
    return RefusedError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Too many requests: {rate.requests} in {rate.seconds} seconds are taken. "
        f"Send the next one in {standing.reset_s} seconds.",
        {"Retry-After": str(standing.reset_s)},
    )
