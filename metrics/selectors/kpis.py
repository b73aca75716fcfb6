"""KPIs with what they belong to, and the look-up by code."""

from django.db.models import QuerySet

from contracts.selectors.lookups import UnknownCodeError, one_by
from contracts.selectors.scope import Scope
from metrics.models import Kpi, KpiPeriod
from metrics.selectors import scope as scoped
from metrics.selectors.results import of_contract, of_vendor


def kpis_list(
    *, scope: Scope, vendor: str | None = None, contract: str | None = None
) -> QuerySet[Kpi]:
    """KPIs in use, by code: one query when read."""
    found = scoped.kpis(scope).filter(archived_at__isnull=True)
    found = found.select_related("contract__vendor", "process__contract__vendor")
    if vendor:
        found = found.filter(of_vendor(vendor))
    if contract:
        found = found.filter(of_contract(contract))
    return found.order_by("code")


def kpi_by_code(code: str, *, scope: Scope) -> Kpi:
    """Raises UnknownCodeError, also for KPIs outside ``scope``."""
    joined = scoped.kpis(scope).select_related("contract__vendor", "process__contract__vendor")
    return one_by(joined, field="code", code=code, noun="KPI")


def period_by_label(code: str, label: str, *, scope: Scope) -> KpiPeriod:
    """The period ``label`` of the KPI ``code``. Raises UnknownCodeError for either."""
    kpi = kpi_by_code(code, scope=scope)
    period = KpiPeriod.objects.filter(kpi=kpi, label=label).first()
    if period:
        return period
    labels = list(kpi.periods.order_by("starts_at").values_list("label", flat=True))
    known = f"it has {labels[0]} to {labels[-1]}" if labels else "nothing was measured yet"
    raise UnknownCodeError(f"KPI '{code}' has no figure for '{label}': {known}")
