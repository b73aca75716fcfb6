"""What a scorecard says: plain values, frozen, ready to be shown, compared or stored.

Scores and attainments are 0..100, shares and coverages 0..1, all exact. None means "not rated":
nothing was measured, which is neither 0 nor 100.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from kpotracker.toolkit.charts import Point
from metrics.selectors.spans import Span
from metrics.selectors.wording import BAD, Word


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose card it is; ``kind`` is vendor or contract, ``code`` its vendor code or reference."""

    kind: str
    code: str
    name: str
    vendor_code: str
    vendor_name: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What one side says about a figure, in its newest version; ``side`` is buyer or vendor."""

    side: str
    is_internal: bool
    version: int
    text: str
    author: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI's result in one period, in words and numbers.

    ``actual``, ``target`` and ``delta`` are texts with unit; a missed value never reads as met.
    ``exact`` is the value itself. ``original`` and ``original_word``: what it was before it was
    restated. ``attested``: the sender said that all ``rows`` of the period are in.
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
    exact: Fraction | None = None
    unit: str = ""
    places: int = 2
    measure: str = ""
    rows: int = 0
    attested: bool = False
    original: str = ""
    original_word: Word | None = None
    said: tuple[Remark, ...] = ()

    @property
    def is_red(self) -> bool:
        """Whether it failed, or is withheld as invalid, in a period that has ended."""
        return self.word.tone == BAD and self.phase != "running"

    @property
    def is_unsettled(self) -> bool:
        """Whether it may still change by itself: its period runs, or is in its grace."""
        return self.phase in {"running", "provisional"}

    @property
    def lacks_commentary(self) -> bool:
        return self.is_red and not self.said


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI on the card: its latest figure, all its figures of the period and its trend.

    ``share``: part of the family's weight; None for what is shown and weighs nothing.
    ``fresh_at``: when data for it last arrived. ``direction``: higher, lower or within.
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
    direction: str = ""

    @property
    def met(self) -> int:
        """In how many of ``figures`` the service level was reached."""
        return sum(figure.status == "MET" for figure in self.figures)

    @property
    def remarked(self) -> tuple[Figure, ...]:
        """The figures that somebody commented on, or that still wait for it."""
        return tuple(figure for figure in self.figures if figure.said or figure.is_red)


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
        return not any(line.figure for line in self.lines)

    @property
    def figures(self) -> list[Figure]:
        return [figure for line in self.lines for figure in line.figures]

    @property
    def lines(self) -> list[Line]:
        return [line for family in self.families for line in family.lines]

    @property
    def unsettled(self) -> int:
        """Figures that may still change: their period runs, or is in its grace."""
        return sum(figure.is_unsettled for figure in self.figures)

    @property
    def uncommented(self) -> int:
        """Red figures that nobody has said anything about."""
        return sum(figure.lacks_commentary for figure in self.figures)
