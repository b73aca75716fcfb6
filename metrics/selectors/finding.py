"""Finding KPIs by what they are, belong to and demand today."""

from collections.abc import Iterable
from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery

from contracts.selectors.scope import Scope
from metrics.models import Kpi, KpiDefinition, KpiPeriod, ServiceLevel
from metrics.selectors import scope as scoped
from metrics.selectors.results import of_contract, of_vendor


def kpis_found(
    *,
    scope: Scope,
    today: date,
    q: str = "",
    vendor: str = "",
    contract: str = "",
    family: str = "",
    measure: str = "",
    kind: str = "",
) -> QuerySet[Kpi]:
    """KPIs by code, archived ones too. ``q``: part of code, name or clause; ``measure`` and
    ``kind`` (the class of the service level) are those in force on ``today``."""
    found = scoped.kpis(scope).select_related("contract__vendor", "process__contract__vendor")
    if q:
        found = found.filter(Q(code__icontains=q) | Q(name__icontains=q) | Q(clause__icontains=q))
    if vendor:
        found = found.filter(of_vendor(vendor))
    if contract:
        found = found.filter(of_contract(contract))
    if family:
        found = found.filter(family=family)
    if measure:
        found = found.annotate(measure_now=_in_force(KpiDefinition, today, "measure"))
        found = found.filter(measure_now=measure)
    if kind:
        found = found.annotate(kind_now=_in_force(ServiceLevel, today, "kind")).filter(
            kind_now=kind
        )
    return found.order_by("code")


def with_newest(kpis: QuerySet[Kpi]) -> QuerySet[Kpi]:
    """``kpis`` with ``newest``: the number of the newest period that has ended with a figure."""
    ended = KpiPeriod.objects.filter(kpi=OuterRef("pk"), current__isnull=False)
    ended = ended.exclude(phase=KpiPeriod.Phase.RUNNING).order_by("-starts_at")
    return kpis.annotate(newest=Subquery(ended.values("pk")[:1]))


def periods_by_kpi(numbers: Iterable[int]) -> dict[int, KpiPeriod]:
    """These periods with their figures, by KPI id: one query."""
    found = KpiPeriod.objects.filter(pk__in=list(numbers)).select_related(
        "kpi__contract__vendor",
        "kpi__process__contract__vendor",
        "current__definition",
        "current__level",
    )
    return {head.kpi_id: head for head in found.order_by()}


def _in_force(model: type[KpiDefinition | ServiceLevel], today: date, field: str) -> Subquery:
    lines = model._default_manager.filter(kpi=OuterRef("pk"), valid_from__lte=today)
    return Subquery(lines.order_by("-valid_from").values(field)[:1])
