"""The periods that a back-test looks at, as they stand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.models import Contract
from metrics.credits.facts import governed_by, heads_of
from metrics.models import Kpi, KpiPeriod


@dataclass(frozen=True, slots=True)
class Range:
    """The days of a back-test: periods that begin on ``since`` or later and end by ``until``."""

    since: date
    until: date

    def holds(self, first: date, last: date) -> bool:
        return self.since <= first and last <= self.until


@dataclass(frozen=True)
class Past:
    """``heads``: every period of a KPI that ended and has a figure, oldest first, by KPI id."""

    kpis: Mapping[int, Kpi]
    heads: Mapping[int, Sequence[KpiPeriod]]

    def within(self, kpi_id: int, span: Range) -> list[KpiPeriod]:
        found = self.heads.get(kpi_id, ())
        return [head for head in found if span.holds(head.first_day, head.last_day)]


def past_of(kpi_ids: Iterable[int]) -> Past:
    """Two queries."""
    wanted = set(kpi_ids)
    rows = Kpi.objects.filter(pk__in=wanted)
    kpis = {
        kpi.pk: kpi for kpi in rows.select_related("contract", "process__contract").order_by("code")
    }
    heads: dict[int, list[KpiPeriod]] = defaultdict(list)
    found = heads_of(wanted).select_related(
        "kpi", "current__level", "current__definition__calendar", "case"
    )
    for head in found.order_by("kpi_id", "starts_at"):
        head.kpi = kpis[head.kpi_id]
        heads[head.kpi_id].append(head)
    return Past(kpis, heads)


def credited_kpis(contract: Contract) -> set[int]:
    """KPIs of a contract that carry a credit rule."""
    found = Kpi.objects.filter(governed_by(contract), credit_rules__isnull=False)
    return set(found.values_list("pk", flat=True))
