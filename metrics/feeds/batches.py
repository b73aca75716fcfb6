"""Rows pushed to a feed in one request: a delivery like any other, read and loaded at once.

A batch is stored as NDJSON, one row a line as it was sent, and takes the way of a file: the same
reader, mapping, verdicts, quarantine and undoing. A small one is loaded in the transaction that
records it; a larger one, or one behind a delivery that is not in yet, by a worker.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from django.db import transaction

from kpotracker.toolkit import doorbell
from kpotracker.toolkit.stamping import stamp
from metrics.engine import to_us
from metrics.feeds import reading
from metrics.feeds.catalogue import catalogue_for, mapping_of, unremembered_kpis
from metrics.feeds.chunks import Chunk
from metrics.feeds.intake import (
    FeedError,
    attempts_of,
    delivery_announce,
    delivery_record,
    is_repeated,
    mapping_in_force,
    refuse_ahead,
)
from metrics.feeds.loading import COUNTED, Loader
from metrics.feeds.mapping import Mapping as FeedRules
from metrics.feeds.mapping import MappingError
from metrics.feeds.quarantine import storable
from metrics.feeds.reading import Event, Job, Rejected
from metrics.feeds.reading.refusal import Refused
from metrics.feeds.reading.run import run
from metrics.feeds.running import ingestion_run
from metrics.feeds.storage import scratch_root, store
from metrics.feeds.verdicts import Verdict
from metrics.models import Delivery, Feed, FeedMapping, Ingestion

AT_ONCE_ROWS: Final = 1_000
AT_ONCE_BYTES: Final = 1_000_000
MOST_ROWS: Final = 20_000
MOST_BYTES: Final = 16_000_000

REJECTED: Final = "rejected"
VERDICTS: Final = (*COUNTED.values(), REJECTED)
_DONE = Ingestion.Status.DONE
_T = TypeVar("_T")


@dataclass(frozen=True)
class Batch:
    """Rows as JSON texts on one line each; row n is line n + 1 of the delivery."""

    rows: Sequence[str]
    name: str

    @cached_property
    def body(self) -> bytes:
        return "".join(f"{row}\n" for row in self.rows).encode()

    @property
    def is_loaded_at_once(self) -> bool:
        return len(self.rows) <= AT_ONCE_ROWS and len(self.body) <= AT_ONCE_BYTES


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one row. ``rule``, ``column``, ``message`` and ``hint`` of a rejected one."""

    index: int
    verdict: str
    rule: str = ""
    column: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. ``items`` is None while a worker has still to load it;
    ``rejection`` says why none of the rows can be used; a dry run has no ``delivery``."""

    delivery: Delivery | None
    items: Sequence[Item] | None = None
    rejection: Mapping[str, Any] | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Rows by verdict, all of them named."""
        found = dict.fromkeys(VERDICTS, 0)
        for item in self.items or ():
            found[item.verdict] += 1
        return found


def batch_receive(
    *,
    feed: Feed,
    batch: Batch,
    received_at: datetime,
    delivered_by: str,
    complete_through: date | None,
    answer: Callable[[Outcome], _T],
) -> _T:
    """Take in a batch and load it if it is small; what ``answer`` makes of the outcome.

    ``answer`` is called last in the transaction that made it so: what it writes is there exactly
    if the batch is. The same rows again are one ingestion, as with files.
    Raises FeedError for a feed that takes no rows, AttestationError and TooLargeError.
    """
    refuse_ahead(complete_through, received_at)
    mapping = _mapping(feed)
    stored = store(io.BytesIO(batch.body))
    with transaction.atomic():
        delivery = delivery_record(
            feed=feed,
            mapping=mapping,
            stored=stored,
            filename=batch.name,
            received_at=received_at,
            delivered_by=delivered_by,
            complete_through=complete_through,
            layout=layout_of(mapping),
        )
        return answer(_outcome(delivery, batch))


def batch_foresee(
    *, feed: Feed, batch: Batch, as_of: datetime, complete_through: date | None = None
) -> Outcome:
    """What ``batch_receive`` would come to now; nothing is kept. Raises FeedError and
    AttestationError."""
    refuse_ahead(complete_through, as_of)
    mapping = _mapping(feed)
    return _foreseen(feed, mapping, batch, as_of, _same(feed, mapping, batch))


def layout_of(mapping: FeedMapping) -> dict[str, Any]:
    """How a batch is laid out: as NDJSON whose texts are written like those of the feed's files."""
    form = mapping.body.get("format") or {}
    return {"type": "ndjson", "compression": "none", "decimal": form.get("decimal", ".")}


def read_here(job: Job) -> Iterator[Event]:
    """The events of reading a small file in this process: those of the reader's child."""
    try:
        yield from run(job)
    except Refused as refused:
        yield refused.event
    except MappingError as error:
        yield Rejected("mapping", str(error), "mend the mapping of the feed")
    except RecursionError:
        yield Rejected("limits", "a row is nested too deeply", "send it flatter")


def _mapping(feed: Feed) -> FeedMapping:
    if feed.kind != Feed.Kind.DATA:
        raise FeedError(f"feed '{feed}' takes {feed.get_kind_display().lower()}, not single rows")
    return mapping_in_force(feed)


def _outcome(delivery: Delivery, batch: Batch) -> Outcome:
    """Load what is to be loaded at once, in the caller's transaction."""
    ingestion = delivery.ingestion
    if delivery.repeated and ingestion.status == _DONE and batch.is_loaded_at_once:
        stamp(Ingestion, [ingestion.pk])
        doorbell.ring("metrics.tasks.drain")  # it may attest completeness
        found = _foreseen(
            ingestion.feed, ingestion.mapping, batch, ingestion.received_at, ingestion.pk
        )
        return Outcome(delivery, found.items, found.rejection)
    if delivery.repeated or not batch.is_loaded_at_once:
        delivery_announce(delivery=delivery)
        return Outcome(delivery)
    return _loaded(delivery, batch)


def _loaded(delivery: Delivery, batch: Batch) -> Outcome:
    heard = _Heard()
    done = ingestion_run(ingestion_id=delivery.ingestion_id, read=read_here, told=heard)
    if done is None:  # an earlier delivery of the feed is not in yet
        delivery_announce(delivery=delivery)
        return Outcome(delivery)
    delivery.ingestion = done
    doorbell.ring("metrics.tasks.drain")
    if done.status != _DONE:
        return Outcome(delivery, _all_rejected(batch, done.error or {}), done.error)
    rejects = done.rejects.values("line", "rule", "column", "message", "hint")
    return Outcome(delivery, heard.items(rejects))


@dataclass
class _Heard:
    """Collects the verdicts on the rows that were loaded."""

    verdicts: dict[int, str] = field(default_factory=dict)

    def __call__(self, chunk: Chunk, verdicts: Sequence[Verdict]) -> None:
        lines = chunk.items["line"].to_pylist()
        words = (COUNTED[verdict] for verdict in verdicts)
        self.verdicts.update(zip(lines, words, strict=True))

    def items(self, rejects: Sequence[Mapping[str, Any]] | Any) -> list[Item]:
        """Every row in the order it was sent."""
        made = [Item(line - 1, verdict) for line, verdict in self.verdicts.items()]
        made += [_rejected(reject["line"] - 1, reject) for reject in rejects]
        return sorted(made, key=lambda item: item.index)


def _rejected(index: int, said: Mapping[str, Any]) -> Item:
    texts = {name: said.get(name) or "" for name in ("rule", "column", "message", "hint")}
    return Item(index, REJECTED, **texts)


def _all_rejected(batch: Batch, said: Mapping[str, Any]) -> list[Item]:
    return [_rejected(index, said) for index in range(len(batch.rows))]


def _foreseen(
    feed: Feed, stored: FeedMapping, batch: Batch, as_of: datetime, place: int
) -> Outcome:
    """The verdicts of rows that stand in the place of the delivery with this number."""
    try:
        mapping = mapping_of(stored)
        catalogue = catalogue_for(mapping, feed=feed)
    except MappingError as error:
        return _refused(batch, Rejected("mapping", str(error), "mend the mapping of the feed"))
    loader = _loader(feed, mapping, place)
    heard = _Heard()
    rejects: list[dict[str, Any]] = []
    with TemporaryDirectory(dir=scratch_root()) as folder:
        for event in read_here(_job(stored, batch, catalogue, as_of, folder)):
            if isinstance(event, Rejected):
                return _refused(batch, event)
            if isinstance(event, reading.Chunk):
                chunk = Chunk.read(Path(event.path))
                heard(chunk, loader.verdicts(chunk))
                rejects += _set_aside(Path(event.quarantine))
    return Outcome(None, heard.items(rejects))


def _refused(batch: Batch, event: Rejected) -> Outcome:
    said = {"rule": event.rule, "message": event.message, "hint": event.hint}
    said = storable(said | {"value": event.value, "line": event.line})
    return Outcome(None, _all_rejected(batch, said), said)


def _job(
    stored: FeedMapping, batch: Batch, catalogue: dict[str, Any], as_of: datetime, folder: str
) -> Job:
    path = Path(folder) / "batch.ndjson"
    path.write_bytes(batch.body)
    return Job(
        path=str(path),
        mapping=stored.body,
        kpis=catalogue,
        received_at_us=to_us(as_of),
        out_dir=folder,
        format=layout_of(stored),
    )


def _loader(feed: Feed, mapping: FeedRules, place: int) -> Loader:
    return Loader(
        feed_id=feed.pk,
        load_id=place,
        mode=mapping.revision_mode,
        varies=mapping.varies,
        unremembered=unremembered_kpis(mapping, feed=feed),
    )


def _set_aside(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [storable(json.loads(line)) for line in lines]


def _same(feed: Feed, mapping: FeedMapping, batch: Batch) -> int:
    """The delivery that these rows are already, or else the next there will be."""
    digest = hashlib.sha256(batch.body).hexdigest()
    last = attempts_of(feed, mapping, digest).first()
    if last is not None and is_repeated(last):
        return last.pk
    newest = Ingestion.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (newest or 0) + 1
