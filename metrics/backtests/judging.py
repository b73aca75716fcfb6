"""Which periods would be defaults: the proposed figures among those that stand."""

from collections.abc import Mapping, Sequence
from datetime import date

from metrics.backtests.figures import Proposed
from metrics.backtests.past import Range
from metrics.backtests.reading import KpiProposal
from metrics.credits.facts import Judged, judged_of
from metrics.engine.credits import Days
from metrics.evaluation.defaulting import slot_of
from metrics.evaluation.repeating import PeriodDefault, PeriodSlot, repeats_of
from metrics.models import KpiPeriod, ServiceLevel

_NEW = 10**15  # above every stored number: periods that are cut anew have numbers of their own


def defaults_proposed(
    proposal: KpiProposal, heads: Sequence[KpiPeriod], figures: Sequence[Proposed], span: Range
) -> Mapping[date, PeriodDefault]:
    """Every default by first day: periods before the range count as they stand."""
    earlier = [slot_of(head) for head in heads if head.first_day < span.since]
    stored = {level.valid_from: level for level in _levels_named(heads)}
    lines = stored | {level.valid_from: level for level in proposal.terms.levels}
    return repeats_of(lines.values(), [*earlier, *map(_slot, figures)])


def _levels_named(heads: Sequence[KpiPeriod]) -> list[ServiceLevel]:
    return [head.current.level for head in heads if head.current and head.current.level]


def _slot(proposed: Proposed) -> PeriodSlot:
    task, result = proposed.figure.task, proposed.figure.result
    head = proposed.place.head
    return PeriodSlot(
        first_day=task.period.first_day,
        level_from=task.level.valid_from if task.level else None,
        status=str(result.status),
        consequence=str(result.consequence),
        is_final=proposed.place.is_final,
        is_waived=head is not None and slot_of(head).is_waived,
    )


def judged_proposed(
    figures: Sequence[Proposed], defaults: Mapping[date, PeriodDefault]
) -> list[Judged]:
    """The proposed periods of one KPI as credits ask for them. A case, with its cause and waiver,
    stays with a period that is not cut anew."""
    return [_judged(each, number, defaults) for number, each in enumerate(figures)]


def _judged(proposed: Proposed, number: int, defaults: Mapping[date, PeriodDefault]) -> Judged:
    task, result, head = proposed.figure.task, proposed.figure.result, proposed.place.head
    kpi, period = task.terms.kpi, task.period
    stands = judged_of(head) if head else None
    return Judged(
        number=stands.number if stands else _NEW * kpi.pk + number,
        kpi=kpi,
        label=period.label,
        days=Days(period.first_day, period.last_day),
        value=result.value,
        shortfall=result.shortfall,
        status=str(result.status),
        consequence=str(result.consequence),
        is_default=period.first_day in defaults,
        is_final=proposed.place.is_final,
        level=task.judged_by,
        case=stands.case if stands else None,
    )
