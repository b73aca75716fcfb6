"""The demonstration's people as they act: with what they may see and do on a day of the story."""

from dataclasses import dataclass
from datetime import datetime

from contracts.models import User
from contracts.selectors.scope import Scope, visible_to
from metrics.models import BreachCase, KpiPeriod
from metrics.selectors.breaches import OPEN_STATES


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody of the demonstration, with what they may see and do at that time."""

    user: User
    scope: Scope


def cast(username: str, at: datetime) -> Actor:
    """One of the demonstration's people by user name; logins have to be there."""
    user = User.objects.get(username=username)
    return Actor(user, visible_to(user, at.date()))


def figure_of(kpi: str, label: str) -> KpiPeriod:
    """The figure of a KPI and a period."""
    return KpiPeriod.objects.select_related("kpi").get(kpi__code=kpi, label=label)


def case_of(kpi: str, label: str) -> BreachCase:
    """The breach case of a KPI and a period."""
    found = BreachCase.objects.select_related("period__kpi")
    return found.get(period__kpi__code=kpi, period__label=label)


def unsettled(vendor: str) -> list[BreachCase]:
    """Open cases of a vendor's contracts, the newest period first."""
    found = BreachCase.objects.filter(
        state__in=set(OPEN_STATES) - {BreachCase.State.PROVISIONAL},
        period__kpi__contract__vendor__code=vendor,
        period__phase__in=[KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED],
    )
    return list(found.select_related("period__kpi").order_by("-opened_at", "-id"))
