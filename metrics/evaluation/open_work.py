"""What is not finished yet: when each item falls due, so that figures follow time alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from metrics.engine import Row, from_us, to_us
from metrics.engine.measures import compiled
from metrics.engine.measures.timed_items import Due, due_of
from metrics.evaluation.figures import Figure
from metrics.evaluation.histories import with_histories
from metrics.evaluation.reading import Reach, Window, rows_of
from metrics.evaluation.terms import Terms, terms_of
from metrics.models import Kpi, KpiDefinition

_EVER = 2**62


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item that is not finished. Instants are UTC microseconds; ``at`` puts it into a period."""

    kpi_id: int
    ref: str
    at: int
    due: Due

    def is_overdue(self, now: int) -> bool:
        return self.due.at <= now


def follows_open_work(definition: KpiDefinition) -> bool:
    """Whether items are known under a definition before they are finished."""
    parameters = definition.parameters
    return parameters.get("limit") == "due" or bool(parameters.get("open_overdue"))


def open_items(lines: Iterable[Terms], as_of: datetime) -> Iterator[OpenItem]:
    """The open items of these KPIs with their deadlines as of an instant, in no order."""
    followed = [line for line in lines if any(map(follows_open_work, line.definitions))]
    windows = [Window(line.kpi.pk, 0, _EVER) for line in followed]
    found = rows_of(windows, reach=Reach.OPEN, refs=True)
    if any(line.has_histories for line in followed):
        found = with_histories(windows, found)
    now = to_us(as_of)
    for line, rows in zip(followed, found, strict=True):
        for row in rows:
            due = _due(line, row, now)
            if due is not None:
                yield OpenItem(line.kpi.pk, row.ref, row.at, due)


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open item as people read it; ``due_at`` moves on while its clock ``stands``."""

    kpi: Kpi
    ref: str
    started_at: datetime | None
    due_at: datetime
    warn_at: datetime | None
    overdue: bool
    warned: bool
    stands: bool


def open_work_of(*, kpis: QuerySet[Kpi], as_of: datetime) -> list[OpenRow]:
    """The open items of ``kpis`` that follow them, those due first at the beginning."""
    follows = KpiDefinition.objects.filter(
        Q(parameters__limit="due") | Q(parameters__has_key="open_overdue"), kpi=OuterRef("pk")
    )
    found = kpis.filter(Exists(follows), archived_at=None)
    lines = terms_of(found.values_list("pk", flat=True))
    named = found.select_related("contract__vendor", "process__contract__vendor").in_bulk()
    rows = [_row(named[item.kpi_id], item, as_of) for item in open_items(lines.values(), as_of)]
    return sorted(rows, key=lambda row: (row.due_at, row.kpi.code, row.ref))


def _row(kpi: Kpi, item: OpenItem, as_of: datetime) -> OpenRow:
    due = item.due
    warn_at = None if due.warn_at is None else from_us(due.warn_at)
    overdue = item.is_overdue(to_us(as_of))
    return OpenRow(
        kpi=kpi,
        ref=item.ref,
        started_at=None if due.started is None else from_us(due.started),
        due_at=from_us(due.at),
        warn_at=warn_at,
        overdue=overdue,
        warned=not overdue and warn_at is not None and warn_at <= as_of,
        stands=due.stands,
    )


def _due(line: Terms, row: Row, now: int) -> Due | None:
    period = line.timeline.containing(from_us(row.at))
    if period is None:
        return None
    definition = line.definition_for(period)
    if not follows_open_work(definition):
        return None
    calendar = line.calendar_for(definition)
    parameters, unit = definition.parameters, definition.unit
    found = compiled(definition.measure, parameters, unit, calendar is not None)
    return due_of(found.options, calendar, row, now)


def turns_of(lines: Mapping[int, Terms], as_of: datetime) -> dict[int, Sequence[OpenItem]]:
    """The open items that count once they fall due, per KPI id."""
    turning = [line for line in lines.values() if _turns(line)]
    found: dict[int, list[OpenItem]] = {}
    for item in open_items(turning, as_of):
        found.setdefault(item.kpi_id, []).append(item)
    return dict(found)


def _turns(line: Terms) -> bool:
    """Whether time alone changes a figure, or settles its period, when an item falls due."""
    return line.kpi.time_field != Kpi.TimeField.FINISHED and any(
        follows_open_work(each) for each in line.definitions
    )


def ticks_bring_forward(figures: Sequence[Figure]) -> None:
    """Have KPIs visited when the next of their open items falls due.

    In the caller's transaction, which has locked the KPIs.
    """
    soonest: dict[int, int] = {}
    for figure in figures:
        work = figure.result.open_work
        if work is not None and work.turns_at is not None:
            kpi = figure.task.terms.kpi.pk
            soonest[kpi] = min(work.turns_at, soonest.get(kpi, work.turns_at))
    for kpi, turns_at in soonest.items():
        moment = from_us(turns_at)
        Kpi.objects.filter(pk=kpi, next_tick_at__gt=moment).update(next_tick_at=moment)
        Kpi.objects.filter(pk=kpi, next_tick_at=None).update(next_tick_at=moment)
