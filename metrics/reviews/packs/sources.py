"""The appendix: how each figure was made, and where its rows came from."""

from collections.abc import Iterable, Mapping
from typing import Any

from metrics.models import KpiDefinition, ResultRevision, ServiceLevel
from metrics.reviews.packs.scores import Part
from metrics.reviews.packs.subject import Audience
from metrics.scorecards.cards import Card, Line
from metrics.scorecards.figures import minimum_text, target_of, target_text
from metrics.selectors import scope as scoped
from metrics.selectors.wording import unit_sign


def source_parts(
    cards: Iterable[Card], revisions: Mapping[int, ResultRevision], audience: Audience
) -> list[Part]:
    """One entry per KPI with figures on ``cards``, in their order."""
    lines = [
        (card.subject.code, line)
        for card in cards
        for family in card.families
        for line in family.lines
        if line.figures
    ]
    feeds = _feeds([line.kpi for _, line in lines], audience)
    return [
        _source(reference, line, revisions, feeds.get(line.kpi, []))
        for reference, line in lines
        if line.figures[-1].period_id in revisions
    ]


def _feeds(codes: list[str], audience: Audience) -> dict[str, list[str]]:
    """The names of the feeds behind each KPI, as far as the audience knows of them."""
    links = scoped.feed_kpis(audience.scope).filter(kpi__code__in=codes)
    found: dict[str, list[str]] = {}
    for code, name in links.order_by("feed__name").values_list("kpi__code", "feed__name"):
        found.setdefault(code, []).append(name)
    return found


def _source(
    reference: str, line: Line, revisions: Mapping[int, ResultRevision], feeds: list[str]
) -> Part:
    last = revisions[line.figures[-1].period_id]
    definition, level = last.definition, last.level
    kpi = last.definition.kpi
    return {
        "kpi": line.kpi,
        "name": line.name,
        "contract": reference,
        "clause": line.clause,
        "wording": (level.wording if level else "") or kpi.wording,
        "formula": str(last.body.get("formula", "")),
        "measured": _measured(definition),
        "level": _level(level, definition.unit),
        "feeds": feeds,
        "figures": [
            _made(figure.label, figure.actual, revisions[figure.period_id])
            for figure in line.figures
            if figure.period_id in revisions
        ],
    }


def _measured(definition: KpiDefinition) -> str:
    parts = [
        f"{definition.measure.replace('_', ' ')} in {_unit(definition.unit)}",
        f"each {definition.period.replace('_', ' ')}",
        f"time of {definition.zone}",
    ]
    if definition.calendar:
        parts.append(f"working hours of {definition.calendar}")
    changed = definition.amendment
    since = f"amendment {changed.number}" if changed else "as signed"
    return f"{', '.join(parts)}; defined from {definition.valid_from} ({since})"


def _level(level: ServiceLevel | None, unit: str) -> str:
    if level is None:
        return "none agreed: shown and not judged"
    target = target_of(level)
    least = minimum_text(target, unit)
    minimum = f", minimum {least}" if least else ""
    agreed = f"amendment {level.amendment.number}" if level.amendment else "the contract as signed"
    return f"{target_text(target, unit)}{minimum}, from {level.valid_from}, {agreed}"


def _unit(unit: str) -> str:
    return unit_sign(unit) or unit


def _made(label: str, actual: str, revision: ResultRevision) -> dict[str, Any]:
    return {
        "label": label,
        "actual": actual,
        "exact": revision.value,
        "numerator": revision.numerator,
        "denominator": revision.denominator,
        "rows": revision.rows,
        "revision": revision.number,
        "computed_at": revision.computed_at.isoformat(),
        "restated": revision.reason,
        "approved_by": revision.approved_by,
    }
