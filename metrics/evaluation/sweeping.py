"""What time alone brings about: periods that end, also empty ones, and grace that runs out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef

from kpotracker.toolkit.bulk import columns_update
from kpotracker.toolkit.stamping import stamp
from metrics.engine import Period
from metrics.evaluation.cases import cases_follow
from metrics.evaluation.draining import drain_all, kpis_lock
from metrics.evaluation.marks import busy_kpis
from metrics.evaluation.terms import Terms, terms_of
from metrics.feeds.marks import append_marks
from metrics.models import DirtyPeriod, Kpi, KpiDefinition, KpiPeriod

_SLICE = 500
_TICK = timedelta(microseconds=1)


def sweep(*, as_of: datetime) -> int:
    """Visit every KPI with a period that began or ended since its last visit, evaluate what that
    marked, and make final what is due. Returns how many periods were computed or became final."""
    while _tick_some(as_of):
        pass
    computed = drain_all(as_of=as_of)
    finished = 0
    while part := _finish_some(as_of):
        finished += part
    return computed + finished


@transaction.atomic
def _tick_some(as_of: datetime) -> int:
    defined = Exists(KpiDefinition.objects.filter(kpi=OuterRef("pk")))
    due = Kpi.objects.filter(defined, next_tick_at__lte=as_of, archived_at=None).order_by("pk")
    kpis = list(due.select_for_update(no_key=True)[:_SLICE])
    terms = terms_of(kpi.pk for kpi in kpis)
    marks: list[tuple[int, int]] = []
    for kpi in kpis:
        line = terms[kpi.pk]
        marks.extend((kpi.pk, period.start_us) for period in _periods_to_visit(line, as_of))
        kpi.next_tick_at = _next_tick(line, as_of)
        kpi.visited_until = max(as_of, kpi.visited_until or as_of)
    if marks:
        append_marks(np.array([k for k, _ in marks]), np.array([s for _, s in marks]))
    columns_update(kpis, ["next_tick_at", "visited_until"])
    return len(kpis)


def _periods_to_visit(line: Terms, as_of: datetime) -> list[Period]:
    """From the period that was running at the last visit, which may have ended, to today's."""
    since = line.kpi.visited_until or _around(line.kpi.first_day) - timedelta(days=2)
    return line.timeline.between(min(since, as_of), as_of + _TICK)


def _next_tick(line: Terms, as_of: datetime) -> datetime | None:
    """The next instant at which a period begins or ends; None after the last one."""
    period = line.timeline.containing(as_of)
    if period:
        return period.end
    horizon = max(as_of, _around(line.kpi.first_day)) + timedelta(days=800)
    ahead = (p.start for p in line.timeline.between(as_of, horizon) if p.start > as_of)
    return next(ahead, None)


def _around(day: date) -> datetime:
    """An instant within a day of its beginning, whatever the zone."""
    return datetime.combine(day, datetime.min.time(), UTC)


@transaction.atomic
def _finish_some(as_of: datetime) -> int:
    """Make a slice of figures final whose grace is over and whose rows are all evaluated."""
    due = KpiPeriod.objects.filter(final_due_at__lte=as_of).order_by("pk")
    due = due.exclude(kpi_id__in=busy_kpis())
    kpi_ids = set(due.values_list("kpi_id", flat=True)[:_SLICE])
    kpis_lock(kpi_ids)
    pending = set(DirtyPeriod.objects.filter(kpi_id__in=kpi_ids).values_list("kpi_id", flat=True))
    heads = list(due.filter(kpi_id__in=kpi_ids - pending).select_related("current")[: 4 * _SLICE])
    _finish(heads, as_of)
    return len(heads)


def _finish(heads: Sequence[KpiPeriod], as_of: datetime) -> None:
    for head in heads:
        head.phase = KpiPeriod.Phase.FINAL
        head.final_at, head.final_due_at = as_of, None
    columns_update(heads, ["phase", "final_at", "final_due_at"])
    cases_follow(heads=heads, as_of=as_of)
    stamp(KpiPeriod, [head.pk for head in heads])
