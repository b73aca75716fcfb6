"""Taking in a delivery: the bytes and the record of them, before anyone is told "accepted"."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import QuerySet

from kpotracker.toolkit import doorbell
from kpotracker.toolkit.stamping import stamp
from metrics.feeds.attestation import attestation_mark
from metrics.feeds.storage import StoredFile, store
from metrics.models import Delivery, Feed, FeedMapping, Ingestion

_EARLIEST_DAWN = timedelta(hours=14)  # no place on earth is further ahead of UTC


class FeedError(Exception):
    """The feed cannot take a delivery; the message says why and what to do."""


class AttestationError(FeedError):
    """Completeness was stated of days that have not come anywhere."""


def delivery_receive(
    *,
    feed: Feed,
    stream: BinaryIO,
    filename: str,
    received_at: datetime,
    delivered_by: str = "",
    complete_through: date | None = None,
    mends: Ingestion | None = None,
    layout: Mapping[str, Any] | None = None,
) -> Delivery:
    """Store the bytes and commit the delivery; the reading is done afterwards, by a worker or
    by `manage.py work`.

    The same bytes under the same mapping are one ingestion however often they arrive; the
    delivery then says ``repeated``. Bytes that were rejected or undone before are tried again.
    ``mends``: the ingestion whose rejected rows these are, mended, and ``layout`` how they are
    laid out where that is not as the mapping says.
    Raises FeedError for a feed that has no mapping or is archived, AttestationError for a
    ``complete_through`` that lies ahead, TooLargeError for a body over the cap.
    """
    refuse_ahead(complete_through, received_at)
    mapping = mapping_in_force(feed)
    stored = store(stream)
    with transaction.atomic():
        delivery = delivery_record(
            feed=feed,
            mapping=mapping,
            stored=stored,
            filename=filename,
            received_at=received_at,
            delivered_by=delivered_by,
            complete_through=complete_through,
            mends=mends,
            layout=layout,
        )
        delivery_announce(delivery=delivery)
    return delivery


def delivery_record(
    *,
    feed: Feed,
    mapping: FeedMapping,
    stored: StoredFile,
    filename: str,
    received_at: datetime,
    delivered_by: str = "",
    complete_through: date | None = None,
    mends: Ingestion | None = None,
    layout: Mapping[str, Any] | None = None,
) -> Delivery:
    """Record stored bytes as a delivery, in the caller's transaction; nobody is told of it yet."""
    feed_take_turn(feed)
    ingestion, repeated = _ingestion_for(
        feed,
        mapping,
        stored,
        {"filename": plain(filename), "received_at": received_at}
        | {"mends": mends, "layout": dict(layout) if layout else None},
    )
    delivery = Delivery.objects.create(
        ingestion=ingestion,
        filename=plain(filename),
        received_at=received_at,
        delivered_by=delivered_by,
        repeated=repeated,
        complete_through=complete_through,
    )
    if repeated and ingestion.status == Ingestion.Status.DONE:
        attestation_mark(deliveries=[delivery])
    return delivery


def delivery_announce(*, delivery: Delivery) -> None:
    """Stamp a recorded delivery and ring for a worker, last in the transaction that made it."""
    stamp(Ingestion, [delivery.ingestion_id])
    doorbell.ring("metrics.tasks.ingest", delivery.ingestion_id)


def refuse_ahead(through: date | None, received_at: datetime) -> None:
    """Raises AttestationError for a day that has not begun anywhere."""
    today = (received_at + _EARLIEST_DAWN).date()
    if through is not None and through > today:
        raise AttestationError(
            f"complete through {through} lies ahead of the delivery: state a day up to {today}"
        )


def feed_take_turn(feed: Feed) -> None:
    """One delivery of a feed at a time: what is committed later has the higher id, or a figure
    would say that it saw a delivery that was not read yet."""
    Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)


def mapping_in_force(feed: Feed) -> FeedMapping:
    """Raises FeedError for a feed that is archived or has no mapping."""
    if feed.archived_at:
        raise FeedError(f"feed '{feed}' is archived: deliver to the feed that took its place")
    mapping = feed.mappings.order_by("-version").first()
    if mapping is None:
        raise FeedError(f"feed '{feed}' has no mapping: declare one in its portfolio file")
    return mapping


def _ingestion_for(
    feed: Feed, mapping: FeedMapping, stored: StoredFile, told: Mapping[str, Any]
) -> tuple[Ingestion, bool]:
    last = attempts_of(feed, mapping, stored.sha256).select_for_update().first()
    if last and last.status == Ingestion.Status.PARKED:
        last.status, last.attempts = Ingestion.Status.RECEIVED, 0
        last.save(update_fields=["status", "attempts"])
    if last and is_repeated(last):
        return last, True
    ingestion, created = Ingestion.objects.get_or_create(
        feed=feed,
        mapping=mapping,
        sha256=stored.sha256,
        attempt_of=last.attempt_of + 1 if last else 0,
        defaults={
            "size": stored.size,
            "path": stored.path,
            **told,
        },
    )
    return ingestion, not created


def attempts_of(feed: Feed, mapping: FeedMapping, sha256: str) -> QuerySet[Ingestion]:
    """The ingestions of these bytes under this mapping, the last attempt first."""
    same = Ingestion.objects.filter(feed=feed, mapping=mapping, sha256=sha256, undoes=None)
    return same.order_by("-attempt_of")


def is_repeated(last: Ingestion) -> bool:
    """Whether the same bytes again are this last attempt, and not another one."""
    return last.status != Ingestion.Status.REJECTED and not is_taken_back(last)


def is_taken_back(ingestion: Ingestion) -> bool:
    """Whether it is undone, or about to be."""
    return ingestion.undos.exclude(status=Ingestion.Status.REJECTED).exists()


def plain(filename: str) -> str:
    """The sender's name for the file, for people only: it never becomes a path."""
    name = PurePosixPath(filename.replace("\\", "/")).name.replace("\x00", "")
    visible = "".join(sign if sign.isprintable() else "�" for sign in name)  # no terminal obeys it
    return visible[-200:] or "unnamed"
