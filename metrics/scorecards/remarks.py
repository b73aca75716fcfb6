"""What people say about figures: the newest version of each side's commentary."""

from collections.abc import Collection

from django.db.models import QuerySet

from metrics.models import Commentary
from metrics.scorecards.cards import Remark


def remarks_on(
    period_ids: Collection[int], commentary: QuerySet[Commentary] | None
) -> dict[int, tuple[Remark, ...]]:
    """The remarks in force on each of these periods, out of what the reader may see.

    One query; none where nobody asked for commentary or nothing could have been said.
    """
    if commentary is None or not period_ids:
        return {}
    found = commentary.filter(period__in=set(period_ids)).select_related("author")
    newest: dict[int, dict[tuple[str, bool], Remark]] = {}
    for each in found.order_by("side", "is_internal", "version"):
        newest.setdefault(each.period_id, {})[each.side, each.is_internal] = remark_of(each)
    return {period: tuple(told.values()) for period, told in newest.items()}


def remark_of(commentary: Commentary) -> Remark:
    return Remark(
        side=commentary.side,
        is_internal=commentary.is_internal,
        version=commentary.version,
        text=commentary.text,
        author=str(commentary.author),
        written_at=commentary.written_at,
    )
