"""One query set per model of metrics, cut to what a reader may see; every read starts here.

A KPI belongs to the vendor of its contract, or else of its process's contract. A breach case
that is still provisional is kept from vendors until it opens (semantics: buyer-internal).
"""

from django.db.models import Q, QuerySet

from contracts.selectors.scope import Scope
from metrics.models import (
    BreachCase,
    CaseTransition,
    Delivery,
    Feed,
    Ingestion,
    Kpi,
    KpiPeriod,
    QuarantinedRow,
    ResultRevision,
    Scorecard,
)


def kpis(scope: Scope) -> QuerySet[Kpi]:
    return Kpi.objects.filter(_of_vendor(scope))


def periods(scope: Scope) -> QuerySet[KpiPeriod]:
    return KpiPeriod.objects.filter(_of_vendor(scope, "kpi__"))


def revisions(scope: Scope) -> QuerySet[ResultRevision]:
    return ResultRevision.objects.filter(_of_vendor(scope, "period__kpi__"))


def cases(scope: Scope) -> QuerySet[BreachCase]:
    found = BreachCase.objects.filter(_of_vendor(scope, "period__kpi__"))
    if scope.is_internal:
        return found
    return found.exclude(state=BreachCase.State.PROVISIONAL)


def transitions(scope: Scope) -> QuerySet[CaseTransition]:
    """The steps of cases; what happened while a case was provisional stays inside, too."""
    found = CaseTransition.objects.filter(_of_vendor(scope, "case__period__kpi__"))
    if scope.is_internal:
        return found
    return found.exclude(to_state=BreachCase.State.PROVISIONAL)


def feeds(scope: Scope) -> QuerySet[Feed]:
    """Feeds without a vendor carry several vendors' rows and stay inside."""
    return Feed.objects.filter(scope.over("vendor"))


def ingestions(scope: Scope) -> QuerySet[Ingestion]:
    return Ingestion.objects.filter(scope.over("feed__vendor"))


def deliveries(scope: Scope) -> QuerySet[Delivery]:
    return Delivery.objects.filter(scope.over("ingestion__feed__vendor"))


def rejects(scope: Scope) -> QuerySet[QuarantinedRow]:
    return QuarantinedRow.objects.filter(scope.over("ingestion__feed__vendor"))


def scorecards(scope: Scope) -> QuerySet[Scorecard]:
    return Scorecard.objects.filter(scope.over("vendor") | _published_contract(scope))


def _of_vendor(scope: Scope, prefix: str = "") -> Q:
    if scope.is_internal:
        return Q()
    by_process = Q(**{f"{prefix}contract__isnull": True})
    by_process &= scope.over(f"{prefix}process__contract__vendor")
    return scope.over(f"{prefix}contract__vendor") | by_process


def _published_contract(scope: Scope) -> Q:
    return Q() if scope.is_internal else scope.over("contract__vendor")
