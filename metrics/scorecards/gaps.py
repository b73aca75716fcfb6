"""What a card lacks at the moment: named before it is frozen, so that nobody overlooks it."""

from collections.abc import Iterator
from dataclasses import dataclass

from metrics.scorecards.cards import Card, Figure, Line

_MISSING = frozenset({"NO_DATA", "PENDING", "INCOMPLETE", "INVALID"})


@dataclass(frozen=True, slots=True)
class Gap:
    """One KPI's figure that is missing or may still change; ``period`` is empty without any.

    ``kind``: missing | unsettled | late.
    """

    kind: str
    kpi: str
    name: str
    period: str
    why: str


def gaps_of(card: Card) -> tuple[Gap, ...]:
    """Everything that keeps ``card`` from being complete and final, by KPI."""
    return tuple(gap for line in card.lines for gap in _of_line(line))


def _of_line(line: Line) -> Iterator[Gap]:
    if not line.figures:
        yield Gap("missing", line.kpi, line.name, "", "no figure at all in this period")
    for figure in line.figures:
        for kind, why in _of_figure(figure):
            yield Gap(kind, line.kpi, line.name, figure.label, why)


def _of_figure(figure: Figure) -> Iterator[tuple[str, str]]:
    if figure.status in _MISSING:
        yield "missing", figure.word.text.lower()
    if figure.is_unsettled:
        yield "unsettled", f"{figure.phase_word.text.lower()}: {figure.phase_word.meaning}"
    if figure.has_late_rows:
        yield "late", "rows arrived after it was final, and are not in it"
