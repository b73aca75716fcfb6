"""Everything scorecards are made of, read in a fixed number of queries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery

from contracts.models import Charge, Contract
from metrics.models import (
    Commentary,
    Delivery,
    FeedKpi,
    Ingestion,
    Kpi,
    KpiPeriod,
    ServiceLevel,
)
from metrics.models.timelines import in_force
from metrics.scorecards.cards import Remark
from metrics.scorecards.heads import TREND_PERIODS, Head, load_heads
from metrics.scorecards.remarks import remarks_on
from metrics.scorecards.scoring import ChargeLine
from metrics.selectors.spans import Span, beside, month_of

# A stretch at least this long holds the end of a period of that kind.
_HOLDS_ONE = {"day": 1, "week": 7, "month": 28, "quarter": 90}
_YEAR = 365


@dataclass(frozen=True, slots=True)
class Material:
    """KPIs with their dated lines, their heads around ``span``, and their contracts' charges.

    ``fresh_at`` goes by KPI, ``said`` by period: what people wrote about its figure.
    """

    span: Span
    kpis: Sequence[Kpi]
    heads: Mapping[int, Sequence[Head]]
    charges: Sequence[ChargeLine]
    fresh_at: Mapping[int, datetime]
    said: Mapping[int, tuple[Remark, ...]]

    def inside(self, kpi: Kpi, span: Span) -> list[Head]:
        """The heads of ``kpi`` whose period ends in ``span``, oldest first."""
        return [head for head in self.heads.get(kpi.pk, ()) if span.holds(head.last_day)]


def load_material(
    kpis: QuerySet[Kpi],
    span: Span,
    *,
    commentary: QuerySet[Commentary] | None = None,
    since: date | None = None,
) -> Material:
    """Five queries for any number of KPIs, one more for the ``commentary`` of their figures.

    They read the KPIs and when their data last arrived, definitions, levels, heads and charges.
    ``since``: the first day that is asked for, where it lies before the last twelve spans.
    """
    joined = kpis.select_related("contract__vendor", "process__contract__vendor")
    ordered = joined.prefetch_related("definitions", "levels").order_by("name", "code")
    found = list(ordered.annotate(fresh_at=_last_arrival()))
    trend_begins = beside(span, 1 - TREND_PERIODS).first_day
    since = min(trend_begins, since) if since else trend_begins
    heads = load_heads([kpi.pk for kpi in found], since=since, until=span.last_day)
    by_kpi = {pk: list(group) for pk, group in groupby(heads, key=lambda head: head.kpi_id)}
    return Material(
        span=span,
        kpis=found,
        heads=by_kpi,
        charges=_charges(found, since, span.last_day),
        fresh_at={kpi.pk: kpi.fresh_at for kpi in found if kpi.fresh_at},
        said=remarks_on([h.period_id for h in heads if span.holds(h.last_day)], commentary),
    )


def freshness(kpi_ids: Iterable[int]) -> dict[int, datetime]:
    """When a delivery that is in last reached each KPI, by KPI id; none for those without one."""
    arrived = Max(
        "feed__ingestions__deliveries__received_at",
        filter=Q(feed__ingestions__status=Ingestion.Status.DONE, feed__ingestions__undone_at=None),
    )
    reached = FeedKpi.objects.filter(kpi__in=list(kpi_ids)).values("kpi_id")
    newest = reached.annotate(arrived=arrived).order_by()
    return {pk: at for pk, at in newest.values_list("kpi_id", "arrived") if at}


def _last_arrival() -> Subquery:
    """When a delivery that is in last reached the KPI of the outer query."""
    link = "ingestion__feed__feed_kpis__kpi"
    reached = Delivery.objects.filter(
        **{link: OuterRef("pk")},
        ingestion__status=Ingestion.Status.DONE,
        ingestion__undone_at=None,
    )
    return Subquery(
        reached.order_by().values(link).annotate(arrived=Max("received_at")).values("arrived")
    )


def by_vendor(kpis: Iterable[Kpi]) -> dict[int, list[Kpi]]:
    """``kpis`` by the vendor of the contract that governs them; those in house by none."""
    owned: dict[int, list[Kpi]] = {}
    for kpi in kpis:
        if owner := kpi.governing_contract:
            owned.setdefault(owner.vendor_id, []).append(kpi)
    return owned


def of_vendors(vendor_ids: Collection[int]) -> Q:
    """KPIs of these vendors, by contract or else by process."""
    by_process = Q(contract__isnull=True, process__contract__vendor__in=vendor_ids)
    return Q(contract__vendor__in=vendor_ids) | by_process


def contracts_of(kpis: Iterable[Kpi]) -> dict[int, Contract]:
    """The contracts of ``kpis`` by id, in the order of their references."""
    found = {owner.pk: owner for kpi in kpis if (owner := kpi.governing_contract)}
    return dict(sorted(found.items(), key=lambda pair: pair[1].reference))


@dataclass(frozen=True, slots=True)
class Reach:
    """The first and last day with a result, and the month that a page shows by itself: of the
    newest measured period that has ended, or else of the newest there is."""

    first: date | None
    last: date | None
    newest: Span | None


def reach_of(kpis: QuerySet[Kpi]) -> Reach:
    """How far the results of ``kpis`` reach: one query."""
    found = KpiPeriod.objects.filter(kpi__in=kpis)
    measured = Q(current__value_float__isnull=False)
    ends = found.aggregate(
        ended=Max("last_day", filter=measured & ~Q(phase=KpiPeriod.Phase.RUNNING)),
        measured=Max("last_day", filter=measured),
        first=Min("last_day"),
        last=Max("last_day"),
    )
    day = ends["ended"] or ends["measured"] or ends["last"]
    return Reach(ends["first"], ends["last"], month_of(day) if day else None)


def newest_month(kpis: QuerySet[Kpi]) -> Span | None:
    """The month of the newest measured period that has ended, or else of the newest there is."""
    return reach_of(kpis).newest


def is_due(kpi: Kpi, span: Span) -> bool:
    """Whether a period of ``kpi`` must end in ``span``, so that none at all is missing."""
    definition = in_force(kpi.definitions.all(), span.first_day)
    if definition is None or kpi.archived_at or kpi.first_day > span.first_day:
        return False
    if kpi.last_day and kpi.last_day < span.last_day:
        return False
    return span.days >= _HOLDS_ONE.get(definition.period, _YEAR)


def missing_weight(kpi: Kpi, span: Span) -> Fraction | None:
    """What a KPI without a figure in ``span`` would have weighed; None where none was due."""
    level = in_force(kpi.levels.all(), span.first_day)
    if level is None or not is_due(kpi, span):
        return None
    if level.kind == ServiceLevel.Kind.REPORTING or not level.is_enforced(span.first_day):
        return None
    return Fraction(level.weight)


def _charges(kpis: Iterable[Kpi], since: date, until: date) -> list[ChargeLine]:
    """What contracts weigh by; a single one weighs everything, whatever it costs."""
    contracts = list(contracts_of(kpis))
    if len(contracts) < 2:
        return []
    overlapping = Charge.objects.filter(
        contract__in=contracts, first_day__lte=until, last_day__gte=since
    )
    currency = F("contract__currency")
    fields = ("contract_id", "currency", "first_day", "last_day", "amount_minor")
    rows = overlapping.annotate(currency=currency).values_list(*fields)
    return [ChargeLine(*row) for row in rows]
