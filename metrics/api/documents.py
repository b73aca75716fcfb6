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

from contracts.api.throttles import ThrottledMixin
from kpotracker.toolkit.rules import Rule

_OPEN = Rule(public=True)


class SchemaView(ThrottledMixin, SpectacularAPIView):
    """The OpenAPI 3.1 document, as JSON, or as YAML where that is accepted first."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2, OpenApiJsonRenderer]
    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None
    rule = _OPEN


class DocsView(TemplateView):
    """The document to read and to try, without any script or style of others' servers."""

    template_name = "metrics/api/docs.html"
    http_method_names = ["get", "head"]
    rule = _OPEN


class NothingHere(ThrottledMixin):
    """Any other address below /api/, for every method and whoever asks."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    schema = None
    rule = _OPEN

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.count(request)
        raise NotFound
