"""Recomputing every figure from its rows, as they were when it was computed, and comparing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from metrics.engine import Row, Totals
from metrics.evaluation.figures import Task, differences, figure_of
from metrics.evaluation.reading import Window, rows_as_of
from metrics.evaluation.terms import Terms, terms_of
from metrics.models import (
    BreachCase,
    Ingestion,
    KpiPeriod,
    Observation,
    ObservationHistory,
)

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored is not what its inputs give. ``where`` names it for a person."""

    where: str
    what: str
    stored: str
    computed: str


def verify_all() -> Iterator[Difference]:
    """Yield every difference between what is stored and what the rows give; none is the goal."""
    heads = KpiPeriod.objects.order_by("kpi_id", "starts_at").select_related("current", "kpi")
    batch: list[KpiPeriod] = []
    for head in heads.iterator(chunk_size=_BATCH):
        batch.append(head)
        if len(batch) == _BATCH:
            yield from _verify(batch)
            batch = []
    yield from _verify(batch)
    yield from _orphans()
    yield from _cases()


def _verify(heads: Sequence[KpiPeriod]) -> Iterator[Difference]:
    terms = terms_of(head.kpi_id for head in heads)
    for head in heads:
        if head.current is None:
            yield Difference(str(head), "revision", "none", "one")
            continue
        yield from _verify_head(head, terms[head.kpi_id])


def _verify_head(head: KpiPeriod, line: Terms) -> Iterator[Difference]:
    revision = head.current
    assert revision is not None
    period = line.timeline.containing(head.starts_at)
    if period is None or period.end != head.ends_at:
        yield Difference(str(head), "period", f"{head.first_day} to {head.last_day}", str(period))
        return
    task = Task(line, period, revision.definition, revision.level, revision.computed_at)
    rows = rows_as_of(
        Window(head.kpi_id, period.start_us, period.end_us),
        revision.watermark,
        spanning=task.measure.spanning,
    )
    data: Totals | list[Row] = rows if task.needs_rows else Totals.of(rows)
    figure = figure_of(
        task,
        data,
        attested_through=period.last_day if revision.attested else None,
    )
    for name, (stored, computed) in differences(revision, figure).items():
        yield Difference(str(head), name, str(stored), str(computed))
    if head.status != revision.status:
        yield Difference(str(head), "status of the head", head.status, revision.status)


def _orphans() -> Iterator[Difference]:
    """Rows whose KPI or delivery is not there: the row tables have no foreign keys."""
    loads = Ingestion._meta.db_table
    for model, column in ((Observation, "load_id"), (ObservationHistory, "loaded_by")):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {table} o WHERE NOT EXISTS "  # noqa: S608
                f"(SELECT 1 FROM {loads} l WHERE l.id = o.{column}) OR NOT EXISTS "
                f"(SELECT 1 FROM metrics_kpi k WHERE k.id = o.kpi_id)"
            )
            (count,) = cursor.fetchone()
        if count:
            yield Difference(table, "rows without their KPI or delivery", str(count), "0")


def _cases() -> Iterator[Difference]:
    """Every failing figure outside a running period has its case, and only one."""
    without = KpiPeriod.objects.filter(is_breach=True, case=None).select_related("kpi")
    for head in without:
        yield Difference(str(head), "breach case", "none", "one")
    alive = BreachCase.objects.exclude(state__in=["withdrawn", "waived", "resolved"])
    for case in alive.filter(period__is_breach=False).select_related("period__kpi"):
        yield Difference(str(case.period), "breach case", case.state, "withdrawn")


def as_row(difference: Difference) -> dict[str, Any]:
    return {name: getattr(difference, name) for name in difference.__slots__}
