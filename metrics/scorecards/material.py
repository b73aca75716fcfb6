"""Everything scorecards are made of, read in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from itertools import groupby

from django.db.models import F, Max, Q, QuerySet

from contracts.models import Charge, Contract
from metrics.models import FeedKpi, Ingestion, Kpi, KpiPeriod, ServiceLevel
from metrics.models.timelines import in_force
from metrics.scorecards.heads import TREND_PERIODS, Head, load_heads
from metrics.scorecards.scoring import ChargeLine
from metrics.selectors.spans import Span, beside, month_of

# A stretch at least this long holds the end of a period of that kind.
_HOLDS_ONE = {"day": 1, "week": 7, "month": 28, "quarter": 90}
_YEAR = 365


@dataclass(frozen=True, slots=True)
class Material:
    """KPIs with their dated lines, their heads around ``span``, and their contracts' charges."""

    span: Span
    kpis: Sequence[Kpi]
    heads: Mapping[int, Sequence[Head]]
    charges: Sequence[ChargeLine]
    fresh_at: Mapping[int, datetime]

    def inside(self, kpi: Kpi, span: Span) -> list[Head]:
        """The heads of ``kpi`` whose period ends in ``span``, oldest first."""
        return [head for head in self.heads.get(kpi.pk, ()) if span.holds(head.last_day)]

    def of_vendor(self, vendor_id: int) -> list[Kpi]:
        owners = ((kpi, kpi.governing_contract) for kpi in self.kpis)
        return [kpi for kpi, owner in owners if owner and owner.vendor_id == vendor_id]


def load_material(kpis: QuerySet[Kpi], span: Span) -> Material:
    """Six queries for any number of KPIs.

    They read the KPIs, their definitions, levels, heads and charges, and when data last arrived.
    """
    joined = kpis.select_related("contract__vendor", "process__contract__vendor")
    found = list(joined.prefetch_related("definitions", "levels").order_by("name", "code"))
    since = beside(span, 1 - TREND_PERIODS).first_day
    heads = load_heads([kpi.pk for kpi in found], since=since, until=span.last_day)
    by_kpi = {pk: list(group) for pk, group in groupby(heads, key=lambda head: head.kpi_id)}
    return Material(
        span=span,
        kpis=found,
        heads=by_kpi,
        charges=_charges(found, since, span.last_day),
        fresh_at=freshness([kpi.pk for kpi in found]),
    )


def freshness(kpi_ids: Iterable[int]) -> dict[int, datetime]:
    """When a delivery that is in last reached each KPI, by KPI id; none for those without one."""
    arrived = Max(
        "feed__ingestions__deliveries__received_at",
        filter=Q(feed__ingestions__status=Ingestion.Status.DONE),
    )
    reached = FeedKpi.objects.filter(kpi__in=list(kpi_ids)).values("kpi_id")
    newest = reached.annotate(arrived=arrived).order_by()
    return {pk: at for pk, at in newest.values_list("kpi_id", "arrived") if at}


def contracts_of(kpis: Iterable[Kpi]) -> dict[int, Contract]:
    """The contracts of ``kpis`` by id, in the order of their references."""
    found = {owner.pk: owner for kpi in kpis if (owner := kpi.governing_contract)}
    return dict(sorted(found.items(), key=lambda pair: pair[1].reference))


def newest_month(kpis: QuerySet[Kpi]) -> Span | None:
    """The month of the newest measured period that has ended, or else of the newest there is."""
    found = KpiPeriod.objects.filter(kpi__in=kpis)
    measured = Q(current__value_float__isnull=False)
    newest = found.aggregate(
        ended=Max("last_day", filter=measured & ~Q(phase=KpiPeriod.Phase.RUNNING)),
        measured=Max("last_day", filter=measured),
        any=Max("last_day"),
    )
    day = newest["ended"] or newest["measured"] or newest["any"]
    return month_of(day) if day else None


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
    overlapping = Charge.objects.filter(
        contract__in=list(contracts_of(kpis)), first_day__lte=until, last_day__gte=since
    )
    currency = F("contract__currency")
    fields = ("contract_id", "currency", "first_day", "last_day", "amount_minor")
    rows = overlapping.annotate(currency=currency).values_list(*fields)
    return [ChargeLine(*row) for row in rows]
