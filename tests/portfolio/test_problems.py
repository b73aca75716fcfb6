"""Portfolios that are wrong, and what is said about them. Each row is one slip of the pen."""

from collections.abc import Callable

import pytest

from metrics.portfolio import PortfolioError
from tests.portfolio.conftest import PORTFOLIO, Apply, with_change

pytestmark = pytest.mark.django_db

Said = Callable[..., list[str]]

LEVEL = '{valid_from: 2024-10-01, operator: ">=", expected: 95, minimum: 90.0, weight: 60, kind: critical}'
LATER = "{valid_from: 2026-01-15, amendment: 1, period: month, calendar: }"
CHARGE = "{from: 2024-10, through: 2024-10, amount: 5, process: claims}"

CASES = {
    # shape
    "a section that does not exist": (
        ("vendors:", "vendor:"),
        [
            "1: 'vendor' is not a section of a portfolio",
            "13: contract AC-MSA, vendor: vendor 'acme' is neither",
        ],
    ),
    "a key that is nearly known": (
        ("tier: strategic", "teir: strategic"),
        ["2: vendor acme, teir: 'teir' is not a known key here"],
    ),
    "a key below a key": (
        ("{kind: auto, months: 12", "{kind: auto, month: 12"),
        ["29: contract AC-1, renewal, month: 'month' is not a known key here"],
    ),
    "a missing key": (
        ("code: accuracy\n", "code: accuracy\n    x-unit: a\n"),
        ["40: KPI accuracy, x-unit: 'x-unit' is not a known key here"],
    ),
    "a yes/no value as text": (("owner: Dana", "owner: true"), ["True is a yes/no value"]),
    "a wrong choice": (
        ("tier: strategic", "tier: strategical"),
        ["2: vendor acme, tier: 'strategical' is not a choice here"],
    ),
    "a number as text": (("expected: 4\n", 'expected: "4"\n'), ["'4' is not a number"]),
    "a number out of range": (("decimals: 2", "decimals: 11"), ["decimals: 11 is out of range"]),
    "too many decimals": (
        ("expected: 4\n", "expected: 4.12345678901\n"),
        ["4.12345678901 has too many digits"],
    ),
    "a day that is not in the calendar": (
        ("last_day: 2027-09-30", "last_day: 2027-09-31"),
        ["28: contracts 2, last_day: 2027-09-31 is not a day of the calendar"],
    ),
    "a bad code": (("code: acme", "code: ac me"), ["'ac me' is not a code"]),
    "a currency nobody has": (
        ("currency: EUR", "currency: EURO"),
        ["contract AC-MSA, currency: 'EURO' is not a currency"],
    ),
    "a zone nobody lives in": (
        ("zone: Europe/Dublin", "zone: Europe/Dublim"),
        ["calendar office, zone: 'Europe/Dublim' is not a time zone"],
    ),
    "a country in lower case": (("country: IE,", "country: ie,"), ["'ie' is not a country code"]),
    "a month that is a day": (("from: 2024-10,", "from: 2024-13,"), ["'2024-13' is not a month"]),
    "hours that run backwards": (
        ('"09:00-17:30"', '"17:30-09:00"'),
        ["'17:30-09:00' ends before it begins"],
    ),
    "hours that overlap": (('"14:00-18:00"', '"12:00-18:00"'), ["tue has overlapping hours"]),
    "a closed day that never comes": (('"*-12-24"', '"*-02-30"'), ["*-02-30 is not a day"]),
    "holidays without years": (
        ("    years: [2024, 2025]\n", ""),
        ["country_holidays and years belong together"],
    ),
    "holidays nobody wrote down": (
        ("country_holidays: IE", "country_holidays: QZ"),
        ["the public holidays of QZ are not known"],
    ),
    "an end before the beginning": (
        ("last_day: 2027-09-30", "last_day: 2024-09-30"),
        ["last_day 2024-09-30 lies before first_day 2024-10-01"],
    ),
    "a section that is no list": (
        ("processes:\n  - {", "processes:\n  {"),
        ["36: processes: a section is a list", "'claims' is neither", "'claims' is neither"],
    ),
    # references
    "a vendor that is not there": (
        ("vendor: acme\n    kind: statement", "vendor: acne\n    kind: statement"),
        ["21: contract AC-1, vendor: vendor 'acne' is neither in the files nor in the database"],
    ),
    "a calendar that is not there": (
        ("calendar: office", "calendar: offices"),
        ["KPI speed, calendar: calendar 'offices' is neither"],
    ),
    "a contract that is its own parent": (
        ("    first_day: 2024-01-01\n", "    first_day: 2024-01-01\n    parent: AC-1\n"),
        ["AC-MSA → AC-1 → AC-MSA", "AC-1 → AC-MSA → AC-1"],
    ),
    "a process of another contract": (
        ("nature: knowledge, contract: AC-1", "nature: knowledge, contract: AC-MSA"),
        ["process 'claims' belongs to contract 'AC-MSA'"] * 2,
    ),
    "an amendment the contract does not have": (
        ("{valid_from: 2025-10-01, amendment: 1", "{valid_from: 2025-10-01, amendment: 2"),
        ["KPI accuracy, service_levels 2, amendment: the contract has no amendment 2"],
    ),
    "a line before its amendment": (
        ("effective: 2025-10-01", "effective: 2025-11-01"),
        ["the line begins 2025-10-01, amendment 1 takes effect 2025-11-01"],
    ),
    "an amendment numbered twice": (
        (
            "    amendments:\n",
            "    amendments:\n      - {number: 1, title: Again, effective: 2025-10-01}\n",
        ),
        ["amendment 1 stands here twice"],
    ),
    # charges
    "an amount with too many decimals": (
        ("amount: 42000.10", "amount: 42000.105"),
        ["42000.105 has more decimals than EUR, which has 2"],
    ),
    "an amount nobody can pay": (
        ("amount: 42000.10", "amount: 99999999999999999999"),
        ["is more than can be kept"],
    ),
    "a month charged twice": (
        (
            "from: 2024-10, through: 2024-10, amount: 5, process: claims",
            "from: 2024-11, through: 2025-10, amount: 5",
        ),
        ["2024-11 has a charge already in line 1"],
    ),
    "a charge before the contract": (
        ("{from: 2024-10, through: 2024-12", "{from: 2024-09, through: 2024-12"),
        ["2024-09 lies before"],
    ),
    # measures
    "a measure that does not exist": (
        ("measure: ratio", "measure: rate"),
        ["KPI accuracy, measure: measure 'rate' not a known choice"],
    ),
    "a unit the measure does not have": (
        ("unit: percent", "unit: per cent"),
        ["KPI accuracy, unit: unit 'per cent' not a known choice"],
    ),
    "a parameter the measure does not take": (
        ("measure: ratio\n", "measure: ratio\n    parameters: {limit: 4}\n"),
        ["KPI accuracy, parameters: parameter 'limit' not a known choice"],
    ),
    "a parameter that is missing": (
        ("measure: mean", "measure: percentile"),
        ["KPI speed, parameters: p is required"] * 2,
    ),
    "a line of definition before the first": (
        ("valid_from: 2026-01-15, amendment: 1", "valid_from: 2024-10-01"),
        ["valid_from 2024-10-01 is not after 2024-10-01"],
    ),
    "an anchor on days": (
        ("{every: quarter, anchor: 2024-10-15}", "{every: day, anchor: 2024-10-15}"),
        ["a day has no anchor"],
    ),
    # service levels
    "a minimum better than expected": (
        ("minimum: 90.0", "minimum: 97"),
        ["service_levels 1, minimum: minimum 97 is better than expected 95"],
    ),
    "a minimum that is the expected level": (
        ("minimum: 90.0", "minimum: 95.00"),
        ["minimum 95.00 equals the expected level"],
    ),
    "an operator against the direction": (
        ("direction: higher", "direction: lower"),
        ["operator >= does not fit direction 'lower'"] * 2,
    ),
    "a share above the whole": (
        ("expected: 95", "expected: 950"),
        ["expected 950 is out of range"],
    ),
    "a level without a number": (
        ("expected: 95, minimum: 90.0", "weight: 60, kind: key #"),
        ["not valid YAML"],
    ),
    "a level that expects nothing": (
        (", expected: 95, minimum: 90.0", ""),
        ["service_levels 1: 'expected' is missing"],
    ),
    "bands with a hole": (
        ("{name: slow, lower: 4,", "{name: slow, lower: 5,"),
        ["bands: band slow leaves a hole or overlaps the band before it"],
    ),
    "a best band with an end": (
        ("{name: good, upper: 4}", "{name: good, lower: 0, upper: 4}"),
        ["the best band must be open"],
    ),
    "two levels on one day": (
        ("{valid_from: 2025-10-01, amendment: 1, operator", "{valid_from: 2024-10-01, operator"),
        ["two service levels begin on 2024-10-01"],
    ),
    "a linear score with nowhere to end": (
        ("        expected: 4\n", "        expected: 4\n        attainment: linear\n"),
        ["attainment linear has nowhere to end"],
    ),
    "edges for a level that has none": (
        (", minimum: 90.0", ", lower: 90.0"),
        ["52: KPI accuracy, service_levels 1, lower: 'lower' belongs to operator within"],
    ),
    "a new unit with old levels": (
        ("amendment: 1, period: month, calendar: }", "amendment: 1, unit: days }"),
        ["the unit becomes days, the service level stays in hours"],
    ),
    # feeds
    "a target for a KPI nobody has": (
        ("kpi: speed,", "kpi: sped,"),
        ["targets 2, kpi: 'sped' no such KPI"],
    ),
    "a role the measure does not have": (
        ("{kpi: speed, value: hours}", "{kpi: speed, good: hours}"),
        ["KPI 'speed' has no role of this name"],
    ),
    "an expression that does not parse": (
        ("'upheld == \"yes\"'", "'upheld = \"yes\"'"),
        ["targets 1, good: 'upheld = \"yes\"' '=' at character 8: compare with =="],
    ),
    "a feed without the KPI's time": (
        ("times: {finished:", "times: {started:"),
        ["which times: does not declare"] * 2,
    ),
    "a mapping key that is nearly known": (
        ("identity: [claim]", "identities: [claim]"),
        ["feed decisions, identities: 'identities' is not a known key here"],
    ),
    "training series nobody delivers": (
        ("measure: mean\n", "measure: mean\n    parameters: {training: series}\n"),
        ["feed 'series' is neither in the files nor in the database"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_slip_is_named_with_line_value_and_way_out(name: str, said: Said) -> None:
    change, expected = CASES[name]
    found = said(with_change(change))
    for part in expected:
        assert any(part in line for line in found), found


def test_the_portfolio_these_slips_start_from_is_right(apply_text: Apply) -> None:
    assert apply_text(PORTFOLIO).applied


UNAVAILABLE = {
    "repetition: {count: 4, of: 12}": LEVEL,
    "default: {after: 3}": LEVEL,
    "split: true": LEVEL,
    "level_at: split": LEVEL,
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


def test_every_problem_has_a_way_out(apply_text: Apply) -> None:
    for change, _ in CASES.values():
        with pytest.raises(PortfolioError) as caught:
            apply_text(with_change(change))
        assert [found.hint != "" for found in caught.value.problems].count(False) <= 1


def test_nothing_at_all_is_wrong_with_an_empty_file(apply_text: Apply) -> None:
    assert apply_text("# nothing yet\n").changes == ()
