"""A scorecard put together from the results in force."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

from django.db.models import QuerySet

from contracts.models import Contract, Vendor
from contracts.selectors.scope import Scope
from kpotracker.toolkit.charts import Point
from metrics.models import Kpi
from metrics.models.timelines import in_force
from metrics.scorecards.cards import Card, ContractPart, FamilyCard, Line, Subject
from metrics.scorecards.families import contract_scores, score_of, trends_of, weights_of
from metrics.scorecards.figures import figure_of, point_of
from metrics.scorecards.heads import TREND_PERIODS, Head
from metrics.scorecards.material import (
    Material,
    Reach,
    contracts_of,
    is_due,
    load_material,
    missing_weight,
    newest_month,
    reach_of,
)
from metrics.scorecards.scoring import Weights
from metrics.selectors import scope as scoped
from metrics.selectors.results import of_contract, of_vendor
from metrics.selectors.spans import Span, span_between
from metrics.selectors.wording import FAMILIES, kind_words


def assemble(
    *,
    contract: Contract | None = None,
    vendor: Vendor | None = None,
    first_day: date,
    last_day: date,
    scope: Scope | None = None,
) -> Card:
    """The card of a contract or a vendor over the periods that end in the days given.

    ``scope``: whose eyes the commentary is for; without one the card carries none. Raises
    ValueError unless exactly one of ``contract`` and ``vendor`` is given. Makes the same number
    of queries for any number of KPIs, contracts and periods.
    """
    span = span_between(first_day, last_day)
    said = scoped.commentary(scope) if scope else None
    material = load_material(_kpis(contract, vendor), span, commentary=said)
    return _card(material, contract, vendor)


def assemble_two(
    *, spans: tuple[Span, Span], contract: Contract | None = None, vendor: Vendor | None = None
) -> tuple[Card, Card]:
    """The cards of two periods in the order given, from as many queries as one takes."""
    later = max(spans, key=lambda span: span.last_day)
    since = min(span.first_day for span in spans)
    material = load_material(_kpis(contract, vendor), later, since=since)
    first, second = (_card(replace(material, span=span), contract, vendor) for span in spans)
    return first, second


def _card(material: Material, contract: Contract | None, vendor: Vendor | None) -> Card:
    span = material.span
    weights = weights_of(material, material.kpis, span)
    trends = trends_of(material, material.kpis)
    families = tuple(_family(name, material, weights, trends[name]) for name in FAMILIES)
    return Card(
        subject=_subject(contract, vendor),
        span=span,
        families=families,
        contracts=_parts(material, weights) if vendor else (),
        notes=_notes(weights, families),
    )


def reach(*, contract: Contract | None = None, vendor: Vendor | None = None) -> Reach:
    """How far the results of a contract or a vendor reach."""
    return reach_of(_kpis(contract, vendor))


def latest_span(*, contract: Contract | None = None, vendor: Vendor | None = None) -> Span | None:
    """The month of the newest result; a month that still runs only where nothing else is."""
    return newest_month(_kpis(contract, vendor))


def _kpis(contract: Contract | None, vendor: Vendor | None) -> QuerySet[Kpi]:
    if contract and not vendor:
        return Kpi.objects.filter(of_contract(contract.reference))
    if vendor and not contract:
        return Kpi.objects.filter(of_vendor(vendor.code))
    raise ValueError("a scorecard is of one contract or one vendor: give exactly one of them")


def _subject(contract: Contract | None, vendor: Vendor | None) -> Subject:
    if contract:
        vendor = contract.vendor
        return Subject("contract", contract.reference, contract.title, vendor.code, vendor.name)
    assert vendor is not None
    return Subject("vendor", vendor.code, vendor.name, vendor.code, vendor.name)


def _family(
    name: str, material: Material, weights: Weights, trend: tuple[Point, ...]
) -> FamilyCard:
    kpis = [kpi for kpi in material.kpis if kpi.family == name]
    score = score_of(material, kpis, material.span, weights)
    shown = [
        kpi for kpi in kpis if material.inside(kpi, material.span) or is_due(kpi, material.span)
    ]
    shares = _shares(shown, material, weights)
    lines = [line_of(kpi, material, shares.get(kpi.pk)) for kpi in shown]
    return FamilyCard(
        family=name,
        score=score.score,
        coverage=score.coverage,
        lines=tuple(sorted(lines, key=lambda line: (-(line.share or 0), line.name))),
        not_due=tuple(kpi.name for kpi in kpis if kpi not in shown and not kpi.archived_at),
        trend=trend,
    )


def _shares(shown: Sequence[Kpi], material: Material, weights: Weights) -> dict[int, Fraction]:
    """What each scored KPI weighs in its family: in its contract, times what that one weighs."""
    within: dict[int, dict[int, Fraction]] = {}
    for kpi in shown:
        owner, weight = kpi.governing_contract, _weight(kpi, material)
        if owner and weight:
            within.setdefault(owner.pk, {})[kpi.pk] = weight
    whole = sum((weights.shares[contract] for contract in within), Fraction(0))
    return {
        kpi: weight / sum(parts.values()) * weights.shares[contract] / whole
        for contract, parts in within.items()
        for kpi, weight in parts.items()
        if whole
    }


def line_of(kpi: Kpi, material: Material, share: Fraction | None = None) -> Line:
    """The line of ``kpi`` in the material's period, with its last twelve figures up to then."""
    heads = material.inside(kpi, material.span)
    until = [h for h in material.heads.get(kpi.pk, ()) if h.last_day <= material.span.last_day]
    owner = kpi.governing_contract
    figures = tuple(figure_of(head, material.said.get(head.period_id, ())) for head in heads)
    return Line(
        kpi=kpi.code,
        name=kpi.name,
        contract=owner.reference if owner else "",
        clause=(heads[-1].clause if heads else "") or kpi.clause,
        kind=_kind(kpi, heads, material.span),
        weight=_weight(kpi, material) or Fraction(0),
        share=share,
        standing=_standing(heads),
        figure=figures[-1] if figures else None,
        figures=figures,
        trend=tuple(map(point_of, until[-TREND_PERIODS:])),
        fresh_at=material.fresh_at.get(kpi.pk),
        direction=kpi.direction,
    )


def _weight(kpi: Kpi, material: Material) -> Fraction | None:
    """What the KPI weighs in its family; None for what is shown without being scored."""
    heads = material.inside(kpi, material.span)
    if not heads:
        return missing_weight(kpi, material.span)
    scored = [head.weight for head in heads if head.is_scored]
    return sum(scored, Fraction(0)) / len(heads) if scored else None


def _kind(kpi: Kpi, heads: Sequence[Head], span: Span) -> str:
    if heads:
        return kind_words(heads[-1].kind)
    level = in_force(kpi.levels.all(), span.first_day)
    return kind_words(level.kind) if level else ""


def _standing(heads: Sequence[Head]) -> str:
    """Why a figure is shown without being scored."""
    if not heads:
        return ""
    if heads[-1].is_bedding_in:
        return "Bedding-in"
    return "Reporting only" if heads[-1].kind == "reporting" else ""


def _parts(material: Material, weights: Weights) -> tuple[ContractPart, ...]:
    by_family = {
        name: contract_scores(
            material, [kpi for kpi in material.kpis if kpi.family == name], material.span
        )
        for name in FAMILIES
    }
    return tuple(
        ContractPart(
            reference=contract.reference,
            title=contract.title,
            share=weights.shares[pk],
            scores=tuple(
                (name, by_family[name][pk].score if pk in by_family[name] else None)
                for name in FAMILIES
            ),
        )
        for pk, contract in contracts_of(material.kpis).items()
    )


def _notes(weights: Weights, families: Sequence[FamilyCard]) -> tuple[str, ...]:
    partly = any(
        f.coverage is not None and f.score is not None and f.coverage < 1 for f in families
    )
    missing = "What could not be measured is left out of the score, and lowers the coverage."
    return tuple(note for note in (weights.note, missing if partly else "") if note)
