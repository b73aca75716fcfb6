"""What people read of alerts: their own notices, and who was told of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from contracts.selectors.scope import Scope
from metrics.alerts.rendering import path_of, title_of
from metrics.models import AlertChannel, AlertEvent, BreachCase, Notice, NoticeDelivery
from metrics.selectors import scope as scoped

UNREAD = "unread_notices"  # read with every person who comes with a request
PAGES = "pages"  # a filter value: what was told on the pages
_JOINED = ("event__case__period__kpi", "event__kpi", "event__contract", "event__vendor")


@dataclass(frozen=True, slots=True)
class Told:
    """A notice, or a line of the delivery log, in the words of the pages."""

    record: Notice | NoticeDelivery
    title: str
    text: str
    path: str


def notices_list(scope: Scope, *, unread_only: bool = False, kind: str = "") -> QuerySet[Notice]:
    """The reader's own notices, newest first: one query when read."""
    found = scoped.notices(scope).select_related(*_JOINED).order_by("-at", "-id")
    if unread_only:
        found = found.filter(read_at=None)
    return found.filter(event__kind=kind) if kind else found


def unread_of_reader(_today: date) -> Coalesce:
    """How many notices a person has not seen, as an expression on people."""
    unread = Notice.objects.filter(recipient=OuterRef("pk"), read_at=None).order_by()
    counted = unread.values("recipient").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), Value(0), output_field=IntegerField())


def unread_count(scope: Scope) -> int:
    """How many notices the reader has not seen: read with the person who came with a request."""
    known: int | None = getattr(scope.reader, UNREAD, None)
    return scoped.notices(scope).filter(read_at=None).count() if known is None else known


def deliveries_log(
    scope: Scope, *, state: str = "", kind: str = "", vendor: str = "", channel: str = ""
) -> QuerySet[NoticeDelivery]:
    """Whom we told of what, newest first, as far as ``scope`` shows it: one query when read.

    ``channel``: the number of one, or ``pages``.
    """
    found = scoped.notice_deliveries(scope).select_related(
        *_JOINED, "recipient", "channel", "message"
    )
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(event__kind=kind)
    if vendor:
        found = found.filter(event__vendor__code=vendor)
    if channel:
        found = found.filter(channel=None if channel == PAGES else int(channel))
    return found.order_by("-id")


def notices_of(case: BreachCase, scope: Scope) -> QuerySet[NoticeDelivery]:
    """Who was told of ``case``, by which channel, when, or why not; newest first."""
    return deliveries_log(scope).filter(event__case=case)


def told(records: Sequence[Notice | NoticeDelivery]) -> list[Told]:
    """``records`` with their words, without a query more."""
    return [
        Told(each, title_of(each.event), _text(each.event), path_of(each.event)) for each in records
    ]


def channels_offered(scope: Scope) -> QuerySet[AlertChannel]:
    """Channels that the reader may subscribe to: their own, mail to each subscriber's address, and
    for who looks after them also those that serve everybody."""
    to_each = Q(to_each=True) if scope.is_internal else Q(pk__in=())
    own = Q(pk__in=scoped.alert_channels(scope).values("pk"))
    return AlertChannel.objects.filter(own | to_each, is_active=True)


def notices_mark_read(scope: Scope, *, as_of: datetime, notice: int | None = None) -> int:
    """Mark one of the reader's notices as read, or all; returns how many that changed."""
    unread = scoped.notices(scope).filter(read_at=None)
    if notice is not None:
        unread = unread.filter(pk=notice)
    return unread.update(read_at=as_of)


def _text(event: AlertEvent) -> str:
    return str(event.facts.get("text", ""))
