"""Breach cases, newest first."""

from django.db.models import Prefetch, QuerySet

from contracts.selectors.scope import Scope
from metrics.models import BreachCase
from metrics.selectors import scope as scoped
from metrics.selectors.results import ends_in, of_contract, of_vendor
from metrics.selectors.spans import Span

OPEN_STATES = (
    BreachCase.State.PROVISIONAL,
    BreachCase.State.OPEN,
    BreachCase.State.ACKNOWLEDGED,
    BreachCase.State.DISPUTED,
    BreachCase.State.CONFIRMED,
)
UNSETTLED = "unsettled"  # a filter value: every state that still needs work
_JOINED = (
    "period__kpi__contract__vendor",
    "period__kpi__process__contract__vendor",
    "period__current__definition",
    "period__current__level",
)


def breaches_list(
    *,
    scope: Scope,
    vendor: str | None = None,
    contract: str | None = None,
    kpi: str | None = None,
    family: str | None = None,
    state: str | None = None,
    severity: str | None = None,
    span: Span | None = None,
) -> QuerySet[BreachCase]:
    """Cases with their figure, newest first: one query when read.

    ``state`` is a state of BreachCase, or ``unsettled`` for all that still need work.
    """
    found = scoped.cases(scope).select_related(*_JOINED)
    if vendor:
        found = found.filter(of_vendor(vendor, "period__kpi__"))
    if contract:
        found = found.filter(of_contract(contract, "period__kpi__"))
    if kpi:
        found = found.filter(period__kpi__code=kpi)
    if family:
        found = found.filter(period__kpi__family=family)
    if severity:
        found = found.filter(severity=severity)
    if span:
        found = found.filter(ends_in(span, "period__"))
    if state:
        found = found.filter(state__in=OPEN_STATES if state == UNSETTLED else [state])
    return found.order_by("-period__last_day", "period__kpi__code")


def with_steps(cases: QuerySet[BreachCase], *, scope: Scope) -> QuerySet[BreachCase]:
    """``cases`` with their transitions in order, as far as ``scope`` shows them: one query more."""
    steps = scoped.transitions(scope).select_related("revision").order_by("id")
    return cases.prefetch_related(Prefetch("transitions", queryset=steps))
