"""A stored result in the words and numbers that people see."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from kpotracker.toolkit.charts import Point
from metrics.engine import Level, display
from metrics.models import ServiceLevel
from metrics.scorecards.cards import Card, FamilyCard, Figure, Remark
from metrics.scorecards.heads import Head
from metrics.selectors.wording import phase_word, status_word, unit_sign

_SIGNS = {">=": "≥", "<=": "≤"}
_MISSING = "–"
_THOUSANDS = re.compile(r"(?<![\d.])\d{4,}")


@dataclass(frozen=True, slots=True)
class Target:
    """The numbers of a service level, as far as showing a figure beside it needs them."""

    operator: str
    expected: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    minimum: Decimal | None
    compare_places: int | None = None
    compare_rounding: str = "half_up"

    @property
    def low(self) -> Decimal | None:
        """The least value that is met."""
        if self.operator == "within":
            return self.lower
        return self.target if self.operator in {">=", ">"} else None

    @property
    def high(self) -> Decimal | None:
        """The largest value that is met."""
        if self.operator == "within":
            return self.upper
        return self.target if self.operator in {"<=", "<"} else None

    @property
    def target(self) -> Decimal | None:
        return self.expected if self.expected is not None else self.minimum

    @property
    def edges(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the largest value that are met."""
        return self.low, self.high

    @property
    def has_two_levels(self) -> bool:
        return self.expected is not None and self.minimum is not None


def target_of(stated: Head | ServiceLevel) -> Target:
    """The numbers that a figure was judged by."""
    return Target(**{name: getattr(stated, name) for name in Target.__slots__})


def figure_of(head: Head, said: tuple[Remark, ...] = ()) -> Figure:
    """The figure of a head; a value that missed its level never reads as one that met it."""
    target = target_of(head)
    was = head.original_status
    return Figure(
        period_id=head.period_id,
        label=head.label,
        first_day=head.first_day,
        last_day=head.last_day,
        status=head.status,
        word=status_word(head.status, two_levels=target.has_two_levels),
        actual=actual_text(head.value, target, head.unit, head.places),
        value=None if head.value is None else float(head.value),
        target=target_text(target, head.unit),
        minimum=minimum_text(target, head.unit),
        delta=delta_text(head.value, target, head.unit, head.places),
        attainment=head.attainment if head.is_scored else None,
        weight=head.weight,
        phase=head.phase,
        phase_word=phase_word(head.phase),
        revision=head.revision,
        has_late_rows=head.has_late_rows,
        consequence=head.consequence,
        is_breach=head.is_breach,
        exact=head.value,
        unit=head.unit,
        places=head.places,
        measure=head.measure,
        rows=head.rows,
        attested=head.attested,
        original=actual_text(head.original, target, head.unit, head.places) if was else "",
        original_word=status_word(was, two_levels=target.has_two_levels) if was else None,
        said=said,
    )


def point_of(head: Head) -> Point:
    """The head's place on a chart."""
    target = target_of(head)
    return Point(
        label=head.label,
        value=None if head.value is None else float(head.value),
        text=actual_text(head.value, target, head.unit, head.places),
        tone=status_word(head.status).tone,
        low=None if target.low is None else float(target.low),
        high=None if target.high is None else float(target.high),
        minimum=lowest(target),
    )


def lowest(target: Target) -> float | None:
    """The minimum as a chart draws it, where it stands apart from what is expected."""
    if target.minimum is None or not target.has_two_levels:
        return None
    return float(target.minimum)


def actual_text(value: Fraction | None, target: Target, unit: str, places: int) -> str:
    """The value with its unit, rounded to ``places`` without crossing its level."""
    if value is None:
        return _MISSING
    return with_sign(shown(value, target, places), unit)


def target_text(target: Target, unit: str) -> str:
    """What is expected, such as ``≥ 95 %`` or ``−5 to 5 %``; empty without a level."""
    if target.operator == "within":
        return with_sign(f"{typed(target.lower)} to {typed(target.upper)}", unit)
    if target.target is None:
        return ""
    sign = _SIGNS.get(target.operator, target.operator)
    return f"{sign} {with_sign(typed(target.target), unit)}"


def minimum_text(target: Target, unit: str) -> str:
    """The minimum apart from the expected level; empty where there is one level."""
    return with_sign(typed(target.minimum), unit) if target.has_two_levels else ""


def delta_text(value: Fraction | None, target: Target, unit: str, places: int) -> str:
    """How far the value shown lies from the nearest edge of its level, signed."""
    if value is None or (target.low is None and target.high is None):
        return ""
    seen = Decimal(shown(value, target, places))
    distance = seen - _nearest_edge(seen, target)
    if target.low is not None and target.high is not None and target.low <= seen <= target.high:
        return "inside"
    sign = "+" if distance > 0 else "−" if distance < 0 else "±"
    return with_sign(f"{sign}{abs(distance):f}", "points" if unit == "percent" else unit)


def with_sign(number: str, unit: str) -> str:
    """The number and its unit, such as ``95 %`` or ``4 hours``."""
    sign = unit_sign(unit)
    return f"{typed(number)} {sign}" if sign else typed(number)


def score_text(score: Fraction | None) -> str:
    """A score with one decimal; below 100 it never reads as 100."""
    if score is None:
        return "not rated"
    rounded = min(round_tenths(score), Fraction(999, 10)) if score < 100 else round_tenths(score)
    return f"{float(rounded):.1f}"


def share_text(share: Fraction | None) -> str:
    """A share of 0..1 in percent; what is not all never reads as 100 %."""
    if share is None:
        return ""
    percent = round(share * 100)
    return f"{99 if percent == 100 and share < 1 else percent} %"


def working_text(card: FamilyCard) -> str:
    """A contract's family score with its numbers: ``(60 × 100 + 40 × 50) / 100 = 80.0``."""
    parts = [
        (figure.weight / len(line.figures), figure.attainment)
        for line in card.lines
        for figure in line.figures
        if figure.attainment is not None
    ]
    terms = " + ".join(f"{short_text(weight)} × {short_text(reached)}" for weight, reached in parts)
    whole = sum((weight for weight, _ in parts), Fraction(0))
    return f"({terms}) / {short_text(whole)} = {score_text(card.score)}"


def vendor_working_text(card: Card, family: FamilyCard) -> str:
    """A vendor's family score with its numbers: each contract's share times its score."""
    scores = [(part.share, dict(part.scores).get(family.family)) for part in card.contracts]
    parts = [(share, score) for share, score in scores if score is not None]
    terms = " + ".join(f"{share_text(share)} × {score_text(score)}" for share, score in parts)
    whole = sum((share for share, _ in parts), Fraction(0))
    return f"({terms}) / {share_text(whole)} = {score_text(family.score)}"


def change_text(now: Fraction, then: Fraction, unit: str, places: int) -> str:
    """How much ``now`` is above or below ``then``, signed, in the unit of both."""
    moved = round(now - then, places)
    sign = "+" if moved > 0 else "−" if moved < 0 else "±"
    number = f"{sign}{Decimal(abs(moved).numerator) / Decimal(abs(moved).denominator):.{places}f}"
    return with_sign(number, "points" if unit == "percent" else unit)


def short_text(number: Fraction) -> str:
    """An exact number as short as it can be told: at most two decimals."""
    return typed(f"{float(number):.2f}".rstrip("0").rstrip("."))


def round_tenths(value: Fraction) -> Fraction:
    """Half up to one decimal."""
    return Fraction((value * 10 + Fraction(1, 2)).__floor__(), 10)


def typed(number: object) -> str:
    """A number as people write it: a minus sign that is one, and thousands apart."""
    return _THOUSANDS.sub(lambda digits: f"{int(digits[0]):,}", str(number)).replace("-", "−")


def shown(value: Fraction, target: Target, places: int) -> str:
    """The value as text; the engine keeps its look on the side of the level that it is on."""
    return display(value, places, _level(target))


@lru_cache(maxsize=1024)
def _level(target: Target) -> Level | None:
    if not target.operator:
        return None
    return Level(
        operator=target.operator,
        expected=_fraction(target.expected),
        minimum=_fraction(target.minimum),
        lo=_fraction(target.lower),
        hi=_fraction(target.upper),
        compare_places=target.compare_places,
        compare_rounding=target.compare_rounding,
    )


def _fraction(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def _nearest_edge(shown: Decimal, target: Target) -> Decimal:
    edges = [edge for edge in (target.low, target.high) if edge is not None]
    return min(edges, key=lambda edge: abs(shown - edge))
