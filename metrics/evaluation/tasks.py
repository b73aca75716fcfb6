"""A period of a KPI that is to be computed, with all that its figure rests on but the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from metrics.engine import MEASURES, Level, Period
from metrics.evaluation.circumstances import NOTHING, Circumstances, Place
from metrics.evaluation.excusing import ExcusedEvent
from metrics.evaluation.level_shares import Share
from metrics.evaluation.reading import Reach
from metrics.evaluation.references import training_set
from metrics.evaluation.terms import Terms, calendar_versions, engine_level, level_of_shares
from metrics.models import KpiDefinition, ServiceLevel


@dataclass(frozen=True)
class Task:
    """A period of a KPI that is to be computed as of an instant, and the lines that hold in it.

    ``training``: the set of reference series that its definition names, None if there is none.
    ``circumstances``: what else counts; None until they are looked up. ``calendar_versions``: how
    many versions of its calendar were known.
    ``shares``: the versions that make up ``level`` where it is weighted by days.
    """

    terms: Terms
    period: Period
    definition: KpiDefinition
    level: ServiceLevel | None
    as_of: datetime
    training: int | None = None
    circumstances: Circumstances | None = None
    shares: tuple[Share, ...] = ()
    calendar_versions: int = 0

    @classmethod
    def of(cls, terms: Terms, period: Period, as_of: datetime) -> "Task":
        """The lines in force now. A KPI never goes back in time: history that is loaded after
        its last visit is computed as of that visit, or a period that ended would run again."""
        moment = max(as_of, terms.kpi.visited_until or as_of)
        definition = terms.definition_for(period)
        training = training_set(definition.parameters)
        shares = terms.shares_for(period)
        level = shares[-1].level if shares else None
        versions = calendar_versions(definition)
        task = cls(terms, period, definition, level, moment, training, calendar_versions=versions)
        return replace(task, shares=shares) if len(shares) > 1 else task

    @property
    def judged_by(self) -> Level | None:
        """The level of the period, weighted where several versions make it up."""
        if self.shares:
            return level_of_shares(self.shares, self.period.first_day)
        return engine_level(self.level, self.period.first_day) if self.level else None

    @property
    def place(self) -> Place:
        return self.terms.kpi.pk, self.period.start_us

    @property
    def excused(self) -> Sequence[ExcusedEvent]:
        """The excused events that count."""
        return (self.circumstances or NOTHING).excused

    @property
    def names_rows(self) -> bool:
        """Whether what its rows are called matters: for what is excused, or to find what stopped
        their clocks."""
        return self.terms.has_histories or any(event.predicate for event in self.excused)

    @property
    def reach(self) -> Reach:
        """Which rows of its KPI are looked at."""
        if self.measure.spanning:
            return Reach.SPANNING
        return Reach.UNFINISHED if self.measure.spans(self.definition.parameters) else Reach.INSIDE

    @property
    def measure(self) -> Any:
        return MEASURES[self.definition.measure]

    @property
    def needs_rows(self) -> bool:
        has_calendar = self.definition.calendar_id is not None
        return bool(self.excused or self.terms.has_histories) or bool(
            self.measure.needs_rows(self.definition.parameters, has_calendar)
        )
