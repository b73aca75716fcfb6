"""What is excused in a period: approved relief, and maintenance that was announced in time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from metrics.engine import (
    EngineError,
    Excuse,
    Period,
    Problem,
    allowance,
    duration,
    from_us,
    hours,
    plain,
    to_us,
)
from metrics.evaluation.predicates import predicate_of
from metrics.feeds.mapping.grammar import ExpressionError
from metrics.models import Kpi, KpiDefinition, MaintenanceWindow, ReliefRequest

if TYPE_CHECKING:
    from metrics.evaluation.tasks import Task

Place = tuple[int, int]  # KPI id, begin of the period in UTC microseconds
Span = tuple[int, int]
COUNTING = (ReliefRequest.State.APPROVED, ReliefRequest.State.PARTLY)
_TREATED = {"remove_both": "left out of both sides", "count_as_good": "counted as good"}
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class ExcusedEvent:
    """An excused event as a revision keeps it, whole in itself.

    ``name`` and ``words``: how the explanation tells it; ``spans``: [start, end) in UTC
    microseconds; ``predicate``: the rows that it covers besides; ``whole``: all of the period.
    """

    name: str
    words: str
    treatment: str = "remove_both"
    spans: tuple[Span, ...] = ()
    predicate: str = ""
    whole: bool = False

    @property
    def written(self) -> dict[str, Any]:
        spans = [[from_us(at).isoformat() for at in span] for span in self.spans]
        return {
            "name": self.name,
            "words": self.words,
            "treatment": self.treatment,
            "intervals": spans,
            "predicate": self.predicate,
            "whole_period": self.whole,
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "ExcusedEvent":
        """Back from what a revision keeps."""
        return cls(
            name=written["name"],
            words=written["words"],
            treatment=written["treatment"],
            spans=spans_of(written["intervals"]),
            predicate=written["predicate"],
            whole=written["whole_period"],
        )

    def excuse(self, definition: KpiDefinition, decimals: int) -> Excuse:
        """As the engine takes it. Raises EngineError for a predicate that this definition of the
        KPI does not understand."""
        covers = None
        if self.predicate:
            try:
                covers = predicate_of(self.predicate, definition, decimals)
            except ExpressionError as error:
                problem = Problem("predicate", self.predicate, str(error), "name the rows anew")
                raise EngineError([problem]) from error
        return Excuse(self.name, self.words, self.treatment, self.spans, covers, self.whole)


def spans_of(intervals: Iterable[Sequence[str]]) -> tuple[Span, ...]:
    """Stored intervals, ISO times with their offset, in UTC microseconds."""
    read = datetime.fromisoformat
    return tuple((to_us(read(start)), to_us(read(end))) for start, end in intervals)


def excused_events(tasks: Sequence["Task"]) -> dict[Place, list[ExcusedEvent]]:
    """What counts now as excused in each of the periods that has anything."""
    found: dict[Place, list[ExcusedEvent]] = {}
    for place, event in (*_relief([task.place for task in tasks]), *_maintenance(tasks)):
        found.setdefault(place, []).append(event)
    return found


def relief_event(relief: ReliefRequest, cover: Mapping[str, Any]) -> ExcusedEvent:
    """A request as an event, with what ``cover`` says: what was asked for, or what was granted."""
    return cover_event(cover, f"relief {relief.pk}")


def cover_event(cover: Mapping[str, Any], name: str = "relief") -> ExcusedEvent:
    """What a request asks for or was granted, as an event."""
    return ExcusedEvent(
        name=name,
        words=cover_words(cover),
        treatment=cover["treatment"],
        spans=spans_of(cover["intervals"]),
        predicate=cover["predicate"],
        whole=cover["whole_period"],
    )


def cover_words(cover: Mapping[str, Any]) -> str:
    """What relief covers and how that is treated, in words."""
    return f"{_covered(cover)}, {_TREATED[cover['treatment']]}"


def _covered(cover: Mapping[str, Any]) -> str:
    if cover["whole_period"]:
        return "the whole period"
    spans = [f"{_clock(start)} to {_clock(end)} UTC" for start, end in spans_of(cover["intervals"])]
    rows = [f"rows where {cover['predicate']}"] if cover["predicate"] else []
    return "; ".join([*spans, *rows]) or "nothing that can be measured"


def _clock(at: int) -> str:
    return f"{from_us(at):%Y-%m-%d %H:%M}"


def relief_that_counts() -> QuerySet[ReliefRequest]:
    """Approved requests that move a figure; those of a time when none did have nothing granted."""
    return ReliefRequest.objects.filter(state__in=COUNTING).exclude(granted={}).order_by("pk")


def _relief(places: Sequence[Place]) -> Iterator[tuple[Place, ExcusedEvent]]:
    wanted = set(places)
    counting = relief_that_counts().filter(
        period__kpi_id__in={kpi for kpi, _ in wanted},
        period__starts_at__in={from_us(start) for _, start in wanted},
    )
    for relief in counting.select_related("period"):
        place = relief.period.kpi_id, to_us(relief.period.starts_at)
        if place in wanted:
            yield place, relief_event(relief, relief.granted)


def _maintenance(tasks: Sequence["Task"]) -> Iterator[tuple[Place, ExcusedEvent]]:
    """Of the windows that were announced early enough, the hours that the definition allows."""
    allowing = [task for task in tasks if task.definition.maintenance_hours is not None]
    windows = _windows_by_kpi(allowing) if allowing else {}
    for task in allowing:
        if event := _allowed(task.definition, task.period, windows[task.terms.kpi.pk]):
            yield task.place, event


def _windows_by_kpi(tasks: Sequence["Task"]) -> dict[int, list[MaintenanceWindow]]:
    """The windows that reach into these periods and were not called off, by the KPIs they are
    of: two queries."""
    owners = Kpi.objects.filter(pk__in={task.terms.kpi.pk for task in tasks}).values_list(
        "pk", "process_id", "contract_id", "process__contract_id"
    )
    places = [(kpi, process, own or by_process) for kpi, process, own, by_process in owners]
    kpis, processes, contracts = (set(ids) - {None} for ids in zip(*places, strict=True))
    near = MaintenanceWindow.objects.filter(
        Q(kpi__in=kpis) | Q(process__in=processes) | Q(contract__in=contracts),
        cancelled_at=None,
        starts_at__lt=max(task.period.end for task in tasks),
        ends_at__gt=min(task.period.start for task in tasks),
    )
    found = list(near)
    return {
        kpi: [each for each in found if _is_of(each, kpi, process, contract)]
        for kpi, process, contract in places
    }


def _is_of(window: MaintenanceWindow, kpi: int, process: int | None, contract: int | None) -> bool:
    if window.kpi_id is not None:
        return window.kpi_id == kpi
    if window.process_id is not None:
        return window.process_id == process
    return window.contract_id == contract


def _allowed(
    definition: KpiDefinition, period: Period, windows: Sequence[MaintenanceWindow]
) -> ExcusedEvent | None:
    if definition.maintenance_hours is None:
        return None
    notice = timedelta(days=definition.maintenance_notice_days or 0)
    in_time = [each for each in windows if each.announced_at <= each.starts_at - notice]
    spans = _inside(in_time, period)
    most = int(definition.maintenance_hours * _HOUR_US)
    counted = allowance(spans, most)
    if not counted:
        return None
    late = duration([*_inside(windows, period)]) - duration(spans)
    words = _maintenance_words(duration(counted), most, duration(spans), late)
    return ExcusedEvent("maintenance", words, spans=tuple(counted))


def _inside(windows: Iterable[MaintenanceWindow], period: Period) -> list[Span]:
    clipped = (
        (max(to_us(each.starts_at), period.start_us), min(to_us(each.ends_at), period.end_us))
        for each in windows
    )
    return [(start, end) for start, end in clipped if start < end]


def _maintenance_words(counted: int, most: int, announced: int, late: int) -> str:
    words = f"{_hours(counted)} h of {_hours(most)} h allowed are {_TREATED['remove_both']}"
    if announced > counted:
        words += f", {_hours(announced - counted)} h more were announced and count"
    if late > 0:
        words += f", {_hours(late)} h were announced too late and count"
    return words


def _hours(microseconds: int) -> str:
    return plain(hours(microseconds))
