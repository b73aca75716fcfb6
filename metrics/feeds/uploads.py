"""Looking at a file before it is delivered: kept apart, read once, then delivered or dropped."""

from datetime import date, datetime, timedelta
from typing import BinaryIO

from django.db import transaction
from django.db.models import Q

from contracts.models import User
from metrics.feeds.intake import (
    FeedError,
    attempts_of,
    delivery_receive,
    is_repeated,
    mapping_in_force,
    plain,
    refuse_ahead,
)
from metrics.feeds.jobs import Reader
from metrics.feeds.mending import layout_of
from metrics.feeds.previewing import preview_of
from metrics.feeds.reading import read_file
from metrics.feeds.storage import absolute, discard, store_apart
from metrics.models import Delivery, Feed, Ingestion, Upload

_KEPT = timedelta(days=7)


def upload_receive(
    *,
    feed: Feed,
    stream: BinaryIO,
    filename: str,
    uploaded_by: User,
    as_of: datetime,
    complete_through: date | None = None,
    mends: Ingestion | None = None,
    read: Reader = read_file,
) -> Upload:
    """Keep a file and read it for its preview; nobody else sees it, and nothing of it counts.

    What the same person looked at before for this feed goes, and what nobody delivered in a week.
    Raises FeedError, AttestationError or TooLargeError as a delivery would.
    """
    refuse_ahead(complete_through, as_of)
    if feed.kind == Feed.Kind.MANUAL:
        raise FeedError(f"feed '{feed}' takes typed-in figures, not files")
    mapping = mapping_in_force(feed)
    kept = store_apart(stream)
    upload = Upload(
        feed=feed,
        mends=mends,
        filename=plain(filename),
        path=kept.path,
        sha256=kept.sha256,
        size=kept.size,
        layout=layout_of(mends, filename) if mends else None,
        complete_through=complete_through,
        uploaded_by=uploaded_by,
    )
    upload.preview = preview_of(upload=upload, stored=mapping, as_of=as_of, read=read)
    stale = Upload.objects.filter(delivery=None)
    for left in stale.filter(
        Q(feed=feed, uploaded_by=uploaded_by) | Q(uploaded_at__lt=as_of - _KEPT)
    ):
        upload_discard(upload=left)
    upload.save()
    return upload


def upload_confirm(*, upload: Upload, received_at: datetime) -> Delivery:
    """Deliver what was looked at; a second time it is the same delivery.

    Raises FeedError, also for what was dropped meanwhile.
    """
    with transaction.atomic():
        held = Upload.objects.select_for_update(of=("self",)).filter(pk=upload.pk).first()
        if held is None:
            raise FeedError(f"'{upload.filename}' was dropped meanwhile: choose the file again")
        if held.delivery:
            return held.delivery
        with absolute(held.path).open("rb") as stream:
            held.delivery = delivery_receive(
                feed=held.feed,
                stream=stream,
                filename=held.filename,
                received_at=received_at,
                delivered_by=str(held.uploaded_by),
                complete_through=held.complete_through,
                mends=held.mends,
                layout=held.layout,
            )
        held.save()
    discard(held.path)
    return held.delivery


def upload_discard(*, upload: Upload) -> None:
    """Drop what was looked at and not delivered."""
    deleted, _ = Upload.objects.filter(pk=upload.pk, delivery=None).delete()
    if deleted:
        discard(upload.path)


def same_bytes(upload: Upload) -> Ingestion | None:
    """The ingestion that these bytes are already, under the mapping in force."""
    mapping = upload.feed.mappings.order_by("-version").first()
    if mapping is None:
        return None
    last = attempts_of(upload.feed, mapping, upload.sha256).first()
    return last if last and is_repeated(last) else None
