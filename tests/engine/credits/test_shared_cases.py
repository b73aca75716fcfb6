"""The shared cases of service credits, through the engine's one door."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from metrics.engine.credits import EarnBack, Outcome, PointsValue, Terms, postings, read_rule
from tests.engine.credits.making import (
    a_failure,
    amount,
    amounts,
    cents,
    credits_of,
    met,
    monthly,
    percent,
    short,
)
from tests.engine.vectors import FOLDER, cases

CASES = {str(case.id): case.values[0] for case in cases("credits")}
needs_cases = pytest.mark.skipif(not (FOLDER / "credits.json").exists(), reason="no shared cases")
pytestmark = needs_cases


def of_hundred(share: str) -> str:
    """Percent of a share, as clauses state it."""
    return str(Fraction(share) * 100)


def bands_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    edge = {"-inf": None, "+inf": None}
    return [
        {"lower": edge.get(low, low), "upper": edge.get(high, high), "points": points}
        for low, high, points in case["bands"]
    ]


def test_pool_allocation() -> None:
    case = CASES["pool-allocation"]
    rule = {"category": of_hundred(case["pool"]), "allocation": of_hundred(case["allocation"])}
    found = credits_of(
        [a_failure()],
        ("pool_allocation", rule),
        monthly(case["monthly_charges"]),
        at_risk=percent(of_hundred(case["at_risk"])),
    )
    assert amounts(found) == [cents(case["credit"])]


def test_credits_of_a_month_stop_at_the_amount_at_risk() -> None:
    case = CASES["cap"]
    rules = {
        number: ("fixed_per_incident", {"amount": credit, "count": "failure"})
        for number, credit in enumerate(case["line_credits"], 1)
    }
    found = credits_of(
        [a_failure(number, rule=number) for number in rules],
        charges=monthly(case["monthly_charges"]),
        rules=rules,
        at_risk=percent(of_hundred(case["at_risk"])),
    )
    assert sum(amounts(found)) == cents(case["posted"])


def test_a_cut_is_shared_pro_rata() -> None:
    case = CASES["cap-shared-pro-rata"]
    rules = {
        number: ("fixed_per_incident", {"amount": credit, "count": "failure"})
        for number, credit in enumerate(case["lines"], 1)
    }
    found = credits_of(
        [a_failure(number, rule=number) for number in rules],
        rules=rules,
        period_cap=amount(case["period_cap"]),
    )
    assert amounts(found) == [cents(each) for each in case["after_cap"]]


def test_service_points_double_after_a_failure_and_do_not_compound() -> None:
    case = CASES["service-points"]
    found = credits_of(
        [
            short(value, case["target"], number=number, kpi=1, in_month=number)
            for number, value in enumerate(case["months"], 1)
        ],
        ("service_points", {"tiers": bands_of(case)}),
        monthly("50000"),
        points=PointsValue("percent", Fraction(1)),
    )
    assert [line.figures["points"] for line in found.lines] == [str(p) for p in case["points"]]
    assert amounts(found) == [cents("500") * points for points in case["points"]]


def test_points_become_money() -> None:
    case = CASES["points-to-money"]
    tiers = [{"points": case["points"]}]
    found = credits_of(
        [a_failure()],
        ("service_points", {"tiers": tiers}),
        monthly(case["monthly_charges"]),
        points=PointsValue("percent", Fraction(1)),
    )
    assert amounts(found) == [cents(case["credit"])]


def test_full_steps() -> None:
    case = CASES["full-steps"]
    found = credits_of(
        [short(case["actual"], case["target"])],
        ("full_steps", {"step": 1, "percent": 5}),
        monthly(case["fee"]),
    )
    assert amounts(found) == [cents(case["credit"])]


@pytest.mark.parametrize(
    ("value", "share"), list(CASES["half-open-tiers"]["values"].items()) if CASES else []
)
def test_tiers_are_half_open(value: str, share: str | int) -> None:
    edge = {"-inf": None, "+inf": None}
    tiers = [
        {"lower": edge.get(low, low), "upper": edge.get(high, high), "percent": of_hundred(gives)}
        for low, high, gives in (
            (low, high, str(gives)) for low, high, gives in CASES["half-open-tiers"]["tiers"]
        )
    ]
    found = credits_of([short(value, "99.99")], ("tiers", {"tiers": tiers}), monthly("1000"))
    expected = int(Fraction(str(share)) * cents("1000"))
    assert amounts(found) == ([expected] if expected else [])


def test_a_correction_posts_the_difference() -> None:
    case = CASES["correction"]
    posted: dict[str, int] = {}
    ledger = []
    for credit in (case["first"], case["restated"]):
        rule = ("fixed_per_incident", {"amount": credit, "count": "failure"})
        for posting in postings(credits_of([a_failure()], rule), posted):
            ledger.append((posting.amount, posting.corrects))
            posted[posting.key] = posted.get(posting.key, 0) + posting.amount
    assert ledger == [(cents(case["ledger"][0]), False), (cents(case["ledger"][1]), True)]


def test_unknown_charges_are_awaited_and_never_zero() -> None:
    case = CASES["unknown-charges"]
    found = credits_of([a_failure()], at_risk=percent("10"))
    assert (found.lines, [each.why for each in found.waiting]) == ((), [case["state"]])
    assert str(found.waiting[0].needs) == "January 2026"


def test_weight_tier() -> None:
    case = CASES["weight-tier"]
    tiers = [{"percent": of_hundred(case["tier"])}]
    rule = ("weight_tier", {"weight": of_hundred(case["weight"]), "tiers": tiers})
    found = credits_of([short("90", "95")], rule, at_risk=amount(case["at_risk_amount"]))
    assert amounts(found) == [cents(case["credit"])]


def test_shortfall_points() -> None:
    case = CASES["shortfall-points"]
    found = credits_of(
        [short(case["actual"], case["target"])],
        ("shortfall_points", {}),
        monthly(case["charges"]),
    )
    assert amounts(found) == [cents(case["credit"])]


def test_fixed_per_incident() -> None:
    case = CASES["fixed-per-incident"]
    count = Fraction(case["incidents"])
    failure = a_failure(value=count, target=Fraction(0), shortfall=count, higher_is_better=False)
    found = credits_of([failure], ("fixed_per_incident", {"amount": case["amount"]}))
    assert amounts(found) == [cents(case["credit"])]


def test_half_of_a_credit_returns_after_six_months_met() -> None:
    case = CASES["earn-back-half-after-six"]
    rule = ("fixed_per_incident", {"amount": case["credited"], "count": "failure"})
    months = case["months_met_after"]
    after: list[Outcome] = [met(10 + n, 1, 1 + n) for n in range(1, months + 1)]
    found = credits_of(
        [a_failure(), *after], rule, earn_back=EarnBack("met_for", months, Fraction(50))
    )
    assert amounts(found) == [cents(case["credited"]), -cents(case["returned"])]


def test_every_case_is_tested_here_or_where_figures_are() -> None:
    """Relief changes the figure itself: no rule of credits sees it."""
    here = {
        "pool-allocation", "cap", "cap-shared-pro-rata", "service-points", "points-to-money",
        "full-steps", "half-open-tiers", "correction", "unknown-charges", "weight-tier",
        "shortfall-points", "fixed-per-incident", "earn-back-half-after-six",
    }  # fmt: skip
    assert set(CASES) - here == {"relief-remove-both", "relief-count-as-good"}
    assert read_rule("weight", {"allocation": 5}).values == {"allocation": 5}
    assert Terms().cap is None
