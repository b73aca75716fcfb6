"""What arrived, what became of its rows, and which of them did not fit."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Q, QuerySet

from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from metrics.models import Delivery, DirtyPeriod, Ingestion, ResultRevision
from metrics.selectors import scope as scoped

UNDONE = "undone"  # beside the states of an ingestion
_MOST = 2_000  # figures that are looked at for one delivery


@dataclass(frozen=True, slots=True)
class SameError:
    """``rows`` rows that failed one rule in one column; ``first_line`` is the earliest of them, and
    ``mended`` of them are in by now."""

    column: str
    rule: str
    message: str
    hint: str
    rows: int
    first_line: int
    example: str
    mended: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What a delivery did to figures: ``changed`` figures of ``kpis`` KPIs, the first of them
    ``shown``. ``pending``: some are still being computed."""

    changed: int
    kpis: int
    shown: list[ResultRevision]
    pending: bool


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """The parts of a delivery that are in."""

    parts: int
    rows: int


def deliveries_list(
    *,
    scope: Scope,
    feed: str | None = None,
    vendor: str | None = None,
    status: str | None = None,
    text: str = "",
    received: tuple[date, date] | None = None,
) -> QuerySet[Delivery]:
    """Deliveries with their ingestion and feed, newest first: one query when read.

    ``text``: part of the file's name or of the sender's; ``received``: first and last day.
    """
    found = scoped.deliveries(scope).select_related("ingestion__feed__vendor", "ingestion__mapping")
    if feed:
        found = found.filter(ingestion__feed__code=feed)
    if vendor:
        found = found.filter(ingestion__feed__vendor__code=vendor)
    if status:
        found = found.filter(standing(status))
    if text:
        found = found.filter(Q(filename__icontains=text) | Q(delivered_by__icontains=text))
    if received:
        found = found.filter(received_at__date__range=received)
    return found.order_by("-id")


def standing(status: str) -> Q:
    """Deliveries in a state of Ingestion, or ``undone``."""
    if status == UNDONE:
        return Q(ingestion__undone_at__isnull=False)
    return Q(ingestion__status=status, ingestion__undone_at=None)


def stand_of(ingestion: Ingestion) -> str:
    """How it stands: its state, or ``undone``; what ``standing`` finds it by."""
    return UNDONE if ingestion.undone_at is not None else ingestion.status


def delivery_by_number(number: int, *, scope: Scope) -> Delivery:
    """Raises UnknownCodeError for one that does not exist, or lies outside ``scope``."""
    found = (
        deliveries_list(scope=scope).select_related("ingestion__mends").filter(pk=number).first()
    )
    if found is None:
        raise UnknownCodeError(f"delivery {number} is unknown")
    return found


def undoing_of(ingestion: Ingestion, *, scope: Scope) -> Ingestion | None:
    """The last time somebody asked for it to be undone."""
    asked = scoped.ingestions(scope).filter(undoes=ingestion).select_related("asked_by")
    return asked.order_by("-pk").first()


def mended_in(ingestion: Ingestion, *, scope: Scope) -> list[tuple[int, int, datetime]]:
    """(delivery, rows, when) of the deliveries that brought its rejected rows mended."""
    rows = Counter(
        scoped.rejects(scope)
        .filter(ingestion=ingestion, mended_by__isnull=False)
        .values_list("mended_by", flat=True)
    )
    brought = scoped.deliveries(scope).filter(ingestion__in=list(rows), repeated=False)
    told = brought.order_by("pk").values_list("ingestion_id", "pk", "received_at")
    return [(pk, rows[load], at) for load, pk, at in told]


def read_so_far(ingestion: Ingestion) -> ReadSoFar:
    """How far the reading of an ingestion that the reader may see has come."""
    counts = list(ingestion.chunks.values_list("counts", flat=True))
    return ReadSoFar(len(counts), sum(each.get("read", 0) for each in counts))


def effect_of(ingestion: Ingestion, *, scope: Scope, shown: int = 10) -> Effect:
    """The figures that were computed anew because of a delivery that is in.

    Three queries, however many there are.
    """
    if ingestion.finished_at is None or ingestion.status != Ingestion.Status.DONE:
        return Effect(0, 0, [], pending=False)
    kpis = list(
        scoped.feed_kpis(scope).filter(feed=ingestion.feed_id).values_list("kpi", flat=True)
    )
    made = scoped.revisions(scope).filter(
        period__kpi__in=kpis, updated_at__gte=ingestion.finished_at
    )
    after = Ingestion.objects.filter(feed=ingestion.feed_id, pk__gt=ingestion.pk)
    following = after.filter(status=Ingestion.Status.DONE).order_by("pk").first()
    if following and following.finished_at:
        made = made.filter(updated_at__lte=following.finished_at)
    made = made.exclude(number=1, rows=0, attested=False)  # time alone makes these
    seen = str(ingestion.feed_id)
    made = made.select_related("period__kpi", "level", "definition").order_by("pk")
    found = [each for each in made[:_MOST] if each.watermark.get(seen) == ingestion.pk]
    changed = {each.period_id: each for each in found}
    return Effect(
        changed=len(changed),
        kpis=len({each.period.kpi_id for each in found}),
        shown=list(changed.values())[:shown],
        pending=following is None and DirtyPeriod.objects.filter(kpi_id__in=kpis).exists(),
    )


def same_errors(delivery: Delivery, *, scope: Scope) -> list[SameError]:
    """The quarantined rows of a delivery grouped by rule and column, the largest group first.

    Two queries: the groups, and one row of each to show.
    """
    rejects = scoped.rejects(scope).filter(ingestion=delivery.ingestion_id)
    groups = rejects.values("column", "rule").annotate(
        rows=Count("id"), first=Min("line"), mended=Count("mended_by")
    )
    found = {group["first"]: group for group in groups}
    shown = rejects.filter(line__in=list(found)).values_list("line", "message", "hint", "value")
    errors = [
        SameError(
            column=found[line]["column"],
            rule=found[line]["rule"],
            message=message,
            hint=hint,
            rows=found[line]["rows"],
            first_line=line,
            example=value,
            mended=found[line]["mended"],
        )
        for line, message, hint, value in shown
    ]
    return sorted(errors, key=lambda error: (-error.rows, error.first_line))
