"""What vendors report as their own figures, for the KPIs whose clause lets that be the one that
is judged."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from metrics.models import KpiDefinition
from metrics.selectors.reported import figures_that_count

if TYPE_CHECKING:
    from metrics.evaluation.tasks import Task


def is_of_record(definition: KpiDefinition) -> bool:
    """Whether the vendor's own figure is the one that is judged."""
    return definition.source_of_record == KpiDefinition.SourceOfRecord.VENDOR


def reported_of(tasks: Sequence["Task"]) -> Mapping[tuple[int, int], Fraction]:
    """The reported figure of the periods in which it is judged: one query where there are any."""
    asked = [task for task in tasks if is_of_record(task.definition)]
    if not asked:
        return {}
    kpis = {task.terms.kpi.pk for task in asked}
    known = figures_that_count(kpis, {task.period.first_day for task in asked})
    return {
        task.place: Fraction(str(figure.value))
        for task in asked
        if (figure := known.get((task.terms.kpi.pk, task.period.first_day)))
    }
