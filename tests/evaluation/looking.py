"""What tests look at after a sweep: the head of a period, and its breach cases."""

from datetime import timedelta
from typing import Any

from metrics.models import BreachCase, CaseTransition, KpiPeriod
from tests.feeds.arriving import csv

DAY = timedelta(days=1)
BAD, GOOD = csv(["1,2026-03-02,no"]), csv(["1,2026-03-02,yes"])


def head(label: str = "2026-03", code: str = "sla") -> KpiPeriod:
    return KpiPeriod.objects.select_related("current").get(kpi__code=code, label=label)


def case_states(code: str = "sla") -> dict[str, str]:
    """label → state of every breach case of a KPI."""
    cases = BreachCase.objects.filter(period__kpi__code=code).order_by("period__starts_at")
    return dict(cases.values_list("period__label", "state"))


def steps() -> list[tuple[Any, ...]]:
    """(from, to, revision) of every transition, in order."""
    return list(CaseTransition.objects.values_list("from_state", "to_state", "revision__number"))
