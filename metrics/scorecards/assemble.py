"""A scorecard put together from the results in force."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from django.db.models import QuerySet

from contracts.models import Contract, Vendor
from metrics.models import Kpi
from metrics.models.timelines import in_force
from metrics.scorecards.cards import Card, ContractPart, FamilyCard, Line, Subject
from metrics.scorecards.families import contract_scores, score_of, trend_of, weights_of
from metrics.scorecards.figures import figure_of, point_of
from metrics.scorecards.heads import TREND_PERIODS, Head
from metrics.scorecards.material import (
    Material,
    contracts_of,
    is_due,
    load_material,
    missing_weight,
    newest_month,
)
from metrics.scorecards.scoring import Weights
from metrics.selectors.results import of_contract, of_vendor
from metrics.selectors.spans import Span, span_between
from metrics.selectors.wording import FAMILIES, kind_words


def assemble(
    *,
    contract: Contract | None = None,
    vendor: Vendor | None = None,
    first_day: date,
    last_day: date,
) -> Card:
    """The card of a contract or a vendor over the periods that end in the days given.

    Raises ValueError unless exactly one of ``contract`` and ``vendor`` is given. Makes the same
    number of queries for any number of KPIs, contracts and periods.
    """
    span = span_between(first_day, last_day)
    material = load_material(_kpis(contract, vendor), span)
    weights = weights_of(material, material.kpis, span)
    families = tuple(_family(name, material, weights) for name in FAMILIES)
    return Card(
        subject=_subject(contract, vendor),
        span=span,
        families=families,
        contracts=_parts(material, weights) if vendor else (),
        notes=_notes(weights, families),
    )


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


def _family(name: str, material: Material, weights: Weights) -> FamilyCard:
    kpis = [kpi for kpi in material.kpis if kpi.family == name]
    score = score_of(material, kpis, material.span, weights)
    shown = [
        kpi for kpi in kpis if material.inside(kpi, material.span) or is_due(kpi, material.span)
    ]
    shares = _shares(shown, material, weights)
    lines = [_line(kpi, material, shares.get(kpi.pk)) for kpi in shown]
    return FamilyCard(
        family=name,
        score=score.score,
        coverage=score.coverage,
        lines=tuple(sorted(lines, key=lambda line: (-(line.share or 0), line.name))),
        not_due=tuple(kpi.name for kpi in kpis if kpi not in shown and not kpi.archived_at),
        trend=trend_of(material, material.kpis, name),
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


def _line(kpi: Kpi, material: Material, share: Fraction | None) -> Line:
    heads = material.inside(kpi, material.span)
    owner = kpi.governing_contract
    figures = tuple(map(figure_of, heads))
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
        trend=tuple(map(point_of, material.heads.get(kpi.pk, ())[-TREND_PERIODS:])),
        fresh_at=material.fresh_at.get(kpi.pk),
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
