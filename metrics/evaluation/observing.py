"""The rows in force, in pages: read along the index of each KPI, however many rows there are.

Their order is KPI, time, key. Rows have no stamp of their own: they changed when the delivery, or
the undoing, that brought them was last stamped.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, F, Max, Min, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from contracts.selectors.scope import Scope
from metrics.engine import from_us, to_us
from metrics.evaluation.explain import values_of
from metrics.models import Delivery, Feed, Ingestion, Kpi, KpiDefinition, Observation
from metrics.selectors import scope as scoped

_DAY = timedelta(days=1)
_ROWS = (
    "kpi_id",
    "key",
    "at",
    "ends_at",
    "a",
    "b",
    "value",
    "series",
    "revision",
    "ref",
    "load_id",
)
_MAY_HAVE_ROWS = (
    Q(status__in=[Ingestion.Status.RUNNING, Ingestion.Status.PARKED])
    | Q(accepted__gt=0)
    | Q(corrected__gt=0)
    | Q(undoes__isnull=False)
)


@dataclass(frozen=True, slots=True)
class Place:
    """The row last seen: pages go on behind it."""

    kpi: int
    at: int
    key: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to read. ``kpis``: a condition on KPIs; ``loads``: one on the ingestions that
    brought them, None for any; days in UTC, both included."""

    kpis: Q = field(default_factory=Q)
    loads: Q | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class ObservedRow:
    """One row in force. ``feed`` and ``delivery`` are None where the reader may not see them, and
    ``delivery`` also where an undoing brought the row back."""

    kpi: Kpi
    key: bytes
    ref: str
    at: datetime
    ends_at: datetime | None
    series: str | None
    values: Mapping[str, str]
    revision: int
    feed: str | None
    delivery: int | None
    updated_at: datetime

    @property
    def place(self) -> Place:
        return Place(self.kpi.pk, to_us(self.at), self.key)


def observations_page(
    *, scope: Scope, wanted: Wanted, limit: int, after: Place | None = None
) -> list[ObservedRow]:
    """At most ``limit`` rows behind ``after``: those of the KPIs that the reader sees."""
    found: list[tuple[Kpi, Observation]] = []
    inside = _inside(wanted)
    for kpi in _kpis(scope, wanted, after):
        rows = Observation.objects.filter(inside, _beyond(kpi, after), kpi_id=kpi.pk)
        rows = rows.only(*_ROWS).order_by("at", "key")[: limit - len(found)]
        found += [(kpi, row) for row in rows]
        if len(found) >= limit:
            break
    return list(_told(found, scope))


def _kpis(scope: Scope, wanted: Wanted, after: Place | None) -> Iterator[Kpi]:
    """The KPIs with rows, from the one where the last page ended."""
    rows = Observation.objects.filter(kpi_id=OuterRef("pk"))
    kpis = scoped.kpis(scope).filter(wanted.kpis, Exists(rows))
    if wanted.loads is not None:
        feeds = _loads(wanted).values("feed")
        kpis = kpis.filter(pk__in=Kpi.objects.filter(feed_kpis__feed__in=feeds).values("pk"))
    if after is not None:
        kpis = kpis.filter(pk__gte=after.kpi)
    newest_first = KpiDefinition.objects.order_by("-valid_from")
    joined = kpis.select_related("contract__vendor", "process__contract__vendor")
    joined = joined.prefetch_related(Prefetch("definitions", queryset=newest_first))
    return iter(joined.distinct().order_by("pk"))


def _inside(wanted: Wanted) -> Q:
    """The condition on the rows of any KPI; the time comes first, as the index has it."""
    inside = Q()
    if wanted.first_day:
        inside &= Q(at__gte=_midnight(wanted.first_day))
    if wanted.last_day and wanted.last_day < date.max:
        inside &= Q(at__lt=_midnight(wanted.last_day + _DAY))
    if wanted.loads is not None:
        inside &= _between(_loads(wanted)) & Q(load_id__in=_loads(wanted).values("pk"))
    return inside


def _loads(wanted: Wanted) -> QuerySet[Ingestion]:
    return Ingestion.objects.filter(wanted.loads or Q())


def _between(loads: QuerySet[Ingestion]) -> Q:
    """The time in which the rows of these ingestions lie: a part of the index, not all of it.

    No bounds where one that may have brought rows does not say when they were: it is under way.
    """
    first, last = Coalesce("first_at", "undoes__first_at"), Coalesce("last_at", "undoes__last_at")
    brought = loads.filter(_MAY_HAVE_ROWS)
    if brought.annotate(first=first).filter(first=None).exists():
        return Q()
    span = brought.aggregate(first=Min(first), last=Max(last))
    return Q(at__range=(span["first"] or 0, span["last"] or 0))


def _beyond(kpi: Kpi, after: Place | None) -> Q:
    if after is None or kpi.pk != after.kpi:
        return Q()
    # the first condition alone is what an index can follow
    return Q(at__gte=after.at) & (Q(at__gt=after.at) | Q(key__gt=after.key))


def _told(found: Sequence[tuple[Kpi, Observation]], scope: Scope) -> Iterator[ObservedRow]:
    loads = Ingestion.objects.in_bulk({row.load_id for _, row in found})
    feeds = _seen_feeds(scope, {load.feed_id for load in loads.values()})
    deliveries = _seen_deliveries(scope, loads)
    for kpi, row in found:
        load = loads[row.load_id]
        yield _row(kpi, row, load, feeds.get(load.feed_id), deliveries.get(load.pk))


def _row(
    kpi: Kpi, row: Observation, load: Ingestion, feed: str | None, delivery: int | None
) -> ObservedRow:
    return ObservedRow(
        kpi=kpi,
        key=bytes(row.key),
        ref=row.ref,
        at=from_us(row.at),
        ends_at=None if row.ends_at is None else from_us(row.ends_at),
        series=row.series,
        values=_values(kpi, row),
        revision=row.revision,
        feed=feed,
        delivery=delivery,
        updated_at=load.updated_at,
    )


def _values(kpi: Kpi, row: Observation) -> dict[str, str]:
    """What the row says, in the roles of the definition of its day."""
    definitions, day = list(kpi.definitions.all()), from_us(row.at).date()
    if not definitions:
        return {}
    known = (each for each in definitions if each.valid_from <= day)
    return values_of(row, next(known, definitions[-1]), kpi.decimals)


def _seen_feeds(scope: Scope, feeds: set[int]) -> dict[int, str]:
    found: QuerySet[Feed, Any] = scoped.feeds(scope).filter(pk__in=feeds).values_list("pk", "code")
    return dict(found)


def _seen_deliveries(scope: Scope, loads: Mapping[int, Ingestion]) -> dict[int, int]:
    """{ingestion: number of its first delivery}."""
    first: QuerySet[Delivery, Any] = (
        scoped.deliveries(scope)
        .filter(ingestion__in=loads)
        .values("ingestion")
        .annotate(number=Min("pk"), load=F("ingestion"))
        .values_list("load", "number")
        .order_by()
    )
    return dict(first)


def _midnight(day: date) -> int:
    return to_us(datetime.combine(day, time.min, tzinfo=UTC))
