"""Frozen reference data: training series, kept by the bytes they came from."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from metrics.models import Ingestion, ReferenceSeries, ReferenceSet


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


def _packed(values: pa.ListScalar) -> bytes:
    return np.asarray(values.values, "<i8").tobytes()
