"""Batches made of plain rows, and mapped rows read back as plain values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from metrics.feeds.mapping import catalogue_of, compile_mapping, parse_mapping
from metrics.feeds.mapping.batch import Batch
from metrics.feeds.mapping.rows import Mapped, Mapper

RECEIVED = 1_790_000_000_000_000
"""21 September 2026, in UTC microseconds."""


def batch_of(columns: dict[str, Sequence[str | None]]) -> Batch:
    """A batch of these columns; lines count from 2, as below a header."""
    size = len(next(iter(columns.values())))
    places = np.arange(size)
    arrays = {name: pa.array(list(texts), pa.string()) for name, texts in columns.items()}
    return Batch(places, places + 2, arrays)


def mapped(
    mapping: dict[str, Any],
    kpis: dict[str, dict[str, Any]],
    columns: dict[str, Sequence[str | None]],
) -> Mapped:
    compiled = compile_mapping(parse_mapping(mapping), catalogue_of(kpis))
    return Mapper(compiled, received_at_us=RECEIVED, skew_s=300).map(batch_of(columns))


def rules(result: Mapped) -> dict[int, str]:
    """line -> the rule it was set aside for."""
    return {fault.line: fault.rule for fault in result.faults}


def column(result: Mapped, name: str) -> list[Any]:
    found: list[Any] = result.chunk.column(name).to_pylist()
    return found
