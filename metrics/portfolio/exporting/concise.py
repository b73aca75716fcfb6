"""An entry of a file without what a file may leave out."""

from collections.abc import Mapping
from typing import Any

from metrics.portfolio.editing.entries import Entry
from metrics.portfolio.shapes import Shape


def concise(stated: Mapping[str, Any], shape: type[Shape]) -> Entry:
    """The keys of ``shape`` in its order, without those that hold nothing or the default."""
    told = {}
    for name, known in shape.model_fields.items():
        key = known.alias or name
        value = stated.get(key)
        if value not in (None, "") and (known.is_required() or value != known.default):
            told[key] = value
    return told
