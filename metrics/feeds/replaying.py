"""Taking back what a delivery brought, so that it is as if it had never come.

What a delivery changed cannot be told from the rows in force alone: a later one may have said the
same, and was a duplicate. So its items are withdrawn, and the feed's other deliveries are read
again for these items, in their order. The undoing stands among the deliveries of its feed: a
figure from before it still finds the rows that it saw.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
from django.db import transaction

from kpotracker.toolkit.dbclock import clock
from kpotracker.toolkit.stamping import stamp
from metrics.engine import to_us
from metrics.feeds import reading, tables
from metrics.feeds.attestation import attestation_mark
from metrics.feeds.catalogue import (
    catalogue_for,
    mapping_of,
    spanning_kpis,
    unremembered_kpis,
)
from metrics.feeds.chunks import Chunk
from metrics.feeds.jobs import Reader, job_of, open_until
from metrics.feeds.loading import Loader
from metrics.feeds.mapping import MappingError
from metrics.feeds.marks import Marker
from metrics.feeds.reference import reference_mark
from metrics.feeds.storage import scratch_folder
from metrics.models import Feed, Ingestion, QuarantinedRow

_SLICE = 50_000  # items withdrawn in one transaction
Renew = Callable[[], None]


class UnreadableError(Exception):
    """A delivery cannot be read any more, so that nobody knows what the feed says without it."""

    def __init__(self, ingestion: Ingestion, why: str) -> None:
        self.said = {
            "rule": "undo",
            "message": f"delivery #{ingestion.pk} ({ingestion.filename}) cannot be read any more: "
            f"{why}",
            "hint": "mend the feed's mapping or its KPIs in the portfolio, then undo again",
        }
        super().__init__(self.said["message"])


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of another delivery that speak of the items that are withdrawn."""

    ingestion: Ingestion
    path: Path


def undo_carry_out(*, undo: Ingestion, read: Reader, renew: Renew) -> dict[str, Any] | None:
    """Bring the items of the undone delivery to what the other deliveries of the feed say.

    All reading comes first: where a delivery cannot be read, the answer is why, and nothing has
    changed. Doing it again after it was stopped half-way comes to the same.
    """
    undone = undo.undoes
    assert undone is not None  # the caller knows an undoing by it
    if undo.feed.kind == Feed.Kind.REFERENCE:
        return None  # frozen series stay on record and are named no more
    with scratch_folder(undo.pk, undo.fence) as folder:
        try:
            keys = _keys(undone, read, renew, folder)
            parts = list(_kept(undo, keys, read, renew, folder))
        except UnreadableError as error:
            if undone.status != Ingestion.Status.DONE:
                raise  # parts of it count, so it has to succeed
            return error.said
        _carry_out(undo, keys, parts, renew)
    return None


def undo_settle(*, undo: Ingestion) -> None:
    """Say of the undone delivery that nothing of it counts, in the transaction of the end."""
    undone = undo.undoes
    assert undone is not None
    deliveries = list(undone.deliveries.select_related("ingestion"))
    attestation_mark(deliveries=deliveries)
    Ingestion.objects.filter(pk=undone.pk).update(undone_at=clock())
    QuarantinedRow.objects.filter(mended_by=undone).update(mended_by=None)
    if undo.feed.kind == Feed.Kind.REFERENCE:
        reference_mark(feed=undo.feed)
    stamp(Ingestion, [undone.pk])


def _keys(ingestion: Ingestion, read: Reader, renew: Renew, folder: str) -> pa.Array:
    """The items that a delivery spoke of; of one that was given up, in the parts that are in."""
    last = None if ingestion.status == Ingestion.Status.DONE else ingestion.chunks.count()
    found: list[pa.Array] = []
    for chunk in _chunks(ingestion, read, renew, folder):
        if last is not None and len(found) == last:
            break
        found.append(chunk.items["key"])
    return pa.concat_arrays(found).unique() if found else pa.array([], pa.binary(16))


def _kept(
    undo: Ingestion, keys: pa.Array, read: Reader, renew: Renew, folder: str
) -> Iterator[_Part]:
    """What the other deliveries say of these items, kept on disk."""
    others = Ingestion.objects.filter(
        feed=undo.feed, pk__lt=undo.pk, status=Ingestion.Status.DONE, undone_at=None, undoes=None
    )
    others = others.exclude(undos=undo).select_related("mapping", "feed").order_by("pk")
    for ingestion in others:
        for number, chunk in enumerate(_chunks(ingestion, read, renew, folder)):
            rows = chunk.only(keys)
            if len(rows):
                path = Path(folder) / f"kept-{ingestion.pk}-{number:06}.arrow"
                rows.write(path)
                yield _Part(ingestion, path)


def _chunks(ingestion: Ingestion, read: Reader, renew: Renew, folder: str) -> Iterator[Chunk]:
    """The rows of a delivery as it said them; raises UnreadableError."""
    try:
        catalogue = catalogue_for(mapping_of(ingestion.mapping), feed=ingestion.feed, archived=True)
    except MappingError as error:
        raise UnreadableError(ingestion, str(error)) from error
    own = mkdtemp(dir=folder)
    with closing(read(job_of(ingestion, catalogue, own))) as events:  # type: ignore[type-var]
        for event in events:
            renew()
            if isinstance(event, reading.Rejected):
                raise UnreadableError(ingestion, event.message)
            if isinstance(event, reading.Chunk):
                yield Chunk.read(Path(event.path))
                Path(event.path).unlink()


def _carry_out(undo: Ingestion, keys: pa.Array, parts: Sequence[_Part], renew: Renew) -> None:
    marker = Marker()
    withdrawing = _loader(undo, undo.undoes or undo, marker)
    listed = keys.to_pylist()
    kpis = list(undo.feed.feed_kpis.values_list("kpi_id", flat=True))
    for first in range(0, len(listed) if kpis else 0, _SLICE):
        with transaction.atomic():
            renew()
            _withdraw(undo, withdrawing, listed[first : first + _SLICE], kpis)
    loader, of = withdrawing, 0
    for part in parts:
        if part.ingestion.pk != of:
            loader, of = _loader(undo, part.ingestion, marker), part.ingestion.pk
        with transaction.atomic():
            renew()
            loader.load(Chunk.read(part.path))


def _withdraw(undo: Ingestion, loader: Loader, keys: list[bytes], kpis: list[int]) -> None:
    held = tables.observations_of(keys, kpis)
    if loader.mode == "by_delivery" and not loader.varies:
        # what another delivery said counts already: only its own rows are in question
        held = {pair: known for pair, known in held.items() if known.revision == undo.undoes_id}
        keys = list({key for _, key in held})
    loader.withdraw(list(held))
    tables.items_forget(undo.feed_id, keys)


def _loader(undo: Ingestion, of: Ingestion, marker: Marker) -> Loader:
    """Loads rows of a delivery in its place, on behalf of the undoing."""
    mapping = mapping_of(of.mapping)
    spanning = spanning_kpis(undo.feed.feed_kpis.values_list("kpi_id", flat=True))
    return Loader(
        feed_id=undo.feed_id,
        load_id=undo.pk,
        place=of.pk,
        mode=mapping.revision_mode,
        varies=mapping.varies,
        spanning=spanning,
        open_until=to_us(open_until(undo, spanning)),
        unremembered=unremembered_kpis(mapping, feed=undo.feed),
        marker=marker,
    )
