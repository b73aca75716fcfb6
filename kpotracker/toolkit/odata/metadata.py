"""What a client reads first: the service document, and $metadata as CSDL 4.0 in XML."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final
from xml.sax.xmlreader import AttributesImpl

from django.utils.xmlutils import SimplerXMLGenerator

from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.columns import Column, Kind

KEY: Final = "id"
NAMESPACE: Final = "kpotracker"
_CONTAINER = "Container"
_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_TYPES: Final[dict[Kind, dict[str, str]]] = {
    Kind.TEXT: {"Type": "Edm.String"},
    Kind.INTEGER: {"Type": "Edm.Int64"},
    Kind.NUMBER: {"Type": "Edm.Double"},
    Kind.BOOLEAN: {"Type": "Edm.Boolean"},
    Kind.DAY: {"Type": "Edm.Date"},
    Kind.INSTANT: {"Type": "Edm.DateTimeOffset", "Precision": "6"},
}


def service_document(collections: Sequence[Collection]) -> dict[str, Any]:
    """The entity sets; their addresses are relative to the root."""
    sets = [{"name": one.name, "kind": "EntitySet", "url": one.name} for one in collections]
    return {"value": sets}


def metadata_document(collections: Sequence[Collection]) -> bytes:
    """CSDL 4.0: an entity type and an entity set for each of ``collections``, keyed by id."""
    text = StringIO()
    xml = SimplerXMLGenerator(text, "utf-8")
    xml.startDocument()
    _open(xml, "edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX})
    _open(xml, "edmx:DataServices")
    _open(xml, "Schema", {"Namespace": NAMESPACE, "xmlns": _EDM})
    for collection in collections:
        _entity_type(xml, collection)
    _container(xml, collections)
    for name in ("Schema", "edmx:DataServices", "edmx:Edmx"):
        xml.endElement(name)
    return text.getvalue().encode()


def _open(xml: SimplerXMLGenerator, name: str, attributes: Mapping[str, str] | None = None) -> None:
    xml.startElement(name, AttributesImpl(attributes or {}))


def _entity_type(xml: SimplerXMLGenerator, collection: Collection) -> None:
    _open(xml, "EntityType", {"Name": _type_name(collection)})
    _open(xml, "Key")
    xml.addQuickElement("PropertyRef", attrs={"Name": KEY})
    xml.endElement("Key")
    for column in collection.columns:
        xml.addQuickElement("Property", attrs=_property(column))
    xml.endElement("EntityType")


def _property(column: Column) -> dict[str, str]:
    nullable = "true" if column.is_nullable else "false"
    return {"Name": column.name, **_TYPES[column.kind], "Nullable": nullable}


def _container(xml: SimplerXMLGenerator, collections: Sequence[Collection]) -> None:
    _open(xml, "EntityContainer", {"Name": _CONTAINER})
    for one in collections:
        named = {"Name": one.name, "EntityType": f"{NAMESPACE}.{_type_name(one)}"}
        xml.addQuickElement("EntitySet", attrs=named)
    xml.endElement("EntityContainer")


def _type_name(collection: Collection) -> str:
    """FactResult of fact_result; sets and types do not share names with one client or another."""
    return "".join(part.title() for part in collection.name.split("_"))
