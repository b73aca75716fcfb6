"""What new terms would make of the periods they touch, computed like the real figures, without
writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from metrics.engine import Period
from metrics.evaluation.draining import figures_compute
from metrics.evaluation.figures import Figure, Task
from metrics.evaluation.terms import Terms, terms_of
from metrics.models import KpiDefinition, KpiPeriod, ResultRevision, ServiceLevel

_Line = TypeVar("_Line", KpiDefinition, ServiceLevel)
FROZEN = (KpiPeriod.Phase.FINAL, KpiPeriod.Phase.RESTATED)
MOST = 120  # periods computed for one preview
_A_DAY = timedelta(days=1)
_LONGEST = timedelta(days=800)  # holds the begin of the next period, whatever their length


@dataclass(frozen=True, slots=True)
class Prospect:
    """A period that new terms touch. ``figure``: what its rows give under them.

    A final figure stays as it is; its ``figure`` is what a restatement would give.
    """

    head: KpiPeriod
    figure: Figure

    @property
    def now(self) -> ResultRevision | None:
        """The figure in force."""
        return self.head.current

    @property
    def is_frozen(self) -> bool:
        return self.head.phase in FROZEN

    @property
    def changes_verdict(self) -> bool:
        return self.head.status != str(self.figure.result.status)


@dataclass(frozen=True, slots=True)
class Preview:
    """``prospects`` newest first, at most ``MOST`` of ``touched``; ``first``: the first period
    that the new terms govern, also where it has not begun; None where the KPI ends before."""

    prospects: Sequence[Prospect]
    touched: int
    first: Period | None

    @property
    def open(self) -> list[Prospect]:
        """Those that follow the new terms by themselves."""
        return [each for each in self.prospects if not each.is_frozen]

    @property
    def frozen(self) -> list[Prospect]:
        """Those that only an approved restatement changes."""
        return [each for each in self.prospects if each.is_frozen]


def level_preview(*, level: ServiceLevel, as_of: datetime) -> Preview:
    """What ``level``, stored or not, makes of the periods of its KPI."""
    terms = _terms(level.kpi_id)
    levels = _with(terms.levels, level)
    return _preview(
        replace(terms, levels=levels), level.valid_from, _day_after(levels, level), as_of
    )


def definition_preview(*, definition: KpiDefinition, as_of: datetime) -> Preview:
    """What ``definition``, stored or not, makes of the periods of its KPI."""
    terms = _terms(definition.kpi_id)
    lines = _with(terms.definitions, definition)
    until = _day_after(lines, definition)
    return _preview(replace(terms, definitions=lines), definition.valid_from, until, as_of)


def restatement_preview(*, period: KpiPeriod, as_of: datetime) -> Figure | None:
    """What a restatement of ``period`` would give today; None outside the KPI's days."""
    terms = _terms(period.kpi_id)
    found = terms.timeline.containing(period.starts_at)
    return figures_compute([Task.of(terms, found, as_of)])[0] if found else None


def _terms(kpi_id: int) -> Terms:
    return terms_of([kpi_id])[kpi_id]


def _with(lines: Sequence[_Line], new: _Line) -> list[_Line]:
    found: list[_Line] = [line for line in lines if line.valid_from != new.valid_from]
    found.append(new)
    return sorted(found, key=lambda line: line.valid_from)


def _day_after(lines: Sequence[_Line], line: _Line) -> date | None:
    """The day on which the next line takes over."""
    return next((each.valid_from for each in lines if each.valid_from > line.valid_from), None)


def _preview(terms: Terms, since: date, until: date | None, as_of: datetime) -> Preview:
    heads = KpiPeriod.objects.filter(kpi=terms.kpi, first_day__gte=since)
    if until:
        heads = heads.filter(first_day__lt=until)
    newest = heads.select_related("current__level", "current__definition").order_by("-starts_at")
    shown = list(newest[:MOST])
    touched = len(shown) if len(shown) < MOST else heads.count()
    return Preview(_prospects(terms, shown, as_of), touched, _first(terms, since, until))


def _prospects(terms: Terms, heads: Sequence[KpiPeriod], as_of: datetime) -> list[Prospect]:
    periods = [(head, terms.timeline.containing(head.starts_at)) for head in heads]
    tasks = [Task.of(terms, period, as_of) for _, period in periods if period]
    figures = {figure.task.period.start: figure for figure in figures_compute(tasks)}
    return [
        Prospect(head, figures[period.start])
        for head, period in periods
        if period and period.start == head.starts_at
    ]


def _first(terms: Terms, since: date, until: date | None) -> Period | None:
    """The first period that begins on ``since`` or later, and before ``until``."""
    day = max(since, terms.kpi.first_day)
    around = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    ahead = terms.timeline.between(around - _A_DAY, around + _LONGEST)
    found = next((period for period in ahead if period.first_day >= since), None)
    return None if found and until and found.first_day >= until else found
