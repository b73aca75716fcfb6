"""What changed becomes results: marks → periods → figures → revisions → breach cases."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import numpy as np
from django.db import transaction

from metrics.engine import Row, Totals, from_us
from metrics.evaluation.figures import Figure, Task, figure_of
from metrics.evaluation.marks import Mark, marks_take, waiting_kpis
from metrics.evaluation.reading import Window, rows_of, totals_of
from metrics.evaluation.recording import Watermarks, figures_record, watermarks_of
from metrics.evaluation.terms import Terms, terms_of
from metrics.feeds.attestation import attested_through
from metrics.feeds.marks import append_marks
from metrics.models import Kpi

BATCH = 2000  # periods brought up to date in one transaction
_ROWS_BATCH = 50  # periods whose rows are held in memory at once


def drain_all(*, as_of: datetime) -> int:
    """Evaluate everything that changed; return how many periods were computed."""
    computed = 0
    while (batch := drain(as_of=as_of)) is not None:
        computed += batch
    return computed


@transaction.atomic
def drain(*, as_of: datetime, limit: int = BATCH) -> int | None:
    """Take one batch of marks and bring their periods up to date; None if there was none.

    The KPIs are locked first and their rows read after that, so that of two workers the later
    one sees what the earlier one saw, or more.
    """
    marks = marks_take(limit)
    if not marks:
        return None
    kpis = {mark.kpi_id for mark in marks}
    kpis_lock(kpis)
    seen = watermarks_of(kpis)
    figures = figures_compute(_tasks(marks, terms_of(kpis), as_of))
    unsettled = kpis_unsettled(kpis, seen)
    _put_back(mark for mark in marks if mark.kpi_id in unsettled)
    settled = [figure for figure in figures if figure.task.terms.kpi.pk not in unsettled]
    figures_record(figures=settled, watermarks=seen)
    return len(settled)


def kpis_lock(kpi_ids: Iterable[int]) -> None:
    """Lock KPIs in id order until the transaction ends."""
    rows = Kpi.objects.select_for_update(no_key=True).filter(pk__in=set(kpi_ids))
    list(rows.order_by("pk").values_list("pk", flat=True))


def kpis_unsettled(kpis: Iterable[int], seen: Watermarks) -> set[int]:
    """KPIs that a delivery reached since ``seen``: their rows may have been half of it.

    Waiting ones are asked for first, so that one that ends in between is found by its watermark.
    """
    unfinished = waiting_kpis()
    now = watermarks_of(kpis)
    return {kpi for kpi in kpis if kpi in unfinished or now.get(kpi) != seen.get(kpi)}


def figures_compute(tasks: Sequence[Task]) -> list[Figure]:
    """Read the rows of the given periods and compute their figures."""
    attested = attested_through(task.terms.kpi.pk for task in tasks)
    figures: list[Figure] = []
    for part, data in data_of(tasks):
        figures.extend(
            figure_of(task, rows, attested_through=attested.get(task.terms.kpi.pk))
            for task, rows in zip(part, data, strict=True)
        )
    return figures


def window_of(task: Task) -> Window:
    return Window(task.terms.kpi.pk, task.period.start_us, task.period.end_us)


def data_of(
    tasks: Sequence[Task], window: Callable[[Task], Window] = window_of
) -> Iterable[tuple[Sequence[Task], Sequence[Totals | Sequence[Row]]]]:
    """The rows in each period's ``window``, or their sums where the measure needs no more, batch
    by batch."""
    summed = [task for task in tasks if not task.needs_rows]
    yield summed, totals_of([window(task) for task in summed])
    for spanning in (False, True):
        listed = [t for t in tasks if t.needs_rows and t.measure.spanning is spanning]
        for first in range(0, len(listed), _ROWS_BATCH):
            part = listed[first : first + _ROWS_BATCH]
            yield part, rows_of([window(task) for task in part], spanning=spanning)


def _tasks(marks: Iterable[Mark], terms: dict[int, Terms], as_of: datetime) -> list[Task]:
    """One task per period that holds a mark; marks outside all periods have no figure."""
    tasks: dict[tuple[int, datetime], Task] = {}
    for mark in sorted(marks):
        line = terms.get(mark.kpi_id)
        period = line.timeline.containing(from_us(mark.at)) if line else None
        if line and period and (mark.kpi_id, period.start) not in tasks:
            tasks[mark.kpi_id, period.start] = Task.of(line, period, as_of)
    return list(tasks.values())


def _put_back(marks: Iterable[Mark]) -> None:
    kept = list(marks)
    if kept:
        append_marks(np.array([m.kpi_id for m in kept]), np.array([m.at for m in kept]))
