"""A card as one flat table: exactly what it shows, a row for each figure."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from kpotracker.toolkit.exports import Cell
from metrics.scorecards.cards import Card, FamilyCard, Figure, Line
from metrics.scorecards.figures import score_text, share_text
from metrics.selectors.wording import NOT_MEASURED, family_word

COLUMNS = (
    "Period of the card",
    "Family",
    "Family score",
    "Family coverage",
    "KPI code",
    "KPI",
    "Contract",
    "Clause",
    "Class",
    "Weight in the family",
    "Period",
    "First day",
    "Last day",
    "Status",
    "Phase",
    "Late rows",
    "Value",
    "Unit",
    "Actual",
    "Service level",
    "Minimum",
    "Difference",
    "Attainment",
    "Original",
    "Rows",
    "Attested complete",
    "Last data (UTC)",
    "Commentary",
)
_DIGITS = Decimal(10) ** -10


def table_of(card: Card) -> list[tuple[Cell, ...]]:
    """The rows of ``COLUMNS``; a KPI without a figure has one that says so."""
    return [
        (card.span.label, *_family(family), *_kpi(line), *cells)
        for family in card.families
        for line in family.lines
        for cells in _figures(line)
    ]


def file_name(card: Card, edition: int | None = None) -> str:
    """What its export is called, without an ending."""
    name = f"scorecard-{card.subject.code}-{card.span.label}"
    return f"{name}-edition-{edition}" if edition else name


def _family(family: FamilyCard) -> tuple[Cell, ...]:
    score = score_text(family.score) if family.is_rated else family.standing
    return family_word(family.family).text, score, share_text(family.coverage)


def _kpi(line: Line) -> tuple[Cell, ...]:
    weight = share_text(line.share) or line.standing or "none"
    return line.kpi, line.name, line.contract, line.clause, line.kind or "Measured", weight


def _figures(line: Line) -> Iterator[tuple[Cell, ...]]:
    for figure in line.figures:
        yield (*_figure(figure), line.fresh_at, _said(figure))
    if not line.figures:
        blank = (None,) * 3, NOT_MEASURED.text, (None,) * 12
        yield (*blank[0], blank[1], *blank[2], line.fresh_at, "")


def _figure(figure: Figure) -> tuple[Cell, ...]:
    return (
        figure.label,
        figure.first_day,
        figure.last_day,
        figure.word.text,
        figure.phase_word.text,
        figure.has_late_rows,
        number(figure.exact),
        figure.unit,
        figure.actual,
        figure.target,
        figure.minimum,
        figure.delta,
        number(figure.attainment),
        figure.original,
        figure.rows,
        figure.attested,
    )


def number(exact: Fraction | None) -> Decimal | None:
    """An exact number for a cell, with at most ten decimals."""
    if exact is None:
        return None
    rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(
        _DIGITS, ROUND_HALF_EVEN
    )
    return Decimal(format(rounded, "f").rstrip("0").rstrip(".") or "0")


def _said(figure: Figure) -> str:
    return "\n\n".join(
        f"{remark.author}{' (internal)' if remark.is_internal else ''}: {remark.text}"
        for remark in figure.said
    )
