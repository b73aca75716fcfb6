"""What relief would make of a figure, and how many rows it covers: computed on demand, never
stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from metrics.engine import Totals, to_us
from metrics.evaluation.circumstances import NOTHING, Circumstances
from metrics.evaluation.draining import circumstances_look_up, data_of, figures_given
from metrics.evaluation.excusing import ExcusedEvent, relief_event, relief_that_counts
from metrics.evaluation.figures import Figure
from metrics.evaluation.tasks import Task
from metrics.evaluation.terms import terms_of
from metrics.models import KpiPeriod, ReliefRequest


def figure_if_approved(*, period: KpiPeriod, as_of: datetime) -> Figure | None:
    """What the period would come to, were all its waiting relief approved as asked for: from the
    rows in force, also of a final figure. None where nothing waits."""
    waiting = ReliefRequest.objects.filter(period=period, state=ReliefRequest.State.REQUESTED)
    events = [relief_event(each, each.asked) for each in waiting.order_by("pk")]
    return figure_excusing(period=period, events=events, as_of=as_of) if events else None


def figure_excusing(
    *, period: KpiPeriod, events: Sequence[ExcusedEvent], as_of: datetime
) -> Figure | None:
    """What the period would come to with ``events`` beside what is excused already; None outside
    the KPI's days."""
    task = _task(period, as_of)
    if task is None:
        return None
    [task] = circumstances_look_up([task])
    return figures_given([_with(task, events)])[0]


def rows_covered(*, period: KpiPeriod, event: ExcusedEvent, as_of: datetime) -> int:
    """How many rows of the period an event covers, whether they failed or not.

    Raises EngineError for a predicate that the KPI's definition does not understand.
    """
    task = _task(period, as_of)
    if task is None:
        return 0
    excuse = event.excuse(task.definition, period.kpi.decimals)
    listed = (rows for _, data in data_of([_with(task, [event])]) for rows in data)
    return sum(excuse.holds(row) for rows in listed if not isinstance(rows, Totals) for row in rows)


def relief_to_restate(period: KpiPeriod) -> list[ReliefRequest]:
    """Approved relief that the figure in force does not count yet."""
    written = period.current.body.get("circumstances") if period.current else None
    counted = {event.name for event in Circumstances.read(written).excused}
    approved = relief_that_counts().filter(period=period)
    return [each for each in approved if relief_event(each, each.granted).name not in counted]


def _with(task: Task, events: Sequence[ExcusedEvent]) -> Task:
    now = task.circumstances or NOTHING
    return replace(task, circumstances=replace(now, excused=(*now.excused, *events)))


def _task(period: KpiPeriod, as_of: datetime) -> Task | None:
    terms = terms_of([period.kpi_id])[period.kpi_id]
    found = terms.timeline.containing(period.starts_at)
    if found is None or found.start_us != to_us(period.starts_at):
        return None
    return Task.of(terms, found, as_of)
