"""Family scores: weighted attainment over what could be evaluated, with its coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .errors import one_of, raise_if_any, refusal
from .numbers import plain

MISSING = ("renormalise", "zero", "block")
WEIGHTS = ("charges", "equal", "stated")


@dataclass(frozen=True, slots=True)
class Scored:
    """One KPI in a family: its weight and its attainment 0..100, None if it had none."""

    name: str
    weight: Fraction
    attainment: Fraction | None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class ContractScore:
    """One contract in a vendor's family: its score, and its charges or stated weight.

    `weight` None means unknown charges; it is ignored where contracts weigh the same.
    """

    name: str
    score: Fraction | None
    weight: Fraction | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class FamilyScore:
    """A score 0..100, or None with the reason; `coverage` is the share of weight evaluated."""

    score: Fraction | None
    coverage: Fraction
    missing: tuple[str, ...]
    policy: str
    reason: str
    steps: tuple[str, ...]


def family_score(
    scored: Sequence[Scored],
    missing: str = "renormalise",
    min_coverage: Fraction | None = None,
) -> FamilyScore:
    """The weighted mean of attainments over what could be evaluated.

    `missing`: leave unevaluated weight out, count it as zero, or give no score while anything is
    missing. Below `min_coverage` (0..1) there is no score; nothing measured is not rated.

    Raises:
        EngineError: for another policy, a negative weight, or KPIs of several families.
    """
    problem = one_of("missing", missing, MISSING)
    raise_if_any([problem] if problem else [])
    _check(scored)
    rated = [each for each in scored if each.attainment is not None]
    everything = sum((each.weight for each in scored), Fraction(0))
    evaluated = sum((each.weight for each in rated), Fraction(0))
    coverage = evaluated / everything if everything else Fraction(0)
    absent = tuple(each.name for each in scored if each.attainment is None)
    reason = _reason(missing, absent, evaluated, coverage, min_coverage)
    if reason:
        return FamilyScore(None, coverage, absent, missing, reason, (reason,))
    whole = everything if missing == "zero" else evaluated
    points = sum((e.weight * e.attainment for e in rated if e.attainment is not None), Fraction(0))
    return FamilyScore(
        points / whole, coverage, absent, missing, "", _steps(rated, points, whole, coverage)
    )


def vendor_score(
    contracts: Sequence[ContractScore],
    weights: str = "charges",
    min_coverage: Fraction | None = None,
) -> FamilyScore:
    """A vendor's score of one family from its contracts' scores of that family.

    `weights`: the period's charges, equal, or stated. Unrated contracts lower the coverage.

    Raises:
        EngineError: for another choice, a negative weight, or contracts of several families.
    """
    problem = one_of("weights", weights, WEIGHTS)
    raise_if_any([problem] if problem else [])
    unknown = tuple(c.name for c in contracts if c.weight is None)
    if weights != "equal" and unknown:
        reason = f"awaiting {'charges' if weights == 'charges' else 'weights'}: "
        reason += ", ".join(unknown)
        return FamilyScore(None, Fraction(0), unknown, "renormalise", reason, (reason,))
    scored = [Scored(c.name, _weight(c, weights), c.score, c.family) for c in contracts]
    return family_score(scored, "renormalise", min_coverage)


def _weight(contract: ContractScore, weights: str) -> Fraction:
    if weights == "equal" or contract.weight is None:
        return Fraction(1)
    return contract.weight


def _check(scored: Sequence[Scored]) -> None:
    families = sorted({each.family for each in scored if each.family is not None})
    if len(families) > 1:
        raise refusal(
            "family", ", ".join(families), "families are never scored together", "score each apart"
        )
    for each in scored:
        if each.weight < 0:
            raise refusal("weight", f"{each.name} {each.weight}", "is negative", "use 0 or more")


def _reason(
    policy: str,
    absent: tuple[str, ...],
    evaluated: Fraction,
    coverage: Fraction,
    min_coverage: Fraction | None,
) -> str:
    if not evaluated:
        return "not rated: nothing could be evaluated"
    if policy == "block" and absent:
        return f"no score while unevaluated: {', '.join(absent)}"
    if min_coverage is not None and coverage < min_coverage:
        return f"coverage {plain(coverage * 100)} % is below {plain(min_coverage * 100)} %"
    return ""


def _steps(
    rated: Sequence[Scored], points: Fraction, whole: Fraction, coverage: Fraction
) -> tuple[str, ...]:
    terms = " + ".join(
        f"{plain(each.weight)} x {plain(each.attainment)}"
        for each in rated
        if each.attainment is not None
    )
    return (
        "score = sum(weight x attainment) / sum(weight)",
        f"score = ({terms}) / {plain(whole)} = {plain(points / whole)}",
        f"coverage = {plain(coverage * 100)} % of the weight",
    )
