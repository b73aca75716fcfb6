"""What a reader is told of an ingestion, and how far its rows reach."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Max

from metrics.engine import to_us
from metrics.feeds import reading
from metrics.feeds.reading import Event, Job
from metrics.feeds.storage import absolute
from metrics.models import Ingestion, Kpi

Reader = Callable[[Job], Iterator[Event]]


def job_of(
    ingestion: Ingestion, catalogue: dict[str, dict[str, Any]], folder: str, **task: Any
) -> Job:
    """Reading the ingestion's bytes into ``folder``; ``task``: what else than mapping its rows."""
    return Job(
        path=str(absolute(ingestion.path)),
        mapping=ingestion.mapping.body,
        kpis=catalogue,
        received_at_us=to_us(ingestion.received_at),
        out_dir=folder,
        format=ingestion.layout,
        guarded=ingestion.mends_id is not None,
        chunk_rows=_chunk_rows(ingestion),
        **task,
    )


def _chunk_rows(ingestion: Ingestion) -> int:
    """What is resumed is cut as it was, whatever size a newer release reads in."""
    first = ingestion.chunks.filter(number=0).values_list("counts", flat=True).first()
    return int(first["read"]) if first and first["read"] else reading.CHUNK_ROWS


def open_until(ingestion: Ingestion, kpi_ids: Collection[int]) -> datetime:
    """How far a row without an end reaches: to its report, or as far as there are figures when
    history is loaded later."""
    received = ingestion.received_at
    visited = Kpi.objects.filter(pk__in=kpi_ids).aggregate(last=Max("visited_until"))["last"]
    return max(received, visited or received)
