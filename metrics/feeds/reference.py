"""Frozen reference data: training series, kept by the bytes they came from."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from django.db.models import Q

from metrics.engine import to_us
from metrics.feeds.marks import append_marks
from metrics.models import (
    Feed,
    Ingestion,
    KpiDefinition,
    KpiPeriod,
    ReferenceSeries,
    ReferenceSet,
)


def reference_load(*, ingestion: Ingestion, path: Path, decimals: int) -> int:
    """Store a chunk of series (columns series, values) in the ingestion's set; return how many."""
    held, _ = ReferenceSet.objects.get_or_create(
        ingestion=ingestion,
        defaults={"feed": ingestion.feed, "sha256": ingestion.sha256, "decimals": decimals},
    )
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    rows = zip(table["series"].to_pylist(), table["values"], strict=True)
    made = [
        ReferenceSeries(reference_set=held, name=name, values=_packed(values))
        for name, values in rows
    ]
    ReferenceSeries.objects.bulk_create(made, batch_size=200)
    return len(made)


def reference_mark(*, feed: Feed) -> None:
    """Mark every figure that is scaled by the series of ``feed``, in its transaction."""
    named = Q(parameters__training=feed.code) | Q(parameters__training__feed=feed.code)
    kpis = KpiDefinition.objects.filter(named).values("kpi_id")
    starts = KpiPeriod.objects.filter(kpi_id__in=kpis).values_list("kpi_id", "starts_at")
    marks = [(kpi, to_us(start)) for kpi, start in starts]
    if marks:
        append_marks(np.array([k for k, _ in marks]), np.array([s for _, s in marks]))


def _packed(values: pa.ListScalar) -> bytes:
    return np.asarray(values.values, "<i8").tobytes()
