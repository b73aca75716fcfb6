"""Frozen training series for scaled forecast errors."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from metrics.models import ReferenceSet


class TrainingMissingError(Exception):
    """A KPI names training series that are not there, or not unambiguously."""


def training_series(parameters: Mapping[str, Any]) -> Mapping[str, tuple[int, ...]] | None:
    """The series a KPI's ``training`` parameter names: a feed code, or {feed, sha256}."""
    named = parameters.get("training")
    if not named:
        return None
    feed, sha256 = (named, "") if isinstance(named, str) else (named["feed"], named["sha256"])
    sets = ReferenceSet.objects.filter(feed__code=feed, sha256__startswith=sha256)
    found = list(sets.values_list("pk", flat=True)[:2])
    if not found:
        return {}
    if len(found) > 1:
        raise TrainingMissingError(
            f"feed '{feed}' holds several frozen sets: name one by the start of its sha256"
        )
    return _series(found[0])


@lru_cache(maxsize=8)
def _series(reference_set: int) -> Mapping[str, tuple[int, ...]]:
    rows = ReferenceSet.objects.get(pk=reference_set).series.values_list("name", "values")
    return {name: tuple(np.frombuffer(bytes(values), "<i8").tolist()) for name, values in rows}
