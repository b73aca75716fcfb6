"""What is due by the same way becomes one message: notices are grouped, not sent one by one."""

import uuid
from collections import defaultdict
from datetime import datetime

from django.db import transaction

from metrics.models import AlertMessage, NoticeDelivery

BATCH = 500
TOGETHER = 100  # notices in one message


@transaction.atomic
def deliveries_bundle(*, now: datetime, limit: int = BATCH) -> int:
    """Put a batch of due lines of the log into messages; returns how many lines that were."""
    due = NoticeDelivery.objects.filter(
        state=NoticeDelivery.State.WAITING, message=None, due_at__lte=now
    )
    due = due.order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
    lines = list(due[:limit])
    ways: dict[tuple[int | None, int | None], list[NoticeDelivery]] = defaultdict(list)
    for line in lines:
        ways[line.recipient_id, line.channel_id].append(line)
    for together in ways.values():
        for first in range(0, len(together), TOGETHER):
            _bundle(together[first : first + TOGETHER], now)
    NoticeDelivery.objects.bulk_update(lines, ["message"])
    return len(lines)


def _bundle(lines: list[NoticeDelivery], now: datetime) -> None:
    message = AlertMessage.objects.create(
        key=f"msg_{uuid.uuid4().hex}",
        recipient_id=lines[0].recipient_id,
        channel_id=lines[0].channel_id,
        next_try_at=now,
    )
    for line in lines:
        line.message = message
