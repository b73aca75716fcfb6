"""Figures of past periods under proposed terms, computed like the real ones and kept nowhere.

A period that stays as it was cut is computed from what its figure saw: as of the same instant,
under the circumstances that were recorded, from the rows of that time where others came since. So
terms that change nothing give the figures that stand. A period that is cut anew is computed from
the rows in force.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from metrics.backtests.past import Range
from metrics.backtests.reading import KpiProposal
from metrics.engine import Period, to_us
from metrics.evaluation.circumstances import NOTHING, Circumstances
from metrics.evaluation.draining import circumstances_look_up, data_of, window_of
from metrics.evaluation.excusing import ExcusedEvent, relief_event, relief_that_counts
from metrics.evaluation.figures import Figure, figure_of
from metrics.evaluation.level_shares import shares_read
from metrics.evaluation.reading import Window
from metrics.evaluation.references import training_set
from metrics.evaluation.reported import is_of_record
from metrics.evaluation.tasks import Task
from metrics.feeds.attestation import attested_through
from metrics.models import KpiDefinition, KpiPeriod, ReliefRequest, ResultRevision, ServiceLevel

_A_DAY = timedelta(days=1)
_BESIDE_ROWS = ("source_of_record", "maintenance_hours", "maintenance_notice_days")
_FINAL = (KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED)
_OF_REPORTS = ("min_coverage", "late_report_is")


class NotBackTestableError(ValueError):
    """What is proposed cannot be judged of the past; the message says of which KPI, and why."""


@dataclass(frozen=True)
class Place:
    """A period of a KPI under proposed terms. ``head``: the same period as it stands, None where it
    is cut anew; ``before``: the periods that stand in its days."""

    proposal: KpiProposal
    period: Period
    head: KpiPeriod | None
    before: tuple[KpiPeriod, ...] = ()

    @property
    def stands(self) -> Sequence[KpiPeriod]:
        """The periods in whose place it is."""
        return (self.head,) if self.head else self.before

    @property
    def is_final(self) -> bool:
        return all(each.phase in _FINAL for each in self.stands)


@dataclass(frozen=True)
class Proposed:
    """A period with its figure under proposed terms."""

    place: Place
    figure: Figure


def places_of(
    proposal: KpiProposal, heads: Sequence[KpiPeriod], span: Range, as_of: datetime
) -> list[Place]:
    """The periods of a KPI in a range that ended, as proposed terms cut them, in place of periods
    that have a figure and lie in the range too."""
    by_days = {(head.starts_at, head.ends_at): head for head in heads}
    start = datetime.combine(span.since, time(), UTC) - _A_DAY
    end = datetime.combine(span.until, time(), UTC) + 2 * _A_DAY
    found = []
    for period in proposal.terms.timeline.between(start, end):
        if period.end > as_of or not span.holds(period.first_day, period.last_day):
            continue
        head = by_days.get((period.start, period.end))
        before = tuple(h for h in heads if h.starts_at < period.end and h.ends_at > period.start)
        place = Place(proposal, period, head, before)
        if before and all(span.holds(each.first_day, each.last_day) for each in place.stands):
            found.append(place)
    return found


def figures_proposed(places: Sequence[Place], as_of: datetime) -> list[Proposed]:
    """The figures of ``places``. Raises NotBackTestableError."""
    tasks = [_task(place, as_of) for place in places]
    tasks = _with_circumstances(places, tasks)
    return list(_computed(places, tasks))


def _task(place: Place, as_of: datetime) -> Task:
    task = Task.of(place.proposal.terms, place.period, as_of)
    if place.head is None:
        return replace(task, as_of=as_of)
    revision = _current(place.head)
    return replace(
        _with_lines(task, place, revision),
        as_of=max(revision.computed_at, place.period.end),
    )


def _with_lines(task: Task, place: Place, revision: ResultRevision) -> Task:
    """The task by the lines that its figure rests on, where no others are proposed."""
    proposal, told = place.proposal, revision.body
    if not proposal.is_measured_anew:
        task = replace(task, definition=revision.definition)
    if _same(task.definition, revision.definition, ("calendar_id",)):
        task = replace(task, calendar_versions=told.get("calendar_versions", 0))
    if task.definition.parameters == revision.definition.parameters:
        task = replace(task, training=told.get("training"))
    else:
        task = replace(task, training=training_set(task.definition.parameters))
    if not proposal.is_levelled:
        shares = shares_read(proposal.terms.levels, told)
        task = replace(task, level=revision.level, shares=shares)
    return task


def _with_circumstances(places: Sequence[Place], tasks: Sequence[Task]) -> list[Task]:
    """What counts beside rows: as recorded where the proposed lines ask the same, else looked up."""
    anew = [
        task for place, task in zip(places, tasks, strict=True) if not _is_recorded(place, task)
    ]
    known = {task.place: task.circumstances or NOTHING for task in circumstances_look_up(anew)}
    return [
        replace(task, circumstances=_treated(place, _beside(place, task, known)))
        for place, task in zip(places, tasks, strict=True)
    ]


def _beside(
    place: Place, task: Task, known: Mapping[tuple[int, int], Circumstances]
) -> Circumstances:
    if place.head is None:
        return _cut_anew(place, known[task.place])
    if task.place in known:
        return known[task.place]
    return Circumstances.read(_current(place.head).body.get("circumstances"))


def _is_recorded(place: Place, task: Task) -> bool:
    if place.head is None:
        return False
    revision = _current(place.head)
    same = _same(task.definition, revision.definition, _BESIDE_ROWS)
    return same and _same(task.level, revision.level, _OF_REPORTS)


def _same(
    one: KpiDefinition | ServiceLevel | None,
    other: KpiDefinition | ServiceLevel | None,
    names: Iterable[str],
) -> bool:
    return all(getattr(one, name, None) == getattr(other, name, None) for name in names)


def _cut_anew(place: Place, found: Circumstances) -> Circumstances:
    """Approved relief of the periods that a new one holds: its stretches of time move along."""
    if is_of_record(place.proposal.terms.definition_for(place.period)):
        raise NotBackTestableError(
            f"{place.proposal.terms.kpi.code}: its clause judges what the vendor reported, and "
            f"nothing was reported for {place.period.label}: keep its periods, or let source_of_record "
            "be ours"
        )
    maintenance = [event for event in found.excused if event.name == "maintenance"]
    relief = relief_that_counts().filter(period__in=[head.pk for head in place.before])
    moved = [_moved(place, each) for each in relief.select_related("period")]
    return replace(found, excused=(*moved, *maintenance))


def _moved(place: Place, relief: ReliefRequest) -> ExcusedEvent:
    event, period = relief_event(relief, relief.granted), relief.period
    if period.starts_at <= place.period.start and place.period.end <= period.ends_at:
        return event
    if event.predicate:
        raise NotBackTestableError(
            f"{place.proposal.terms.kpi.code}: relief {relief.pk} is for rows of {period.label} "
            "alone, which another period cannot tell apart: keep its periods"
        )
    if event.whole:
        return replace(
            event, whole=False, spans=((to_us(period.starts_at), to_us(period.ends_at)),)
        )
    return event


def _treated(place: Place, found: Circumstances) -> Circumstances:
    treatment = place.proposal.treatment
    if treatment is None:
        return found
    return replace(
        found, excused=tuple(replace(event, treatment=treatment) for event in found.excused)
    )


def _computed(places: Sequence[Place], tasks: Sequence[Task]) -> Iterator[Proposed]:
    by_task = {task.place: place for place, task in zip(places, tasks, strict=True)}
    overtaken = [task for task in tasks if _is_overtaken(by_task[task.place])]
    current = [task for task in tasks if not _is_overtaken(by_task[task.place])]
    attested = attested_through(task.terms.kpi.pk for task in tasks)
    for some, window in ((current, window_of), (overtaken, _window_then(by_task))):
        for part, data in data_of(some, window):
            for task, rows in zip(part, data, strict=True):
                place = by_task[task.place]
                through = attested.get(task.terms.kpi.pk)
                if place.head:
                    through = place.period.last_day if _current(place.head).attested else None
                yield Proposed(place, figure_of(task, rows, attested_through=through))


def _is_overtaken(place: Place) -> bool:
    """Whether rows came since its figure became final, which do not count in it."""
    return place.head is not None and place.head.has_late_rows


def _window_then(by_task: Mapping[tuple[int, int], Place]) -> Callable[[Task], Window]:
    def window(task: Task) -> Window:
        head = by_task[task.place].head
        assert head is not None  # only what stands is overtaken
        return window_of(task)._replace(seen=_current(head).watermark)

    return window


def _current(head: KpiPeriod) -> ResultRevision:
    assert head.current is not None  # the others are left out by the query
    return head.current
