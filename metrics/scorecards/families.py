"""Family scores of a vendor or contract, now and over the last spans."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from kpotracker.toolkit.charts import Point
from metrics.models import Kpi
from metrics.scorecards.figures import score_text
from metrics.scorecards.heads import TREND_PERIODS, Head
from metrics.scorecards.material import Material, contracts_of, missing_weight
from metrics.scorecards.scoring import Score, Weights, contract_score, vendor_score, weigh
from metrics.selectors.spans import Span, beside
from metrics.selectors.wording import FAMILIES


def weights_of(material: Material, kpis: Iterable[Kpi], span: Span) -> Weights:
    """What the contracts behind ``kpis`` weigh against each other in ``span``."""
    references = {pk: contract.reference for pk, contract in contracts_of(kpis).items()}
    return weigh(references, material.charges, span)


def score_of(material: Material, kpis: Sequence[Kpi], span: Span, weights: Weights) -> Score:
    """The score of KPIs of one family: within each contract first, then over the contracts."""
    scores = contract_scores(material, kpis, span)
    if len(scores) == 1:
        return next(iter(scores.values()))
    return vendor_score(scores, weights)


def contract_scores(material: Material, kpis: Iterable[Kpi], span: Span) -> dict[int, Score]:
    """The score of each contract behind ``kpis`` (of one family), by contract id."""
    heads: dict[int, list[Head]] = defaultdict(list)
    missing: dict[int, dict[str, Fraction]] = defaultdict(dict)
    for kpi in kpis:
        owner = kpi.governing_contract
        if owner is None:
            continue
        found = material.inside(kpi, span)
        weight = None if found else missing_weight(kpi, span)
        heads[owner.pk] += found
        if weight is not None:
            missing[owner.pk][kpi.code] = weight
    return {pk: contract_score(heads[pk], missing[pk]) for pk in heads}


def trends_of(material: Material, kpis: Sequence[Kpi]) -> dict[str, tuple[Point, ...]]:
    """Each family's score over the last twelve spans, without the empty ones before the first.

    Spans in which nothing was due are left out: a quarterly promise is not missing in between.
    ``kpis`` are those of all families: contracts weigh the same whatever is scored.
    """
    families = {name: [kpi for kpi in kpis if kpi.family == name] for name in FAMILIES}
    points: dict[str, list[Point]] = {name: [] for name in FAMILIES}
    for step in range(1 - TREND_PERIODS, 1):
        span = beside(material.span, step)
        weights = weights_of(material, kpis, span)
        for name in (name for name, scored in families.items() if scored):
            score = score_of(material, families[name], span, weights)
            if score.coverage is not None:
                points[name].append(_point(span, score.score))
    return {name: _from_first(found) for name, found in points.items()}


def _from_first(points: Sequence[Point]) -> tuple[Point, ...]:
    first = next((at for at, point in enumerate(points) if point.value is not None), len(points))
    return tuple(points[first:])


def _point(span: Span, score: Fraction | None) -> Point:
    return Point(span.label, None if score is None else float(score), score_text(score))
