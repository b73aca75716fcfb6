"""GET /v1: where everything is."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.api.base import ApiMixin

_SITE = "https://kpi.example.test/api"
_EXAMPLE = {
    "docs": f"{_SITE}/docs",
    "schema": f"{_SITE}/schema",
    "odata": f"{_SITE}/v1/odata/",
    "lists": {"vendors": f"{_SITE}/v1/vendors", "results": f"{_SITE}/v1/results"},
}
_Address = serializers.URLField
_FIELDS: Mapping[str, serializers.Field] = {  # type: ignore[type-arg]
    "docs": _Address(help_text="All addresses, to read and to try."),
    "schema": _Address(help_text="The same for programs: OpenAPI 3.1."),
    "odata": _Address(help_text="The root of OData."),
    "lists": serializers.DictField(child=_Address(), help_text="Each list by its name."),
}


class RootView(ApiMixin):
    """Where everything is: the lists by name, OData, and the description of all addresses."""

    lists: Sequence[str] = ()

    @extend_schema(
        responses=inline_serializer("Root", dict(_FIELDS)),
        examples=[OpenApiExample("example", value=_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        site = request.build_absolute_uri
        root = reverse("api:root")
        return Response(
            {
                "docs": site(reverse("api:docs")),
                "schema": site(reverse("api:schema")),
                "odata": site(f"{root}/odata/"),
                "lists": {name: site(f"{root}/{name}") for name in self.lists},
            }
        )
