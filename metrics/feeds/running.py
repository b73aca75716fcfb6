"""Running an ingestion: claim it, read it in a child, load it chunk by chunk, finish it.

The claim is a lease on the database's clock with a fence number: a worker that slept past its
lease finds another fence and stops before it writes anything.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min, Q

from kpotracker.toolkit.dbclock import clock
from kpotracker.toolkit.stamping import stamp
from metrics.engine import to_us
from metrics.feeds import reading
from metrics.feeds.attestation import attestation_mark
from metrics.feeds.catalogue import (
    catalogue_for,
    feed_link,
    mapping_of,
    spanning_kpis,
    unremembered_kpis,
)
from metrics.feeds.chunks import Chunk, Span
from metrics.feeds.jobs import Reader, job_of, open_until
from metrics.feeds.loading import Loader, Told
from metrics.feeds.mapping import Mapping, MappingError
from metrics.feeds.mending import mended_note
from metrics.feeds.quarantine import rejects_record, storable
from metrics.feeds.reading import Event, read_file
from metrics.feeds.reference import reference_load, reference_mark
from metrics.feeds.replaying import undo_carry_out, undo_settle
from metrics.feeds.storage import scratch_folder
from metrics.models import Ingestion, IngestionChunk

LEASE = timedelta(seconds=20)
ATTEMPTS = 3

Status = Ingestion.Status
Progress = Callable[[Event], None]


class LeaseLostError(Exception):
    """Another worker has taken the ingestion over; this one must not write any more."""


def ingestions_due(*, feed_id: int | None = None) -> list[int]:
    """Unfinished ingestions that nobody works on: the oldest of each feed (or of that one),
    oldest first.

    Deliveries of a feed are loaded in order of arrival, as a later one wins: one that is set
    aside holds up its feed, whose KPIs wait for it anyway, and no other.
    """
    unfinished = Ingestion.objects.filter(status__in=Ingestion.UNFINISHED)
    if feed_id is not None:
        unfinished = unfinished.filter(feed_id=feed_id)
    oldest: dict[int, int] = {}
    for pk, feed in unfinished.order_by("pk").values_list("pk", "feed_id"):
        oldest.setdefault(feed, pk)
    due = unfinished.filter(_free(), pk__in=oldest.values())
    return list(due.order_by("pk").values_list("pk", flat=True))


def _free() -> Q:
    """Ingestions that nobody holds a living lease on."""
    return Q(status=Status.RECEIVED) | Q(status=Status.RUNNING, lease_until__lte=clock())


def ingestion_run(
    *,
    ingestion_id: int,
    progress: Progress | None = None,
    read: Reader | None = None,
    told: Told | None = None,
) -> Ingestion | None:
    """Bring one ingestion to its end; None if it is not this worker's turn.

    ``read``: how its bytes are read, if not by a child; ``told`` hears the verdict on each row.

    A delivery that cannot be used ends as rejected, with nothing of it visible. A run that fails
    is taken up again where it stopped; after three without a part going in it is set aside,
    visibly.
    """
    ingestion = _claim(ingestion_id)
    if ingestion is None:
        return None
    if ingestion.attempts > ATTEMPTS:
        _end(ingestion, Status.PARKED, error=ingestion.error or _gave_up(ingestion))
        return ingestion
    try:
        if ingestion.undoes_id:
            _take_back(ingestion)
        else:
            _run(ingestion, progress, read or read_file, told)
    except LeaseLostError:
        return None
    except Exception as error:
        with suppress(Exception):
            _note_failure(ingestion, error)
        raise
    return ingestion


def _claim(pk: int) -> Ingestion | None:
    if pk not in ingestions_due():
        return None
    claimed = Ingestion.objects.filter(_free(), pk=pk).update(
        status=Status.RUNNING,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        lease_until=clock() + LEASE,
    )
    if not claimed:
        return None
    return Ingestion.objects.select_related("feed", "mapping", "undoes__mapping").get(pk=pk)


def _renew(ingestion: Ingestion, **fields: Any) -> None:
    mine = Ingestion.objects.filter(pk=ingestion.pk, fence=ingestion.fence, status=Status.RUNNING)
    if not mine.update(lease_until=clock() + LEASE, **fields):
        raise LeaseLostError(f"{ingestion} was taken over by another worker")


def _run(ingestion: Ingestion, progress: Progress | None, read: Reader, told: Told | None) -> None:
    try:
        mapping = mapping_of(ingestion.mapping)
        catalogue = catalogue_for(mapping, feed=ingestion.feed)
    except MappingError as error:
        _reject(ingestion, _mapping_failure(error))
        return
    feed_link(feed=ingestion.feed, kpi_ids=[entry["id"] for entry in catalogue.values()])
    run = _Run(ingestion, mapping, catalogue, progress, told)
    with (
        scratch_folder(ingestion.pk, ingestion.fence) as folder,
        closing(read(job_of(ingestion, catalogue, folder))) as events,  # type: ignore[type-var]
    ):
        run.consume(events)


def _take_back(undo: Ingestion) -> None:
    """Take back what another ingestion brought, and only then say that it was."""
    refused = undo_carry_out(undo=undo, read=read_file, renew=lambda: _renew(undo))
    if refused:
        _end(undo, Status.REJECTED, error=storable(refused))
        return
    with transaction.atomic():
        _end(undo, Status.DONE)
        undo_settle(undo=undo)


@dataclass
class _Run:
    ingestion: Ingestion
    mapping: Mapping
    catalogue: dict[str, dict[str, Any]]
    progress: Progress | None
    told: Told | None = None

    def consume(self, events: Iterable[Event]) -> None:
        """Follow the reader to its end; each chunk is one transaction."""
        loader = self._loader()
        done = set(self.ingestion.chunks.values_list("number", flat=True))
        for event in events:
            if self.progress:
                self.progress(event)
            if isinstance(event, reading.Rejected):
                _reject(self.ingestion, asdict(event))
                return
            if isinstance(event, reading.Done):
                self._finish(event.read)
                return
            if isinstance(event, reading.Chunk) and event.number not in done:
                self._load(loader, event)
            else:
                _renew(self.ingestion)
        raise RuntimeError(f"the reader of {self.ingestion} ended without a verdict")

    def _loader(self) -> Loader:
        spanning = spanning_kpis(entry["id"] for entry in self.catalogue.values())
        return Loader(
            feed_id=self.ingestion.feed_id,
            load_id=self.ingestion.pk,
            mode=self.mapping.revision_mode,
            varies=self.mapping.varies,
            spanning=spanning,
            open_until=to_us(open_until(self.ingestion, spanning)),
            unremembered=unremembered_kpis(self.mapping, feed=self.ingestion.feed),
            told=self.told,
        )

    @transaction.atomic
    def _load(self, loader: Loader, chunk: reading.Chunk) -> None:
        _renew(self.ingestion, attempts=0)
        counts: Counter[str] = Counter(
            read=chunk.read, quarantined=chunk.quarantined, ambiguous=chunk.ambiguous
        )
        loaded, span = self._load_rows(loader, Path(chunk.path))
        counts.update(loaded)
        rejects_record(ingestion=self.ingestion, path=Path(chunk.quarantine))
        IngestionChunk.objects.create(
            ingestion=self.ingestion,
            number=chunk.number,
            counts=dict(counts),
            first_at=span and span[0],
            last_at=span and span[1],
        )
        Path(chunk.path).unlink()
        _renew(self.ingestion)  # a lease from before a slow part would be over once it is in

    def _load_rows(self, loader: Loader, path: Path) -> tuple[Counter[str], Span | None]:
        """The verdicts on the rows, and the times between which they lie."""
        reference = self.mapping.reference
        if reference is None:
            rows = Chunk.read(path)
            return loader.load(rows), rows.span
        loaded = reference_load(ingestion=self.ingestion, path=path, decimals=reference.decimals)
        return Counter(accepted=loaded), None

    @transaction.atomic
    def _finish(self, read: int) -> None:
        totals: Counter[str] = Counter()
        for counts in self.ingestion.chunks.values_list("counts", flat=True):
            totals.update(counts)
        if totals["read"] != read:
            raise RuntimeError(f"{self.ingestion}: its parts hold {totals['read']} of {read} rows")
        span = self.ingestion.chunks.aggregate(first_at=Min("first_at"), last_at=Max("last_at"))
        Ingestion.objects.filter(pk=self.ingestion.pk).update(**span)
        mended_note(ingestion=self.ingestion, read=read_file)
        _end(self.ingestion, Status.DONE, counts=totals)
        if self.mapping.reference is not None:
            reference_mark(feed=self.ingestion.feed)
        attestation_mark(deliveries=list(self.ingestion.deliveries.select_related("ingestion")))


def _reject(ingestion: Ingestion, error: dict[str, Any]) -> None:
    """End as rejected, which leaves nothing visible; after a part is in, that is a failure."""
    if ingestion.chunks.exists():
        raise RuntimeError(f"{ingestion} failed half-way: {error['message']}")
    _end(ingestion, Status.REJECTED, error=storable(error))


@transaction.atomic
def _end(
    ingestion: Ingestion,
    status: Status,
    *,
    counts: Counter[str] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    _renew(ingestion)
    ingestion.status, ingestion.error = status, error
    for name in Ingestion.COUNTS:
        setattr(ingestion, name, counts[name] if counts else 0)
    Ingestion.objects.filter(pk=ingestion.pk).update(
        status=status,
        error=error,
        lease_until=None,
        finished_at=clock(),
        **{name: getattr(ingestion, name) for name in Ingestion.COUNTS},
    )
    stamp(Ingestion, [ingestion.pk])


def _note_failure(ingestion: Ingestion, error: Exception) -> None:
    """Keep the reason and give the lease up, so that the next try need not wait for it."""
    Ingestion.objects.filter(pk=ingestion.pk, fence=ingestion.fence).update(
        error=storable({"rule": "failure", "message": f"{type(error).__name__}: {error}"[:500]}),
        lease_until=clock(),
    )


def _gave_up(ingestion: Ingestion) -> dict[str, Any]:
    return {
        "rule": "attempts",
        "message": f"reading stopped {ATTEMPTS} times without an error message, "
        "most likely the worker was killed",
        "hint": "deliver the file again to resume it",
    }


def _mapping_failure(error: MappingError) -> dict[str, Any]:
    return {
        "rule": "mapping",
        "message": str(error),
        "hint": "mend the feed's mapping or its KPIs in the portfolio, then deliver the file again",
    }
