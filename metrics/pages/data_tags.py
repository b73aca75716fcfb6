"""The box that tells how a tool reads what a page shows; templates load it as ``programs``."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings

from kpotracker.toolkit.filters import UnreadableError
from kpotracker.toolkit.tabular.collection import Collection
from kpotracker.toolkit.tabular.snippets import snippets
from metrics.bi.catalogue import COLLECTIONS

register = template.Library()
_BY_NAME = {collection.name: collection for collection in COLLECTIONS}


@register.inclusion_tag("metrics/_use_this_data.html")
def use_this_data(
    name: str, narrowing: Mapping[str, str] | None = None, **query: Any
) -> dict[str, Any]:
    """The collection ``name`` narrowed as the page is: by ``query``, and by those filters of
    ``narrowing`` that the collection has as well; ``missing`` names the others."""
    collection = _BY_NAME[name]
    stated = dict(narrowing or {}) | {key: str(each) for key, each in query.items()}
    found = _understood(collection, stated)
    return {
        "collection": collection,
        "snippets": snippets(settings.PUBLIC_URL, name, found),
        "missing": [each for each in stated if each not in found],
    }


def _understood(collection: Collection, stated: Mapping[str, str]) -> dict[str, str]:
    return {
        parameter.name: stated[parameter.name]
        for parameter in collection.filters
        if stated.get(parameter.name) and _reads(parameter.read, stated[parameter.name])
    }


def _reads(read: Any, text: str) -> bool:
    try:
        read(text)
    except UnreadableError:
        return False
    return True
