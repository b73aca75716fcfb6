"""Vendors beside each other in one family: scores, and KPIs that are measured alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from contracts.models import Vendor
from contracts.selectors.scope import Scope
from kpotracker.toolkit.charts import Point
from metrics.models import Kpi
from metrics.models.timelines import in_force
from metrics.scorecards.assemble import line_of
from metrics.scorecards.cards import Line
from metrics.scorecards.families import score_of, trends_of, weights_of
from metrics.scorecards.material import (
    Material,
    by_vendor,
    is_due,
    load_material,
    of_vendors,
)
from metrics.selectors import scope as scoped
from metrics.selectors.spans import Span
from metrics.selectors.wording import unit_sign
from metrics.selectors.wording_terms import measure_word

_DIRECTIONS = {
    Kpi.Direction.HIGHER: "higher is better",
    Kpi.Direction.LOWER: "lower is better",
    Kpi.Direction.WITHIN: "within a range",
}


@dataclass(frozen=True, slots=True)
class PeerScore:
    """One vendor's score of the family; ``promises``: how many KPIs it has there."""

    code: str
    name: str
    score: Fraction | None
    coverage: Fraction | None
    promises: int
    trend: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class PeerLine:
    """One KPI of one vendor; ``is_due``: a period of it must end in the one shown."""

    vendor_code: str
    vendor_name: str
    line: Line
    is_due: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """KPIs with one measure, unit and direction: only these may be compared with each other."""

    measure: str
    unit: str
    direction: str
    lines: tuple[PeerLine, ...]

    @property
    def key(self) -> str:
        return f"{self.measure}/{self.unit}/{self.direction}"

    @property
    def words(self) -> str:
        """How these are measured, such as ``share of good items in %, higher is better``."""
        sign = unit_sign(self.unit)
        way = _DIRECTIONS.get(Kpi.Direction(self.direction), self.direction)
        measure = measure_word(self.measure).text.lower()
        return f"{measure}{f' in {sign}' if sign else ''}, {way}"

    @property
    def is_comparable(self) -> bool:
        """Whether two vendors at least are measured in this way."""
        return len({each.vendor_code for each in self.lines}) > 1


@dataclass(frozen=True, slots=True)
class Peers:
    """The vendors chosen, in one family; nothing is added up over families."""

    family: str
    scores: tuple[PeerScore, ...]
    groups: tuple[Alike, ...]


def peers_of(*, scope: Scope, vendors: Sequence[Vendor], family: str, span: Span) -> Peers:
    """``vendors`` beside each other in ``family``: six queries for any number of them."""
    in_use = scoped.kpis(scope).filter(archived_at__isnull=True)
    material = load_material(in_use.filter(of_vendors([each.pk for each in vendors])), span)
    owned = by_vendor(material.kpis)
    return Peers(
        family=family,
        scores=tuple(_score(each, owned.get(each.pk, []), material, family) for each in vendors),
        groups=_groups(material, family),
    )


def _score(vendor: Vendor, kpis: Sequence[Kpi], material: Material, family: str) -> PeerScore:
    scored = [kpi for kpi in kpis if kpi.family == family]
    weights = weights_of(material, kpis, material.span)
    score = score_of(material, scored, material.span, weights)
    trend = trends_of(material, kpis)[family]
    return PeerScore(vendor.code, vendor.name, score.score, score.coverage, len(scored), trend)


def _groups(material: Material, family: str) -> tuple[Alike, ...]:
    found: dict[tuple[str, str, str], list[PeerLine]] = {}
    for kpi in material.kpis:
        owner, line = kpi.governing_contract, line_of(kpi, material)
        if kpi.family == family and owner:
            due = is_due(kpi, material.span)
            peer = PeerLine(owner.vendor.code, owner.vendor.name, line, due)
            found.setdefault((*_measured(kpi, line, material.span), kpi.direction), []).append(peer)
    groups = [Alike(*key, lines=_by_vendor(lines)) for key, lines in found.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.lines), group.key)))


def _measured(kpi: Kpi, line: Line, span: Span) -> tuple[str, str]:
    """Measure and unit: of the figure shown, or else as the clause has it now."""
    if line.figure and line.figure.measure:
        return line.figure.measure, line.figure.unit
    definition = in_force(kpi.definitions.all(), span.last_day)
    return (definition.measure, definition.unit) if definition else ("", "")


def _by_vendor(lines: list[PeerLine]) -> tuple[PeerLine, ...]:
    return tuple(sorted(lines, key=lambda each: (each.vendor_name, each.line.name)))
