"""Frozen training series for scaled forecast errors."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from metrics.models import Ingestion, ReferenceSet

Series = Mapping[str, tuple[int, ...]]


def training_series(parameters: Mapping[str, Any], decimals: int) -> Series | None:
    """The series a KPI's ``training`` parameter names, in units of 10**-``decimals``.

    It names a feed, or one set of it as {feed, sha256}. Of a feed the first set counts: it is
    frozen, and a later one counts only where its sha256 is named. Empty while none is in.
    """
    named = parameters.get("training")
    if not named:
        return None
    feed, sha256 = (named, "") if isinstance(named, str) else (named["feed"], named["sha256"])
    held = (
        ReferenceSet.objects.filter(
            feed__code=feed, sha256__startswith=sha256, ingestion__status=Ingestion.Status.DONE
        )
        .order_by("pk")
        .first()
    )
    return _series(held.pk, held.sha256, decimals - held.decimals) if held else {}


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
