"""/api/schema and /api/docs: what the API is, for programs and for people.

Both are open: they describe the product and say nothing about this installation's records.
"""

from typing import Any

from django.views.generic import TemplateView
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document, as JSON, or as YAML where that is accepted first."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2, OpenApiJsonRenderer]
    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None


class DocsView(TemplateView):
    """The document to read and to try, without any script or style of others' servers."""

    template_name = "metrics/api/docs.html"
    http_method_names = ["get", "head"]


class NothingHere(APIView):
    """Any other address below /api/, for every method and whoever asks."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound
