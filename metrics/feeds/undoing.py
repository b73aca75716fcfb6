"""Asking for a delivery to be taken back, and deciding about one that was set aside."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from contracts.models import User
from contracts.services.acting import actor
from contracts.services.auditing import audit
from kpotracker.toolkit import doorbell
from kpotracker.toolkit.stamping import stamp
from metrics.feeds.intake import feed_take_turn, is_taken_back
from metrics.models import Ingestion

Status = Ingestion.Status
_NEEDS_REASON = "Say why: whoever looks at the figures later needs to know."


@transaction.atomic
def undo_request(
    *, ingestion: Ingestion, reason: str, asked_by: User | None, as_of: datetime
) -> Ingestion:
    """Have a loaded delivery taken back; the work is done like that of a delivery.

    Its rows give way to what the other deliveries of the feed say, its statement of completeness
    ends, and figures follow as after any correction: a final one is only flagged. Its counts and
    the rows set aside stay on record, and the same bytes may be delivered again.
    Raises ValidationError without a reason, and for a delivery that is not in or is undone.
    """
    feed_take_turn(ingestion.feed)
    found = Ingestion.objects.select_related("feed", "mapping").get(pk=ingestion.pk)
    _refuse(found, reason)
    return _asked(found, reason, asked_by, as_of)


@transaction.atomic
def ingestion_give_up(
    *, ingestion: Ingestion, reason: str, asked_by: User | None, as_of: datetime
) -> Ingestion:
    """Let a delivery that was set aside be for good: it is rejected, and parts of it that went in
    are taken back. Raises ValidationError without a reason, for one that is not set aside, and for
    an undoing: half of it may be done, so that it can only be tried again."""
    feed_take_turn(ingestion.feed)
    found = _set_aside(ingestion)
    if found.undoes_id:
        raise ValidationError("An undoing is not given up half-way: try it again.")
    if not reason.strip():
        raise ValidationError({"reason": _NEEDS_REASON})
    was = (found.error or {}).get("message", "")
    found.status, found.error = (
        Status.REJECTED,
        {
            "rule": "given_up",
            "message": f"given up by {actor().name}: {reason.strip()}",
            "hint": f"it had stopped with: {was}" if was else "",
        },
    )
    found.finished_at = as_of
    found.save(update_fields=["status", "error", "finished_at"])
    if found.chunks.exists():
        _asked(found, reason, asked_by, as_of)
    else:
        audit(action="gave up", instance=found, reason=reason.strip())
    stamp(Ingestion, [found.pk])
    _ring_for_next(found)
    return found


@transaction.atomic
def ingestion_retry(*, ingestion: Ingestion) -> Ingestion:
    """Try a delivery, or an undoing, that was set aside again, from where it stopped. Raises
    ValidationError for one that is not set aside."""
    feed_take_turn(ingestion.feed)
    found = _set_aside(ingestion)
    found.status, found.attempts = Status.RECEIVED, 0
    found.save(update_fields=["status", "attempts"])
    audit(action="had tried again", instance=found)
    stamp(Ingestion, [found.pk])
    doorbell.ring("metrics.tasks.ingest", found.pk)
    return found


def _set_aside(ingestion: Ingestion) -> Ingestion:
    found = Ingestion.objects.select_related("feed").get(pk=ingestion.pk)
    if found.status != Status.PARKED:
        raise ValidationError(
            f"This delivery is {found.get_status_display().lower()}, not set aside: there "
            "is nothing to decide."
        )
    return found


def _refuse(ingestion: Ingestion, reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"reason": _NEEDS_REASON})
    if ingestion.undoes_id:
        raise ValidationError("An undoing cannot be undone: deliver the file again.")
    if ingestion.status != Status.DONE:
        raise ValidationError(
            f"This delivery is {ingestion.get_status_display().lower()}: only what was "
            "loaded can be undone."
        )
    if is_taken_back(ingestion):
        raise ValidationError("This delivery is undone, or about to be.")


def _asked(ingestion: Ingestion, reason: str, asked_by: User | None, as_of: datetime) -> Ingestion:
    undo = Ingestion.objects.create(
        feed=ingestion.feed,
        mapping=ingestion.mapping,
        sha256=ingestion.sha256,
        size=0,
        path="",
        filename=ingestion.filename,
        received_at=as_of,
        undoes=ingestion,
        asked_by=asked_by,
        reason=reason.strip()[:400],
    )
    audit(action="undid", instance=ingestion, reason=reason.strip())
    stamp(Ingestion, [undo.pk])
    doorbell.ring("metrics.tasks.ingest", undo.pk)
    return undo


def _ring_for_next(ingestion: Ingestion) -> None:
    waiting = Ingestion.objects.filter(feed=ingestion.feed, status=Status.RECEIVED).order_by("pk")
    for pk in waiting.values_list("pk", flat=True)[:1]:
        doorbell.ring("metrics.tasks.ingest", pk)
