"""What a scorecard says: plain values, frozen, ready to be shown, compared or stored.

Scores and attainments are 0..100, shares and coverages 0..1, all exact. None means "not rated":
nothing was measured, which is neither 0 nor 100.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from kpotracker.toolkit.charts import Point
from metrics.selectors.spans import Span
from metrics.selectors.wording import Word


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose card it is; ``kind`` is vendor or contract, ``code`` its vendor code or reference."""

    kind: str
    code: str
    name: str
    vendor_code: str
    vendor_name: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI's result in one period, in words and numbers.

    ``actual``, ``target`` and ``delta`` are texts with unit; a missed value never reads as met.
    """

    period_id: int
    label: str
    first_day: date
    last_day: date
    status: str
    word: Word
    actual: str
    value: float | None
    target: str
    minimum: str
    delta: str
    attainment: Fraction | None
    weight: Fraction
    phase: str
    phase_word: Word
    revision: int | None
    has_late_rows: bool
    consequence: str
    is_breach: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI on the card: its latest figure, all its figures of the period and its trend.

    ``share``: part of the family's weight; None for what is shown and weighs nothing.
    ``fresh_at``: when data for it last arrived.
    """

    kpi: str
    name: str
    contract: str
    clause: str
    kind: str
    weight: Fraction
    share: Fraction | None
    standing: str
    figure: Figure | None
    figures: tuple[Figure, ...]
    trend: tuple[Point, ...]
    fresh_at: datetime | None

    @property
    def met(self) -> int:
        """In how many of ``figures`` the service level was reached."""
        return sum(figure.status == "MET" for figure in self.figures)


@dataclass(frozen=True, slots=True)
class FamilyCard:
    """One family of a card; families never mix. ``not_due``: names of KPIs judged another time."""

    family: str
    score: Fraction | None
    coverage: Fraction | None
    lines: tuple[Line, ...]
    not_due: tuple[str, ...]
    trend: tuple[Point, ...]

    @property
    def is_rated(self) -> bool:
        return self.score is not None

    @property
    def standing(self) -> str:
        """Why there is no score, in words; empty where there is one."""
        if self.is_rated:
            return ""
        if self.coverage is not None:
            return "not rated"
        if self.lines:
            return "not scored"
        return "not due" if self.not_due else "nothing promised"

    @property
    def failures(self) -> int:
        """Service level failures among its lines."""
        return sum(figure.is_breach for line in self.lines for figure in line.figures)


@dataclass(frozen=True, slots=True)
class ContractPart:
    """A contract's place on its vendor's card; ``share`` is what it weighs, 0..1."""

    reference: str
    title: str
    share: Fraction
    scores: tuple[tuple[str, Fraction | None], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Four family scores and what made them; there is no score over the four."""

    subject: Subject
    span: Span
    families: tuple[FamilyCard, ...]
    contracts: tuple[ContractPart, ...]
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not any(line.figure for family in self.families for line in family.lines)

    @property
    def figures(self) -> list[Figure]:
        return [f for family in self.families for line in family.lines for f in line.figures]

    @property
    def unsettled(self) -> int:
        """Figures that may still change: their period runs, or is in its grace."""
        return sum(figure.phase in {"running", "provisional"} for figure in self.figures)
