"""What is agreed about credits, in words."""

from datetime import date

import pytest

from contracts.models import Contract
from metrics.models import CreditRule, CreditTerms
from metrics.scorecards.crediting import rule_lines, terms_lines

DAY = date(2026, 1, 1)


def _facts(kind: str, unit: str = "percent", **parameters: object) -> list[tuple[str, str]]:
    rule = CreditRule(kind=kind, valid_from=DAY, parameters=parameters)
    (line,) = rule_lines([rule], unit, Contract(currency="EUR"))
    return [(fact.name, fact.text) for fact in line.facts]


def test_tiers_are_told_by_their_ends_with_what_they_are_worth() -> None:
    tiers = [
        {"lower": "82", "upper": "85", "percent": "6"},
        {"upper": "82", "percent": "10"},
    ]
    assert _facts("tiers", tiers=tiers) == [
        ("82 to 85 %", "6 %"),
        ("Below 82 %", "10 %"),
        ("Credited for", "a service level default"),
    ]


def test_the_open_tier_of_what_should_be_low_lies_beyond_its_end() -> None:
    tiers = [{"lower": "1", "points": "20"}]
    assert _facts("service_points", "incidents", tiers=tiers, when="any_miss") == [
        ("Beyond 1 incidents", "20 points"),
        ("Credited for", "any miss of the expected level"),
    ]


@pytest.mark.parametrize(
    ("kind", "parameters", "told"),
    [
        (
            "full_steps",
            {"step": "0.25", "percent": "1.5", "cap": "9"},
            [("Percent", "1.5 %"), ("At most", "9 %"), ("Step", "0.25 %")],
        ),
        (
            "pool_allocation",
            {"category": "50", "allocation": "40"},
            [("Category", "50 % of the pool"), ("Allocation", "40 %")],
        ),
        ("fixed_per_incident", {"amount": "1500.00"}, [("Amount", "1,500.00 EUR")]),
    ],
)
def test_numbers_of_a_rule_have_a_name(
    kind: str, parameters: dict[str, object], told: list[tuple[str, str]]
) -> None:
    assert _facts(kind, **parameters)[:-1] == told


def test_a_rule_that_ends_what_was_agreed_credits_nothing() -> None:
    assert _facts("none") == []


def test_terms_tell_portions_and_what_returns() -> None:
    terms = CreditTerms(
        contract=Contract(currency="EUR"),
        valid_from=DAY,
        clause="7",
        at_risk_percent="10",
        annual_cap_minor=600_000,
        earn_back={"kind": "met_for", "periods": 3, "share": "50"},
    )
    (line,) = terms_lines([terms])
    told = {fact.name: fact.text for fact in line.facts}
    assert (line.since, line.clause, line.agreed) == (DAY, "7", "as signed")
    assert told["At-risk amount"] == "10 % of the charges"
    assert told["At most in a contract year"] == "6,000.00 EUR"
    assert told["Earn-back"] == "50 % returns after 3 periods in a row that are met"
    assert "At most in a credit period" not in told
