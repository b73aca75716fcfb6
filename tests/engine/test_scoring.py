"""Family scores, vendor scores and the proposed ratchet."""

from __future__ import annotations

from fractions import Fraction

import pytest

from metrics.engine import (
    ContractScore,
    EngineError,
    Scored,
    family_score,
    propose_ratchet,
    vendor_score,
)

from .making import number


def kpis(*pairs: tuple[int, int | None]) -> list[Scored]:
    return [
        Scored(f"kpi-{n}", Fraction(weight), None if points is None else Fraction(points))
        for n, (weight, points) in enumerate(pairs)
    ]


GAP = kpis((60, 100), (20, 50), (20, None))


@pytest.mark.parametrize(
    ("missing", "score"), [("renormalise", "87.5"), ("zero", "70"), ("block", None)]
)
def test_a_gap_is_treated_as_the_card_says(missing: str, score: str | None) -> None:
    found = family_score(GAP, missing)
    assert found.score == (None if score is None else number(score))
    assert found.coverage == number("0.8")
    assert found.missing == ("kpi-2",)
    assert found.policy == missing


def test_a_score_shows_its_sum() -> None:
    assert family_score(GAP).steps == (
        "score = sum(weight x attainment) / sum(weight)",
        "score = (60 x 100 + 20 x 50) / 80 = 87.5",
        "coverage = 80 % of the weight",
    )


def test_too_little_coverage_gives_no_score_and_says_so() -> None:
    assert family_score(GAP, min_coverage=number("0.8")).score is not None
    found = family_score(GAP, min_coverage=number("0.81"))
    assert found.score is None
    assert found.reason == "coverage 80 % is below 81 %"


@pytest.mark.parametrize("scored", [[], kpis((50, None)), kpis((0, 100))])
@pytest.mark.parametrize("missing", ["renormalise", "zero", "block"])
def test_nothing_measured_is_not_rated(scored: list[Scored], missing: str) -> None:
    found = family_score(scored, missing)
    assert found.score is None
    assert found.reason.startswith("not rated")


def test_families_are_never_scored_together() -> None:
    one = Scored("a", Fraction(1), Fraction(100), "outcome")
    same = Scored("b", Fraction(1), Fraction(50), "outcome")
    assert family_score([one, same]).score == 75
    with pytest.raises(EngineError, match="outcome, throughput"):
        family_score([one, Scored("b", Fraction(1), Fraction(50), "throughput")])


@pytest.mark.parametrize("bad", [kpis((-1, 50)), kpis((1, 50), (-2, None))])
def test_a_negative_weight_is_refused(bad: list[Scored]) -> None:
    with pytest.raises(EngineError, match="negative"):
        family_score(bad)


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(EngineError, match="renormalise"):
        family_score(GAP, "renormalize")
    with pytest.raises(EngineError, match="charges"):
        vendor_score([], "turnover")


CONTRACTS = [
    ContractScore("one", Fraction(90), Fraction(300)),
    ContractScore("two", Fraction(50), Fraction(100)),
    ContractScore("three", None, Fraction(100)),
]


@pytest.mark.parametrize(
    ("weights", "score", "coverage"),
    [("charges", "80", "4/5"), ("stated", "80", "4/5"), ("equal", "70", "2/3")],
)
def test_a_vendors_score_weighs_its_contracts(weights: str, score: str, coverage: str) -> None:
    found = vendor_score(CONTRACTS, weights)
    assert (found.score, found.coverage) == (number(score), number(coverage))


def test_unknown_charges_are_awaited_never_nothing() -> None:
    unknown = [*CONTRACTS, ContractScore("four", Fraction(10))]
    assert vendor_score(unknown).reason == "awaiting charges: four"
    assert vendor_score(unknown).score is None
    assert vendor_score(unknown, "equal").score == 50


@pytest.mark.parametrize(
    ("operator", "target", "values", "cap", "wanted"),
    [
        (">=", 95, [97] * 12, None, "96"),
        (">=", 95, [96] * 6 + [98] * 6, None, "96"),
        (">=", 95, [97] * 12, "95.5", "95.5"),
        ("<=", 5, [3] * 12, None, "4"),
        ("<=", 5, [3] * 12, "4.5", "4.5"),
        (">=", 95, [97] * 11 + [95], None, None),
        (">=", 95, [90] + [97] * 12, None, "96"),
    ],
)
def test_a_year_beyond_the_target_proposes_half_the_way(
    operator: str, target: int, values: list[int], cap: str | None, wanted: str | None
) -> None:
    found = propose_ratchet(
        Fraction(target),
        [Fraction(value) for value in values],
        operator,
        None if cap is None else number(cap),
    )
    assert found == (None if wanted is None else number(wanted))


def test_a_ratchet_needs_a_year_and_a_direction() -> None:
    with pytest.raises(EngineError, match="12 months"):
        propose_ratchet(Fraction(95), [Fraction(97)] * 11)
    with pytest.raises(EngineError, match="no better side"):
        propose_ratchet(Fraction(95), [Fraction(97)] * 12, "within")
