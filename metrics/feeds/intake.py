"""Taking in a delivery: the bytes and the record of them, before anyone is told "accepted"."""

from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import BinaryIO

from django.db import transaction

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
) -> Delivery:
    """Store the bytes and commit the delivery; the reading is done afterwards, by a worker or
    by `manage.py work`.

    The same bytes under the same mapping are one ingestion however often they arrive; the
    delivery then says ``repeated``. Bytes that were rejected before are tried again.
    Raises FeedError for a feed that has no mapping or is archived, AttestationError for a
    ``complete_through`` that lies ahead, TooLargeError for a body over the cap.
    """
    _refuse_ahead(complete_through, received_at)
    mapping = _mapping_in_force(feed)
    stored = store(stream)
    with transaction.atomic():
        _take_turn(feed)
        ingestion, repeated = _ingestion_for(feed, mapping, stored, _plain(filename), received_at)
        delivery = Delivery.objects.create(
            ingestion=ingestion,
            filename=_plain(filename),
            received_at=received_at,
            delivered_by=delivered_by,
            repeated=repeated,
            complete_through=complete_through,
        )
        if repeated and ingestion.status == Ingestion.Status.DONE:
            attestation_mark(deliveries=[delivery])
        stamp(Ingestion, [ingestion.pk])
        doorbell.ring("metrics.tasks.ingest", ingestion.pk)
    return delivery


def _refuse_ahead(through: date | None, received_at: datetime) -> None:
    today = (received_at + _EARLIEST_DAWN).date()
    if through is not None and through > today:
        raise AttestationError(
            f"complete through {through} lies ahead of the delivery: state a day up to {today}"
        )


def _take_turn(feed: Feed) -> None:
    """One delivery of a feed at a time: what is committed later has the higher id, or a figure
    would say that it saw a delivery that was not read yet."""
    Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)


def _mapping_in_force(feed: Feed) -> FeedMapping:
    if feed.archived_at:
        raise FeedError(f"feed '{feed}' is archived: deliver to the feed that took its place")
    mapping = feed.mappings.order_by("-version").first()
    if mapping is None:
        raise FeedError(f"feed '{feed}' has no mapping: declare one in its portfolio file")
    return mapping


def _ingestion_for(
    feed: Feed, mapping: FeedMapping, stored: StoredFile, filename: str, received_at: datetime
) -> tuple[Ingestion, bool]:
    same = Ingestion.objects.select_for_update().filter(
        feed=feed, mapping=mapping, sha256=stored.sha256
    )
    last = same.order_by("-attempt_of").first()
    if last and last.status == Ingestion.Status.PARKED:
        last.status, last.attempts = Ingestion.Status.RECEIVED, 0
        last.save(update_fields=["status", "attempts"])
    if last and last.status != Ingestion.Status.REJECTED:
        return last, True
    ingestion, created = Ingestion.objects.get_or_create(
        feed=feed,
        mapping=mapping,
        sha256=stored.sha256,
        attempt_of=last.attempt_of + 1 if last else 0,
        defaults={
            "size": stored.size,
            "path": stored.path,
            "filename": filename,
            "received_at": received_at,
        },
    )
    return ingestion, not created


def _plain(filename: str) -> str:
    """The sender's name for the file, for people only: it never becomes a path."""
    name = PurePosixPath(filename.replace("\\", "/")).name.replace("\x00", "")
    visible = "".join(sign if sign.isprintable() else "�" for sign in name)  # no terminal obeys it
    return visible[-200:] or "unnamed"
