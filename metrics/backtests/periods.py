"""The periods of one KPI then and now, and what its contract's credits ask of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from metrics.backtests.figures import Proposed
from metrics.backtests.judging import defaults_proposed, judged_proposed
from metrics.backtests.past import Past, Range
from metrics.backtests.reading import KpiProposal
from metrics.backtests.results import Row
from metrics.backtests.sides import Volumes, now_side, then_side
from metrics.credits.facts import Judged, judged_of


@dataclass(frozen=True)
class Periods:
    """``rows``: those in the range, each with its number then and its number now (None where it is
    none). ``today`` and ``proposed``: all of the KPI that ended, for its contract's credits."""

    rows: Sequence[tuple[Row, int | None, int | None]]
    today: Sequence[Judged]
    proposed: Sequence[Judged]
    is_cut_anew: bool = False


def periods_standing(past: Past, span: Range, kpi_id: int) -> Periods:
    """Of a KPI whose figures stay as they are."""
    judged = {head.pk: judged_of(head) for head in past.heads.get(kpi_id, ())}
    rows = []
    for head in past.within(kpi_id, span):
        side, final = then_side(head), judged[head.pk].is_final
        row = Row(past.kpis[kpi_id], head.label, head.first_day, head.last_day, final, side, side)
        rows.append((row, head.pk, head.pk))
    return Periods(rows, list(judged.values()), list(judged.values()))


def periods_proposed(
    proposal: KpiProposal,
    past: Past,
    span: Range,
    figures: Sequence[Proposed],
    volumes: Volumes,
) -> Periods:
    """Of a KPI that is judged anew: its ``figures`` in order of time."""
    kpi = past.kpis[proposal.terms.kpi.pk]
    heads = past.heads.get(kpi.pk, ())
    defaults = defaults_proposed(proposal, heads, figures, span)
    judged = judged_proposed(figures, defaults)
    today = {head.pk: judged_of(head) for head in heads}
    replaced = {head.pk: head for each in figures for head in each.place.stands}
    rows: list[tuple[Row, int | None, int | None]] = []
    for one, each in zip(judged, figures, strict=True):
        found = defaults.get(one.days.first)
        now = now_side(each, found.cause if found else "", volumes)
        head = each.place.head
        then = then_side(replaced.pop(head.pk)) if head else None
        row = Row(kpi, one.label, one.days.first, one.days.last, one.is_final, then, now)
        rows.append((row, head.pk if head else None, one.number))
    stood = {*replaced, *(number for _, number, _ in rows if number)}
    for head in replaced.values():
        final = today[head.pk].is_final
        row = Row(kpi, head.label, head.first_day, head.last_day, final, then_side(head), None)
        rows.append((row, head.pk, None))
    rows.sort(key=lambda told: (told[0].first_day, told[0].last_day))
    kept = [each for pk, each in today.items() if pk not in stood]
    return Periods(rows, list(today.values()), [*kept, *judged], bool(replaced))
