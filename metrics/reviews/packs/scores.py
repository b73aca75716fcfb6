"""The scores and figures of a pack, in the words and numbers people see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from fractions import Fraction
from typing import Any

from kpotracker.toolkit.charts import Point
from metrics.models import KpiPeriod, ResultRevision
from metrics.reviews.packs.subject import PackSubject
from metrics.scorecards.assemble import assemble
from metrics.scorecards.cards import Card, FamilyCard, Figure, Line
from metrics.scorecards.figures import score_text, share_text, typed
from metrics.selectors.wording import NOT_MEASURED, Word, consequence_words, family_word

Part = dict[str, Any]


def vendor_card(subject: PackSubject) -> Card:
    """The vendor's card over the pack's period."""
    span = subject.span
    return assemble(vendor=subject.vendor, first_day=span.first_day, last_day=span.last_day)


def contract_cards(subject: PackSubject) -> list[Card]:
    """A card for each contract that has something to show."""
    span = subject.span
    cards = (
        assemble(contract=each, first_day=span.first_day, last_day=span.last_day)
        for each in subject.contracts
    )
    return [card for card in cards if any(family.lines for family in card.families)]


def revisions_of(cards: Iterable[Card]) -> dict[int, ResultRevision]:
    """The revision that each figure on ``cards`` shows, by period id: one query."""
    shown = {figure.period_id for card in cards for figure in card.figures}
    heads = KpiPeriod.objects.filter(pk__in=shown).select_related(
        "current__definition__calendar", "current__level__amendment", "kpi"
    )
    return {head.pk: head.current for head in heads if head.current}


def family_parts(
    card: Card, revisions: Mapping[int, ResultRevision], *, with_lines: bool
) -> list[Part]:
    """The families of ``card`` in which something is promised."""
    shown = [family for family in card.families if family.lines or family.not_due]
    return [_family(family, revisions, with_lines) for family in shown]


def word_part(word: Word) -> Part:
    return {"text": word.text, "tone": word.tone}


def point_parts(points: Sequence[Point]) -> list[Part]:
    return [asdict(point) for point in points]


def points_of(parts: Iterable[Mapping[str, Any]]) -> list[Point]:
    """The points as they were before they were frozen."""
    known = {field.name for field in fields(Point)}
    return [Point(**{name: part[name] for name in known & set(part)}) for part in parts]


def _family(family: FamilyCard, revisions: Mapping[int, ResultRevision], with_lines: bool) -> Part:
    word = family_word(family.family)
    return {
        "family": family.family,
        "name": word.text,
        "meaning": word.meaning,
        "score": _exact(family.score),
        "score_text": score_text(family.score) if family.is_rated else family.standing,
        "is_rated": family.is_rated,
        "coverage": _exact(family.coverage),
        "coverage_text": share_text(family.coverage),
        "failures": family.failures,
        "measured": sum(line.figure is not None for line in family.lines),
        "promised": len(family.lines),
        "not_due": list(family.not_due),
        "trend": point_parts(family.trend),
        "lines": [_line(line, revisions) for line in family.lines] if with_lines else [],
    }


def _line(line: Line, revisions: Mapping[int, ResultRevision]) -> Part:
    return {
        "kpi": line.kpi,
        "name": line.name,
        "clause": line.clause,
        "kind": line.kind,
        "standing": line.standing,
        "share": _exact(line.share),
        "share_text": share_text(line.share),
        "latest": _figure(line.figure, revisions) if line.figure else _absent(),
        "figures": [_figure(figure, revisions) for figure in line.figures],
        "met": line.met,
        "trend": point_parts(line.trend),
        "fresh_at": line.fresh_at.isoformat() if line.fresh_at else "",
    }


def _figure(figure: Figure, revisions: Mapping[int, ResultRevision]) -> Part:
    revision = revisions.get(figure.period_id)
    return {
        "period_id": figure.period_id,
        "label": figure.label,
        "first_day": figure.first_day.isoformat(),
        "last_day": figure.last_day.isoformat(),
        "status": figure.status,
        "word": word_part(figure.word),
        "actual": figure.actual,
        "exact": revision.value if revision else "",
        "unit": revision.definition.unit if revision else "",
        "target": figure.target,
        "minimum": figure.minimum,
        "delta": figure.delta,
        "attainment": _exact(figure.attainment),
        "attainment_text": "" if figure.attainment is None else score_text(figure.attainment),
        "phase": word_part(figure.phase_word),
        "revision": figure.revision,
        "has_late_rows": figure.has_late_rows,
        "consequence": consequence_words(figure.consequence),
        "is_breach": figure.is_breach,
    }


def _absent() -> Part:
    """What a line shows where nothing was measured: missing, never zero."""
    return {
        "label": "",
        "word": word_part(NOT_MEASURED),
        "actual": "–",
        "exact": "",
        "target": "",
        "minimum": "",
        "delta": "",
        "attainment": None,
        "attainment_text": "",
        "phase": {"text": "", "tone": "quiet"},
        "revision": None,
        "is_breach": False,
    }


def _exact(number: Fraction | None) -> str | None:
    return None if number is None else str(number)


def accepted_text(low: float | None, high: float | None) -> str:
    """What a level accepted at one point of a trend."""
    if low is not None and high is not None:
        return f"{typed(f'{low:g}')} to {typed(f'{high:g}')}"
    if low is not None:
        return f"from {typed(f'{low:g}')}"
    return f"up to {typed(f'{high:g}')}" if high is not None else ""
