"""Addresses of the OData root: the service document, $metadata, and three per set."""

from django.urls import URLPattern, path, re_path

from kpotracker.toolkit.tabular.collection import Collection
from metrics.api.odata import Metadata, NoEntity, ServiceDocument, count_of, entity_of, set_of
from metrics.bi.catalogue import COLLECTIONS

_ROOT = "v1/odata"


def _at(route: str, view: type, name: str) -> list[URLPattern]:
    handler = view.as_view()  # type: ignore[attr-defined]
    return [path(f"{_ROOT}{route}", handler, name=name), path(f"{_ROOT}{route}/", handler)]


def _of(collection: Collection) -> list[URLPattern]:
    name = collection.name
    return [
        *_at(f"/{name}", set_of(collection), f"odata-{name}"),
        *_at(f"/{name}/$count", count_of(collection), f"odata-{name}-count"),
        *_at(f"/{name}(<int:pk>)", entity_of(collection), f"odata-{name}-entity"),
    ]


odata = [
    *_at("", ServiceDocument, "odata"),
    *_at("/$metadata", Metadata, "odata-metadata"),
    *(pattern for collection in COLLECTIONS for pattern in _of(collection)),
    re_path(rf"^{_ROOT}/", NoEntity.as_view()),
]
