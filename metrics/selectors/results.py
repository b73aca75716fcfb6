"""Results as people and programs read them: the revision in force of each KPI's period."""

from django.db.models import Q, QuerySet

from contracts.selectors.scope import Scope
from metrics.models import KpiPeriod
from metrics.selectors import scope as scoped
from metrics.selectors.spans import Span

_JOINED = (
    "kpi__contract__vendor",
    "kpi__process__contract__vendor",
    "current__definition",
    "current__level__amendment",
)


def results_list(
    *,
    scope: Scope,
    vendor: str | None = None,
    contract: str | None = None,
    kpi: str | None = None,
    family: str | None = None,
    span: Span | None = None,
    status: str | None = None,
    phase: str | None = None,
    breaches_only: bool = False,
) -> QuerySet[KpiPeriod]:
    """Periods with their current revision, newest first within a KPI: one query when read.

    ``vendor``, ``contract`` and ``kpi`` are codes; ``span`` keeps periods whose last day lies
    in it, or whose label is its own (an anchored month is named by its first day).
    """
    found = scoped.periods(scope).select_related(*_JOINED)
    if vendor:
        found = found.filter(of_vendor(vendor, "kpi__"))
    if contract:
        found = found.filter(of_contract(contract, "kpi__"))
    if span:
        found = found.filter(ends_in(span))
    found = found.filter(**_given(kpi__code=kpi, kpi__family=family, status=status, phase=phase))
    if breaches_only:
        found = found.filter(is_breach=True)
    return found.order_by("kpi__code", "-starts_at")


def of_vendor(code: str, prefix: str = "") -> Q:
    """KPIs that belong to the vendor ``code``, by contract or else by process."""
    by_process = Q(**{f"{prefix}contract__isnull": True})
    by_process &= Q(**{f"{prefix}process__contract__vendor__code": code})
    return Q(**{f"{prefix}contract__vendor__code": code}) | by_process


def of_contract(reference: str, prefix: str = "") -> Q:
    """KPIs that belong to the contract ``reference``, by name or else by process."""
    by_process = Q(**{f"{prefix}contract__isnull": True})
    by_process &= Q(**{f"{prefix}process__contract__reference": reference})
    return Q(**{f"{prefix}contract__reference": reference}) | by_process


def ends_in(span: Span, prefix: str = "") -> Q:
    """Periods whose last day lies in ``span``, or that carry its label."""
    inside = Q(**{f"{prefix}last_day__range": (span.first_day, span.last_day)})
    return inside | Q(**{f"{prefix}label": span.label})


def _given(**conditions: str | None) -> dict[str, str]:
    return {field: value for field, value in conditions.items() if value}
