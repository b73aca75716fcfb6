"""The OData v4 root over the flat collections: read only, scoped as the lists are."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

from django.http import Http404, HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from contracts.api.base import ApiMixin
from contracts.api.throttles import ThrottledMixin
from kpotracker.toolkit.filters import Parameter
from kpotracker.toolkit.odata import pages
from kpotracker.toolkit.odata.errors import exception_handler
from kpotracker.toolkit.odata.metadata import metadata_document, service_document
from kpotracker.toolkit.odata.negotiation import (
    NONE,
    AnyNegotiation,
    JsonNegotiation,
    preferred_page,
)
from kpotracker.toolkit.odata.options import options_of_record, options_of_root, options_of_set
from kpotracker.toolkit.rules import Rule
from kpotracker.toolkit.tabular.collection import Collection, json_of
from metrics.bi.catalogue import COLLECTIONS

_View = TypeVar("_View", bound="ODataView")
ROOT = "/api/v1/odata/"
_BIGGEST_ID = 2**63 - 1
_KEPT = ("$filter", "$select", "$orderby", "$format")


class ODataAnswers(ThrottledMixin):
    """Answers and errors say which OData they are."""

    schema = None
    content_negotiation_class: Any = JsonNegotiation

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["OData-Version"] = "4.0"
        return answer


class ODataView(ODataAnswers, ApiMixin):
    """An address below the root that answers with JSON."""

    def root(self) -> str:
        return self.request.build_absolute_uri(ROOT)

    def json(
        self, context: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> HttpResponse:
        kind = str(self.request.accepted_media_type)
        stated = {} if kind == NONE else {"@odata.context": f"{self.root()}$metadata{context}"}
        return HttpResponse(json_of({**stated, **body}), content_type=kind, headers=headers)


class ServiceDocument(ODataView):
    """The sets there are."""

    filters: Sequence[Parameter] = options_of_root()

    def get(self, request: Request) -> HttpResponse:
        return self.json("", service_document(COLLECTIONS))


class Metadata(ODataView):
    """What the sets hold, in XML whatever is accepted."""

    filters: Sequence[Parameter] = options_of_root()
    content_negotiation_class = AnyNegotiation

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(metadata_document(COLLECTIONS), content_type="application/xml")


class EntitySet(ODataView):
    """A set, in pages."""

    collection: ClassVar[Collection]

    def get(self, request: Request) -> HttpResponse:
        preferred = preferred_page(request, pages.PAGE)
        size = preferred or pages.PAGE
        page = pages.page(self.collection, self.scope, self.query, size)
        body = {**self._counted(), "value": page.rows, **self._onward(page)}
        applied = {"Preference-Applied": f"odata.maxpagesize={size}"} if preferred else None
        return self.json(_context(self.collection, self.query), body, applied)

    def _counted(self) -> dict[str, Any]:
        """On the first page; clients keep it while they follow the links."""
        if not self.query.get("$count"):
            return {}
        return {"@odata.count": pages.count(self.collection, self.scope, self.query)}

    def _onward(self, page: pages.Page) -> dict[str, str]:
        if page.token is None:
            return {}
        sent = self.request.query_params
        options = {name: sent[name] for name in _KEPT if name in sent}
        if page.top is not None:
            options["$top"] = str(page.top)
        options["$skiptoken"] = page.token
        query = urlencode(options, quote_via=quote, safe="$(),'*")
        return {"@odata.nextLink": f"{self.root()}{self.collection.name}?{query}"}


class EntityCount(ODataView):
    """How many rows a set has, as text."""

    collection: ClassVar[Collection]
    content_negotiation_class = AnyNegotiation

    def get(self, request: Request) -> HttpResponse:
        found = pages.count(self.collection, self.scope, self.query)
        return HttpResponse(str(found), content_type="text/plain")


class Entity(ODataView):
    """A row by its number."""

    collection: ClassVar[Collection]

    def get(self, request: Request, pk: int) -> HttpResponse:
        row = None
        if pk <= _BIGGEST_ID:
            row = pages.record(self.collection, self.scope, self.query, pk)
        if row is None:
            raise Http404
        return self.json(_context(self.collection, self.query) + "/$entity", row)


class NoEntity(ODataAnswers):
    """Any other address below the root, for every method and whoever asks."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AnyNegotiation
    rule = Rule(public=True)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.count(request)
        raise Http404


def set_of(collection: Collection) -> type[EntitySet]:
    """The view of a set."""
    return _view(EntitySet, collection, options_of_set(collection))


def count_of(collection: Collection) -> type[EntityCount]:
    """The view of its number of rows."""
    return _view(EntityCount, collection, options_of_set(collection))


def entity_of(collection: Collection) -> type[Entity]:
    """The view of one of its rows."""
    return _view(Entity, collection, options_of_record(collection))


def _view(base: type[_View], collection: Collection, filters: Sequence[Parameter]) -> type[_View]:
    members = {"collection": collection, "filters": filters, "__doc__": collection.row}
    return type(f"{base.__name__}Of_{collection.name}", (base,), members)


def _context(collection: Collection, query: Mapping[str, Any]) -> str:
    names = ",".join(column.name for column in query.get("$select", ()))
    return f"#{collection.name}({names})" if names else f"#{collection.name}"
