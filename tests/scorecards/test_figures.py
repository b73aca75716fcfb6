from decimal import Decimal
from fractions import Fraction

import pytest

from metrics.scorecards.figures import Target, actual_text, delta_text, minimum_text, target_text
from metrics.selectors.wording import status_word


def level(operator: str, expected: str = "", minimum: str = "") -> Target:
    return Target(operator, _number(expected), None, None, _number(minimum))


def within(low: str, high: str) -> Target:
    return Target("within", None, Decimal(low), Decimal(high), None)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


NO_LEVEL = Target("", None, None, None, None)


@pytest.mark.parametrize(
    ("target", "value", "actual", "delta"),
    [
        pytest.param(level(">=", "95"), "96.123", "96.12 %", "+1.12 points", id="above"),
        pytest.param(level(">=", "95"), "94.996", "94.99 %", "−0.01 points", id="just missed"),
        pytest.param(level(">=", "95"), "95", "95.00 %", "±0.00 points", id="just met"),
        pytest.param(level("<=", "2"), "2.004", "2.01 %", "+0.01 points", id="missed from above"),
        pytest.param(level("<", "0.5"), "0.4999", "0.49 %", "−0.01 points", id="met from below"),
        pytest.param(within("-5", "5"), "-1", "−1.00 %", "inside", id="inside"),
        pytest.param(within("-5", "5"), "-5.001", "−5.01 %", "−0.01 points", id="outside"),
        pytest.param(
            level(">=", "0"), "1234567.891", "1,234,567.89 %", "+1,234,567.89 points", id="large"
        ),
        pytest.param(NO_LEVEL, "0.12345", "0.12 %", "", id="decimals stay together"),
        pytest.param(NO_LEVEL, "1/3", "0.33 %", "", id="no level"),
    ],
)
def test_a_value_never_reads_as_the_verdict_it_did_not_get(target, value, actual, delta):
    exact = Fraction(value)

    assert actual_text(exact, target, "percent", 2) == actual
    assert delta_text(exact, target, "percent", 2) == delta


def test_without_its_level_the_same_value_would_read_as_met():
    assert actual_text(Fraction("94.996"), NO_LEVEL, "percent", 2) == "95.00 %"


def test_a_missing_value_is_shown_as_missing():
    assert actual_text(None, level(">=", "95"), "percent", 2) == "–"
    assert delta_text(None, level(">=", "95"), "percent", 2) == ""


@pytest.mark.parametrize(
    ("target", "unit", "expected", "minimum"),
    [
        (level(">=", "95", "90"), "percent", "≥ 95 %", "90 %"),
        (level("<", "0.5"), "ratio", "< 0.5", ""),
        (level(">=", "150000", "0.00001"), "records", "≥ 150,000 records", "0.00001 records"),
        (level("<=", "4"), "hours", "≤ 4 hours", ""),
        (within("-5", "5"), "percent", "−5 to 5 %", ""),
        (NO_LEVEL, "percent", "", ""),
    ],
)
def test_a_service_level_reads_as_a_phrase(target, unit, expected, minimum):
    assert (target_text(target, unit), minimum_text(target, unit)) == (expected, minimum)


def test_of_two_levels_the_word_says_which_one_was_missed():
    assert status_word("BELOW_MINIMUM").text == "Missed"
    assert status_word("BELOW_MINIMUM", two_levels=True).text == "Minimum missed"
    assert status_word("BELOW_EXPECTED", two_levels=True).text == "Expected missed"
