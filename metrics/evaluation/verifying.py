"""Recomputing every figure from its rows, as they were when it was computed, and comparing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from metrics.evaluation.draining import data_of, window_of
from metrics.evaluation.figures import Figure, Task, differences, figure_of
from metrics.evaluation.integrity import (
    Difference,
    cases_apart,
    deliveries_apart,
    heads_apart,
    missing_periods,
    orphans,
)
from metrics.evaluation.marks import busy_kpis
from metrics.evaluation.reading import Window
from metrics.evaluation.references import training_set
from metrics.evaluation.terms import terms_of
from metrics.models import KpiPeriod, ResultRevision

_BATCH = 500
_Sound: TypeAlias = tuple[KpiPeriod, Task]  # a figure's head, and how it was computed


def verify_all() -> Iterator[Difference]:
    """Yield every difference between what is stored and what the rows give; none is the goal."""
    heads = KpiPeriod.objects.exclude(current=None).order_by("kpi_id", "starts_at")
    batch: list[KpiPeriod] = []
    for head in heads.select_related(
        "kpi", "current__definition__calendar", "current__level"
    ).iterator(chunk_size=_BATCH):
        batch.append(head)
        if len(batch) == _BATCH:
            yield from _verify(batch)
            batch = []
    yield from _verify(batch)
    for check in (heads_apart, missing_periods, orphans, deliveries_apart, cases_apart):
        yield from check()


def _verify(heads: Sequence[KpiPeriod]) -> Iterator[Difference]:
    terms = terms_of(head.kpi_id for head in heads)
    sound: list[_Sound] = []
    for head in heads:
        period = terms[head.kpi_id].timeline.containing(head.starts_at)
        if period is None or period.end != head.ends_at:
            stored = f"{head.first_day} to {head.last_day}"
            yield Difference(str(head), "period", stored, str(period))
            continue
        revision = _current(head)
        line = terms[head.kpi_id]
        task = Task(
            line,
            period,
            revision.definition,
            revision.level,
            revision.computed_at,
            revision.body.get("training"),
        )
        sound.append((head, task))
    yield from _recomputed(sound)
    yield from _overtaken(sound)


def _recomputed(sound: Sequence[_Sound]) -> Iterator[Difference]:
    """The figures from the rows that they saw."""
    seen = {_identity(task): _current(head).watermark for head, task in sound}
    figures = _figures(sound, lambda task: window_of(task)._replace(seen=seen[_identity(task)]))
    for head, figure in figures:
        for name, (stored, computed) in differences(_current(head), figure).items():
            yield Difference(str(head), name, str(stored), str(computed))


def _overtaken(sound: Sequence[_Sound]) -> Iterator[Difference]:
    """The figures from the rows in force now: an open one is the same, or a mark says that it
    is about to change; a final one that is not says that rows came late."""
    busy = busy_kpis()
    settled = [(head, _of_today(task)) for head, task in sound if head.kpi_id not in busy]
    for head, figure in _figures(settled, window_of):
        if not figure.agrees_with(_current(head)) and not head.has_late_rows:
            found = figure.result.value
            yield Difference(str(head), "rows in force now", _current(head).value, str(found))


def _figures(
    sound: Sequence[_Sound], window: Callable[[Task], Window]
) -> Iterator[tuple[KpiPeriod, Figure]]:
    heads = {_identity(task): head for head, task in sound}
    for part, data in data_of([task for _, task in sound], window):
        for task, rows in zip(part, data, strict=True):
            head = heads[_identity(task)]
            attested = task.period.last_day if _current(head).attested else None
            yield head, figure_of(task, rows, attested_through=attested)


def _identity(task: Task) -> tuple[int, int]:
    return task.terms.kpi.pk, task.period.start_us


def _of_today(task: Task) -> Task:
    line, period = task.terms, task.period
    definition, level = line.definition_for(period), line.level_for(period)
    training = training_set(definition.parameters)
    return replace(task, definition=definition, level=level, training=training)


def _current(head: KpiPeriod) -> ResultRevision:
    assert head.current is not None  # the others are told apart by the integrity checks
    return head.current


def as_row(difference: Difference) -> dict[str, Any]:
    return {name: getattr(difference, name) for name in difference.__slots__}
