"""Addresses of the flat collections: lists in pages of JSON, and one result by its number.

Rows go from the database to bytes without a serializer: a page of 5,000 costs what its query does.
"""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request

from contracts.api.base import ApiMixin
from kpotracker.toolkit.pagination import CURSOR, LIMIT, link_header, page_schema
from kpotracker.toolkit.tabular.collection import Collection, json_of
from metrics.api.schema import ApiSchema
from metrics.bi.catalogue import COLLECTIONS
from metrics.bi.flat import results

JSON = "application/json"
LINKS = ("next", "previous", "next_cursor")


class CollectionSchema(ApiSchema):
    """OpenAPI from the columns."""

    def get_operation_id(self) -> str:
        return f"{_collection_of(self.view).name}_list"

    def get_response_serializers(self) -> Any:
        rows = {"type": "array", "items": reference(_collection_of(self.view))}
        return {(HTTPStatus.OK, JSON): OpenApiResponse(page_schema(rows), examples=self._page())}

    def _page(self) -> list[OpenApiExample]:
        page = {"results": [_collection_of(self.view).sample()], **dict.fromkeys(LINKS)}
        return [OpenApiExample("example", value=page)]


class RecordSchema(ApiSchema):
    """The same of one row."""

    def get_response_serializers(self) -> Any:
        collection = _collection_of(self.view)
        shown = [OpenApiExample("example", value=collection.sample())]
        return {(HTTPStatus.OK, JSON): OpenApiResponse(reference(collection), examples=shown)}


class CollectionList(ApiMixin):
    """A collection in keyset pages, filtered."""

    collection: ClassVar[Collection]
    schema = CollectionSchema()

    def get(self, request: Request) -> HttpResponse:
        window = self.collection.page(self.scope, self.query)
        url = request.build_absolute_uri()
        header = link_header(window.links(url))
        body = self.collection.json(window, url)
        return HttpResponse(body, content_type=JSON, headers={"Link": header} if header else None)


class CollectionRecord(ApiMixin):
    """One row of a collection by its number."""

    collection: ClassVar[Collection]
    schema = RecordSchema()

    def get(self, request: Request, pk: int) -> HttpResponse:
        row = self.collection.one(self.scope, pk)
        if row is None:
            raise Http404
        return HttpResponse(json_of(row), content_type=JSON)


class ResultRecord(CollectionRecord):
    """One result."""

    collection = results


def _collection_of(view: Any) -> Collection:
    found: Collection = view.collection
    return found


def list_of(collection: Collection) -> type[CollectionList]:
    """The view of ``collection``."""
    members = {
        "collection": collection,
        "filters": (*collection.filters, LIMIT, CURSOR),
        "__doc__": f"{collection.row} {_order_of(collection)}",
    }
    return type(f"{component_of(collection)}List", (CollectionList,), members)


def _order_of(collection: Collection) -> str:
    if collection.keyset.stamp.endswith("updated_at"):
        return "Rows come in the order in which they last changed."
    return "Rows come in the order of their time."


def component_of(collection: Collection) -> str:
    """Name of its row in the OpenAPI document: FactResult of fact_result."""
    return "".join(part.title() for part in collection.name.split("_"))


def reference(collection: Collection) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component_of(collection)}Row"}


def with_rows(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the rows of all collections to the components of the OpenAPI document."""
    schemas = result["components"]["schemas"]
    for collection in COLLECTIONS:
        schemas[f"{component_of(collection)}Row"] = collection.openapi()
    return result
