"""Taking up again what was delivered and is not in: from where it stopped, or from its start."""

from datetime import datetime

from django.core.exceptions import ValidationError

from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from metrics.feeds.intake import FeedError, delivery_receive
from metrics.feeds.storage import absolute
from metrics.feeds.undoing import ingestion_retry
from metrics.models import Delivery, Ingestion
from metrics.selectors.deliveries import undoing_of


def delivery_again(*, delivery: Delivery, scope: Scope, as_of: datetime, by: str) -> Delivery:
    """Try again what was set aside, or its undoing where that was and ``scope`` may undo.

    A rejected file is delivered once more from the bytes that are kept, under the mapping of
    today: that is another delivery, by ``by``. Raises ValidationError for one that is in, or on
    its way, and where the bytes are gone or the feed takes nothing any more.
    """
    ingestion = delivery.ingestion
    if ingestion.status == Ingestion.Status.REJECTED:
        return _delivered_again(delivery, as_of, by)
    undoing = undoing_of(ingestion, scope=scope) if scope.may(Duty.FEEDS) else None
    ingestion_retry(ingestion=undoing or ingestion)
    return delivery


def _delivered_again(delivery: Delivery, as_of: datetime, by: str) -> Delivery:
    was = delivery.ingestion
    try:
        with absolute(was.path).open("rb") as stream:
            return delivery_receive(
                feed=was.feed,
                stream=stream,
                filename=delivery.filename,
                received_at=as_of,
                delivered_by=by,
                complete_through=delivery.complete_through,
                mends=was.mends,
                layout=was.layout,
            )
    except OSError:
        raise ValidationError("Its file is not kept any more: deliver it again.") from None
    except FeedError as error:
        raise ValidationError(str(error)) from None
