"""Portfolios that are wrong, and what is said about them."""

from collections.abc import Callable

import pytest

from metrics.models import FeedKpi
from metrics.portfolio import PortfolioError
from tests.portfolio.conftest import PORTFOLIO, Apply, with_change
from tests.portfolio.slips import SLIPS

pytestmark = pytest.mark.django_db

Said = Callable[..., list[str]]

LEVEL = '{valid_from: 2024-10-01, operator: ">=", expected: 95, minimum: 90.0, weight: 60, kind: critical}'
LATER = "{valid_from: 2026-01-15, amendment: 1, period: month, calendar: }"


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_named_with_line_value_and_way_out(name: str, said: Said) -> None:
    *changes, expected = SLIPS[name]
    found = said(with_change(*changes))
    for part in expected:
        assert any(part in line for line in found), found


def test_the_portfolio_these_slips_start_from_is_right(apply_text: Apply) -> None:
    assert apply_text(PORTFOLIO).applied


UNAVAILABLE = {
    "repetition: {count: 4, of: 12}": LEVEL,
    "default: {after: 3}": LEVEL,
    "split: true": LEVEL,
    "level_at: split": LEVEL,
    "level_change: time_weighted": LEVEL,
    "relief: []": LEVEL,
    "credits: {rule: tiers}": LEVEL,
    "earn_back: {}": LEVEL,
    "stub: skip": LATER,
    "window: 3": LATER,
    "pauses: true": LATER,
}


@pytest.mark.parametrize("written", UNAVAILABLE)
def test_what_is_not_built_is_refused_by_name(written: str, said: Said) -> None:
    line = UNAVAILABLE[written]
    key = written.split(":")[0]
    found = said(with_change((line, f"{line[:-1]}, {written}}}")))
    assert [f"{key}: '{key}' is not available yet" in text for text in found] == [True]


@pytest.mark.parametrize("written", ["level_at: split", "level_change: time_weighted"])
def test_a_refused_key_is_named_with_its_value(written: str, said: Said) -> None:
    found = said(with_change((LEVEL, f"{LEVEL[:-1]}, {written}}}")))
    key, value = written.split(": ")
    assert [f"'{key}' is not available yet: '{value}'" in text for text in found] == [True]


def test_parameters_are_checked_although_the_contract_is_wrong(said: Said) -> None:
    found = said(
        with_change(
            ("title: Master agreement", "titel: Master agreement"),
            ("measure: ratio", "measure: ratioo"),
        )
    )
    assert any("'ratioo'" in line for line in found), found


@pytest.mark.parametrize(
    ("method", "direction", "said_of_it"),
    [
        ("wape", "higher", "'wape' reports the error of forecasts, which is better the lower"),
        ("accuracy", "lower", "'accuracy' reports how near forecasts came"),
        ("wape", "lower", None),
        ("accuracy", "higher", None),
    ],
)
def test_an_error_is_no_accuracy(
    said: Said, apply_text: Apply, method: str, direction: str, said_of_it: str | None
) -> None:
    operator = ">=" if direction == "higher" else "<="
    forecasts = f"""kpis:
  - code: forecasts
    name: Forecasts
    contract: AC-1
    family: outcome
    direction: {direction}
    time: due
    measure: forecast_accuracy
    parameters: {{method: {method}}}
    unit: percent
    period: month
    service_levels: [{{valid_from: 2025-01-01, operator: "{operator}", expected: 50}}]
"""
    text = with_change(("kpis:\n", forecasts))
    if said_of_it is None:
        assert apply_text(text).applied
    else:
        assert [said_of_it in line for line in said(text)] == [True]


@pytest.mark.parametrize("policy", ["carry_into_next", "allow_k_failures"])
def test_a_choice_that_is_not_built_is_refused_by_name(policy: str, said: Said) -> None:
    line = f"{LEVEL[:-1]}, min_volume: 8, min_volume_policy: {policy}}}"
    found = said(with_change((LEVEL, line)))
    assert [f"'{policy}' is not available yet" in text for text in found] == [True]


def test_all_problems_are_said_at_once_in_the_order_of_the_file(said: Said) -> None:
    found = said(
        with_change(
            ("country: IE,", "country: ie,"),
            ("title: Master agreement", "titel: Master agreement"),
            ("minimum: 90.0", "minimum: 97"),
            ("kpi: speed,", "kpi: sped,"),
        )
    )
    assert [int(line.split(":")[0]) for line in found] == [2, 11, 12, 52, 84]


def test_a_code_used_in_two_files_names_both_places(apply_text: Apply) -> None:
    with pytest.raises(PortfolioError) as caught:
        apply_text(PORTFOLIO, "# another\nvendors:\n  - {code: acme, name: Other}\n")
    (problem,) = caught.value.problems
    assert problem.file.endswith("b.yaml")
    assert problem.line == 3
    assert "this code is used already at " in problem.message
    assert problem.message.endswith("a.yaml:2")


def test_an_entry_with_a_wrong_shape_does_not_make_what_refers_to_it_wrong(said: Said) -> None:
    found = said(with_change(("name: Acme Analytics", "nam: Acme Analytics")))
    assert found == [
        "2: vendor acme: 'name' is missing",
        "2: vendor acme, nam: 'nam' is not a known key here",
    ]


# What is said of these ends with the way out.
WITHOUT_HINT = {"a bad code", "an expression that does not parse"}


@pytest.mark.parametrize("name", SLIPS)
def test_every_problem_has_a_way_out(name: str, apply_text: Apply) -> None:
    *changes, _ = SLIPS[name]
    with pytest.raises(PortfolioError) as caught:
        apply_text(with_change(*changes))
    assert all(found.hint for found in caught.value.problems) == (name not in WITHOUT_HINT)


def test_nothing_at_all_is_wrong_with_an_empty_file(apply_text: Apply) -> None:
    assert apply_text("# nothing yet\n").changes == ()


FOREIGN = """
vendors: [{code: rival, name: Rival, country: IE, tier: strategic, owner: Dana}]
feeds:
  - code: rival-desk
    name: Rival desk
    vendor: rival
    zone: UTC
    identity: [claim]
    times: {finished: {column: decided, format: iso}}
    targets:
      - {kpi: accuracy, good: 'upheld == "yes"', valid: 1}
"""


def test_a_feed_of_one_vendor_names_no_kpi_of_another(said: Said, apply_text: Apply) -> None:
    found = said(PORTFOLIO, FOREIGN)

    assert len(found) == 1
    assert "KPI 'accuracy' is not one of vendor 'rival', whose feed this is" in found[0]
    apply_text(PORTFOLIO, FOREIGN.replace("    vendor: rival\n", ""))


def test_a_feed_of_one_vendor_reaches_no_kpi_of_another(apply_text: Apply) -> None:
    any_code = FOREIGN.replace("kpi: accuracy", 'kpi: "{kpi}", codes: all').replace(
        "    zone: UTC",
        "    revision: rev\n    codes: {all: {a: accuracy, d: accuracy}}\n    zone: UTC",
    )
    apply_text(PORTFOLIO, any_code.replace("    vendor: rival\n", ""))
    assert [link.kpi.code for link in FeedKpi.objects.filter(feed__code="rival-desk")] == [
        "accuracy"
    ]

    apply_text(PORTFOLIO, any_code)
    assert not FeedKpi.objects.filter(feed__code="rival-desk").exists()
