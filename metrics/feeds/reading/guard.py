"""Texts that an export guarded against being run as formulas, as they were before."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..mapping.batch import Batch

_GUARD = r"\A'([=+\-@\t\r])"


def unguarded(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches without the apostrophe in front of what would have been a formula."""
    for batch in batches:
        columns = {name: _without(array) for name, array in batch.columns.items()}
        yield replace(batch, columns=columns)


def _without(array: Any) -> Any:
    if not pa.types.is_string(array.type):
        return array
    return pc.replace_substring_regex(array, _GUARD, r"\1")
