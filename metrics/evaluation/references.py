"""Frozen training series for scaled forecast errors."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from metrics.models import Ingestion, ReferenceSet

Series = Mapping[str, tuple[int, ...]]


def training_set(parameters: Mapping[str, Any]) -> int | None:
    """The set of reference series that a KPI's ``training`` parameter names now, if it is in.

    It names a feed, or one set of it as {feed, sha256}. Of a feed the first set counts: it is
    frozen, and a later one counts only where its sha256 is named.
    """
    named = parameters.get("training")
    if not named:
        return None
    feed, sha256 = (named, "") if isinstance(named, str) else (named["feed"], named["sha256"])
    finished = ReferenceSet.objects.filter(
        feed__code=feed,
        sha256__startswith=sha256,
        ingestion__status=Ingestion.Status.DONE,
        ingestion__undone_at=None,
    )
    return finished.order_by("pk").values_list("pk", flat=True).first()


def training_series(reference_set: int | None, decimals: int) -> Series:
    """The series of a set in units of 10**-``decimals``; none of them without a set."""
    if reference_set is None:
        return {}
    held = ReferenceSet.objects.get(pk=reference_set)
    return _series(held.pk, held.sha256, decimals - held.decimals)


@lru_cache(maxsize=8)
def _series(reference_set: int, _sha256: str, places: int) -> Series:
    """All series of a set with ``places`` more decimals than it was stored with."""
    rows = ReferenceSet.objects.get(pk=reference_set).series.values_list("name", "values")
    return {
        name: tuple(_moved(np.frombuffer(bytes(values), "<i8").tolist(), places))
        for name, values in rows
    }


def _moved(values: list[int], places: int) -> list[Any]:
    if places >= 0:
        return [value * 10**places for value in values] if places else values
    return [Fraction(value, 10**-places) for value in values]
