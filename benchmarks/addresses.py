"""The installation's addresses and those that others are measured against: a page with nothing in
it, a view that only parses what it is sent, and an answer that is always the same."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.api.base import ApiMixin
from contracts.pages.base import page
from contracts.selectors import scope as contracts_scoped
from contracts.selectors.scope import Scope
from kpotracker.toolkit.filters import Parameter
from kpotracker.urls import urlpatterns as real


@page()
def empty(request: HttpRequest, scope: Scope) -> HttpResponse:
    """The frame that every page has, for a signed-in reader, with nothing in it."""
    return render(request, "kpotracker/base.html")


class Parsed(APIView):
    """Parses a body as the API does, for a sender who is known, and says how long it is."""

    def post(self, request: Request) -> Response:
        return Response({"rows": len(request.data)})


class Constant(ApiMixin):
    """Authenticates, runs one query, and serves a body of ``bytes`` bytes that never changes."""

    filters = (Parameter("bytes", int, "How many."),)

    def get(self, request: Request) -> HttpResponse:
        list(contracts_scoped.vendors(self.scope).order_by("pk").values_list("pk")[:1])
        return HttpResponse(_constant(self.query["bytes"]), content_type="application/json")


@lru_cache
def _constant(size: int) -> bytes:
    return b'"' + b"x" * (size - 2) + b'"'


urlpatterns: list[URLPattern | URLResolver] = [
    path("empty/", empty, name="empty"),
    path("constant", Constant.as_view(), name="constant"),
    path("parsed/", Parsed.as_view(permission_classes=[]), name="parsed"),
    *real,
]
