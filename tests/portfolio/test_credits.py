"""Service credits in portfolio files: stated, refused, kept and exported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from metrics.models import CreditRule, CreditTerms
from metrics.portfolio.exporting import export
from metrics.portfolio.exporting.writing import yaml_text
from tests.portfolio.conftest import Apply, with_change

pytestmark = pytest.mark.django_db

AT = "    amendments:\n      - {number: 1, title: Higher accuracy"
TERMS = """\
    credits:
      - {at_risk: {percent: 10}, pool: 200, period_cap: {percent: 12}, annual_cap: {amount: 50000.10}, same_cause: highest, excess: carried, points: {table: [[1, 0.5], [5, 2]], of: percent}, earn_back: {kind: met_for, periods: 6, share: 50}}
      - {valid_from: 2025-10-01, amendment: 1, at_risk: {amount: 4000}, rounding: half_even}
"""
KPI_AT = "  - code: speed\n"
RULE = """\
    credit:
      - {rule: tiers, tiers: [{lower: 90, upper: 95, percent: 5}, {upper: 90, percent: 12.5}], critical: {amount: 500}}
      - {valid_from: 2025-09-01, clause: 4.2, rule: pool_allocation, category: 50, allocation: 40}
"""
BOTH = ((AT, TERMS + AT), (KPI_AT, RULE + KPI_AT))


def test_terms_and_rules_are_kept_as_they_are_stated(apply_text: Apply) -> None:
    apply_text(with_change(*BOTH))
    first, second = CreditTerms.objects.order_by("valid_from")
    assert (str(first.valid_from), str(first.at_risk_percent)) == ("2024-10-01", "10")
    assert (first.annual_cap_minor, first.excess) == (5000010, "carried")
    assert first.points_value == {"table": [["1", "0.5"], ["5", "2"]], "of": "percent"}
    assert (second.at_risk_minor, second.amendment and second.amendment.number) == (400000, 1)
    tiers, pool = CreditRule.objects.order_by("valid_from")
    assert tiers.parameters["tiers"][0] == {"lower": "90", "upper": "95", "percent": "5"}
    assert (pool.clause, pool.parameters) == ("4.2", {"category": "50", "allocation": "40"})


def test_applying_them_again_changes_nothing(apply_text: Apply) -> None:
    apply_text(with_change(*BOTH))
    assert apply_text(with_change(*BOTH)).effective == ()


def test_an_export_states_them_again(apply_text: Apply) -> None:
    apply_text(with_change(*BOTH))
    text = yaml_text(export())
    before = list(CreditTerms.objects.values()), list(CreditRule.objects.values())
    assert apply_text(text).effective == ()
    assert (list(CreditTerms.objects.values()), list(CreditRule.objects.values())) == before


def test_lines_that_left_the_file_are_withdrawn_while_nothing_rests_on_them(
    apply_text: Apply,
) -> None:
    apply_text(with_change(*BOTH))
    apply_text(with_change())
    assert (CreditTerms.objects.count(), CreditRule.objects.count()) == (0, 0)


SMALL = "    credits: {at_risk: {percent: 10}}\n"


@pytest.mark.parametrize(
    ("terms", "rule", "told"),
    [
        (SMALL, "{rule: pool_allocation, category: 300, allocation: 50}", "150 % of the pool"),
        (SMALL, "{rule: tiers, tiers: [{lower: 90, percent: 5}]}", "leaves what is worse"),
        (
            SMALL,
            "{rule: tiers, tiers: [{lower: 92, upper: 95, percent: 5}, {upper: 90, percent: 9}]}",
            "does not end where the next tier begins",
        ),
        (SMALL, "{rule: tiers, tiers: [{upper: 92, percent: 5}]}", "leaves a hole up to the level"),
        (SMALL, "{rule: weight}", "allocation is required"),
        (SMALL, "{rule: weight, allocation: 5, step: 1}", "parameter 'step'"),
        (SMALL, "{rule: service_points, tiers: [{points: 1}]}", "do not say what service points"),
        (SMALL, "{rule: fixed_per_incident, amount: 0.001}", "more than the 2 decimals of EUR"),
        ("", "{rule: weight, allocation: 5}", "states no credit terms"),
        ("    credits: {}\n", "{rule: weight, allocation: 5}", "state no amount at risk"),
        (SMALL, "{valid_from: 2025-10-01, rule: weight, allocation: 5}", "only a critical service"),
        (SMALL, "{rule: weights, allocation: 5}", "'weights' is not a choice here"),
        (SMALL, "{rule: weight, allocation: 5, formula: x}", "'formula' is not available yet"),
        ("    credits: {interest: 4}\n", "{rule: none}", "'interest' is not available yet"),
        ("    credits: {at_risk: {percent: 1, amount: 2}}\n", "{rule: none}", "or in two"),
        ("    credits: {at_risk: {amount: 0.001}}\n", "{rule: none}", "more decimals than EUR"),
        ("    credits: {valid_from: 2025-01-15}\n", "{rule: none}", "begin with a credit period"),
        ("    credits: {amendment: 9}\n", "{rule: none}", "no amendment 9"),
        ("    credits: {earn_back: {kind: average, periods: 3, share: 5}}\n", "{rule: none}", "no place in an average"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_with_the_way_out(
    terms: str, rule: str, told: str, said: Callable[..., list[str]]
) -> None:
    found = said(with_change((AT, terms + AT), (KPI_AT, f"    credit: {rule}\n{KPI_AT}")))
    assert any(told in each for each in found), found


def test_two_faults_are_told_together(said: Callable[..., list[str]]) -> None:
    terms = "    credits: {amendment: 9}\n"
    rule = "    credit: {rule: tiers, tiers: [{lower: 90, percent: 5}]}\n"
    assert len(said(with_change((AT, terms + AT), (KPI_AT, rule + KPI_AT)))) >= 2
