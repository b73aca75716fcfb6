"""What must hold between the stored tables, whatever the figures are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import connection
from django.db.models import Count, Max, OuterRef, Subquery

from metrics.evaluation.marks import busy_kpis
from metrics.evaluation.terms import terms_of
from metrics.models import (
    BreachCase,
    CaseTransition,
    Ingestion,
    Kpi,
    KpiPeriod,
    Observation,
    ObservationHistory,
)

_SLICE = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored is not what its inputs give. ``where`` names it for a person."""

    where: str
    what: str
    stored: str
    computed: str


def orphans() -> Iterator[Difference]:
    """Rows whose KPI or delivery is not there: the row tables have no foreign keys."""
    loads = Ingestion._meta.db_table
    for model, column in ((Observation, "load_id"), (ObservationHistory, "loaded_by")):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {table} o WHERE NOT EXISTS "  # noqa: S608
                f"(SELECT 1 FROM {loads} l WHERE l.id = o.{column}) OR NOT EXISTS "
                f"(SELECT 1 FROM {Kpi._meta.db_table} k WHERE k.id = o.kpi_id)"
            )
            (count,) = cursor.fetchone()
        if count:
            yield Difference(table, "rows without their KPI or delivery", str(count), "0")


def deliveries_apart() -> Iterator[Difference]:
    """Deliveries whose counts are not those of their parts, or that lost rows set aside."""
    done = Ingestion.objects.filter(status=Ingestion.Status.DONE).order_by("pk")
    read = done.annotate(aside=Count("rejects")).prefetch_related("chunks")
    for ingestion in read.iterator(chunk_size=_SLICE):
        parts: Counter[str] = Counter()
        for chunk in ingestion.chunks.all():
            parts.update(chunk.counts)
        for name in Ingestion.COUNTS:
            stored = getattr(ingestion, name)
            if stored != parts[name]:
                yield Difference(f"delivery {ingestion.pk}", name, str(stored), str(parts[name]))
        if ingestion.aside != ingestion.quarantined:
            aside, counted = str(ingestion.aside), str(ingestion.quarantined)
            yield Difference(f"delivery {ingestion.pk}", "rows set aside", aside, counted)


def missing_periods() -> Iterator[Difference]:
    """Periods that a visited KPI has and that have no figure, not even that nothing arrived."""
    visited = Kpi.objects.filter(visited_until__isnull=False, archived_at=None).order_by("pk")
    ids = list(visited.exclude(pk__in=busy_kpis()).values_list("pk", flat=True))
    for first in range(0, len(ids), _SLICE):
        yield from _missing(ids[first : first + _SLICE])


def _missing(kpi_ids: Sequence[int]) -> Iterator[Difference]:
    heads = KpiPeriod.objects.filter(kpi_id__in=kpi_ids)
    known = set(heads.values_list("kpi_id", "starts_at"))
    for pk, line in terms_of(kpi_ids).items():
        begin = datetime.combine(line.kpi.first_day, time(), UTC) - timedelta(days=2)
        for period in line.timeline.between(begin, line.kpi.visited_until or begin):
            if (pk, period.start) not in known:
                yield Difference(f"{line.kpi} {period.label}", "figure", "none", "one")


def heads_apart() -> Iterator[Difference]:
    """Heads that do not say what their last revision says."""
    heads = KpiPeriod.objects.select_related("kpi", "current").annotate(
        last=Max("revisions__number")
    )
    for head in heads.iterator(chunk_size=_SLICE):
        for what, stored, computed in _claims(head, head.last):
            if stored != computed:
                yield Difference(str(head), what, str(stored), str(computed))


def _claims(head: KpiPeriod, last: int | None) -> Iterator[tuple[str, object, object]]:
    """What a head says beside what it should say."""
    current = head.current
    yield "revision in force", current.number if current else None, last or "one"
    if current:
        fails = current.is_breach and head.phase != KpiPeriod.Phase.RUNNING
        yield "status of the head", head.status, current.status
        yield "breach of the head", head.is_breach, fails


def cases_apart() -> Iterator[Difference]:
    """Every failing figure outside a running period has its case, and only one; and a case stands
    where its figure and its last transition put it."""
    without = KpiPeriod.objects.filter(is_breach=True, case=None).select_related("kpi")
    for head in without:
        yield Difference(str(head), "breach case", "none", "one")
    steps = CaseTransition.objects.filter(case=OuterRef("pk")).order_by("-pk")
    cases = BreachCase.objects.select_related("period__kpi").annotate(
        moved_to=Subquery(steps.values("to_state")[:1])
    )
    for case in cases:
        expected = _expected_state(case)
        if case.state != expected:
            yield Difference(str(case.period), "breach case", case.state, expected)


def _expected_state(case: BreachCase) -> str:
    """Where the case should stand, as far as its figure and its last transition can tell."""
    state, head = BreachCase.State, case.period
    if not head.is_breach and case.state not in (state.WITHDRAWN, state.WAIVED, state.RESOLVED):
        return state.WITHDRAWN
    if head.is_breach and case.state in (state.WITHDRAWN, state.PROVISIONAL):
        in_grace = head.phase == KpiPeriod.Phase.PROVISIONAL
        return state.PROVISIONAL if in_grace else state.OPEN
    return getattr(case, "moved_to", None) or "none"
