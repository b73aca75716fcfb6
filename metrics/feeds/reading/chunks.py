"""Chunk files: one Arrow record batch of mapped rows, and the rows set aside beside it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..mapping.batch import RowFault
from .events import Chunk
from .stream import Progress


def write_chunk(
    batch: Any,
    faults: Sequence[RowFault],
    *,
    number: int,
    out_dir: str,
    filtered: int,
    ambiguous: int,
    progress: Progress,
) -> Chunk:
    """Write one chunk and its quarantine; the event that announces them."""
    path = Path(out_dir) / f"chunk-{number:06}.arrow"
    aside = path.with_suffix(".quarantine.ndjson")
    records = "".join(json.dumps(fault.record(), ensure_ascii=False) + "\n" for fault in faults)
    aside.write_text(records, encoding="utf-8")
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
    return Chunk(
        number=number,
        path=str(path),
        quarantine=str(aside),
        read=batch.num_rows + len(faults),
        filtered=filtered,
        quarantined=len(faults),
        ambiguous=ambiguous,
        bytes_done=progress.done,
        bytes_total=progress.total,
    )
