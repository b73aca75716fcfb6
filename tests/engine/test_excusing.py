"""What excused events take out of each kind of measure."""

from fractions import Fraction

import pytest

from metrics.engine import EngineError, Excuse, Inputs, Row, Status, allowance, duration, evaluate

from .making import HOUR_US, march

MARCH = march()


def figure(measure, given, *excuses, unit="percent", parameters=None):
    inputs = Inputs(
        measure,
        parameters or {},
        unit,
        0,
        MARCH,
        MARCH.end,
        rows=given,
        excuses=[Excuse(f"e{n}", "words", **each) for n, each in enumerate(excuses)],
    )
    return evaluate(inputs)


def at(hour, **values):
    return Row(MARCH.start_us + hour * HOUR_US, **values)


def hours(first, last):
    return {"spans": ((MARCH.start_us + first * HOUR_US, MARCH.start_us + last * HOUR_US),)}


ITEMS = [at(1, a=1, b=1), at(2, a=0, b=1), at(3, a=0, b=1), at(4, a=1, b=1)]
SUMS = [at(1, a=90, b=100), at(2, a=40, b=50)]
TIMES = [at(1, value=3), at(2, value=5), at(3, value=9), at(4, value=4)]
GOOD = {"treatment": "count_as_good"}


@pytest.mark.parametrize(
    ("given", "excuses", "expected"),
    [
        (ITEMS, [hours(2, 3)], "200/3"),
        (ITEMS, [hours(2, 3) | GOOD], "75"),
        (ITEMS, [hours(1, 5)], "100"),
        (ITEMS, [hours(2, 3), hours(2, 3)], "200/3"),
        (ITEMS, [hours(2, 3), hours(2, 3) | GOOD], "200/3"),
        (ITEMS, [hours(1, 2)], "50"),
        (SUMS, [hours(1, 2)], "1300/14"),
        (SUMS, [hours(1, 2) | GOOD], "14000/150"),
        (SUMS, [{"whole": True} | GOOD], "100"),
    ],
)
def test_a_ratio_without_its_excused_failures(given, excuses, expected):
    assert figure("ratio", given, *excuses).value == Fraction(expected)


@pytest.mark.parametrize(
    ("excuse", "expected"), [(hours(2, 3), "200/3"), (hours(2, 3) | GOOD, "75"), (hours(4, 5), 50)]
)
def test_a_share_within_without_its_excused_failures(excuse, expected):
    found = figure("share_within", TIMES, excuse, parameters={"limit": 4})
    assert found.value == Fraction(expected)


@pytest.mark.parametrize(
    ("measure", "parameters", "expected"),
    [
        ("count", {}, 3),
        ("sum", {}, 16),
        ("mean", {}, Fraction(16, 3)),
        ("percentile", {"p": "0.5"}, 4),
        ("level", {}, 4),
    ],
)
def test_where_nothing_is_good_or_bad_the_rows_are_left_out(measure, parameters, expected):
    found = figure(measure, TIMES, hours(2, 3), unit="items", parameters=parameters)
    assert found.value == expected
    assert "excused rows: 1" in found.steps
    with pytest.raises(EngineError, match=f"{measure} has no good items"):
        figure(measure, TIMES, hours(2, 3) | GOOD, unit="items", parameters=parameters)


@pytest.mark.parametrize("measure", ["ratio", "count"])
def test_the_whole_period_is_excluded_whatever_arrived(measure):
    unit = "percent" if measure == "ratio" else "items"
    for given in (ITEMS, []):
        assert figure(measure, given, {"whole": True}, unit=unit).status is Status.EXCLUDED


def test_impossible_rows_stay_impossible():
    assert figure("ratio", [at(1, a=3, b=2)], hours(1, 2)).status is Status.INVALID


@pytest.mark.parametrize(
    ("excuses", "up", "scheduled"),
    [
        ([], 734, 744),
        ([hours(4, 6)], 734, 742),
        ([hours(4, 6), hours(5, 8)], 734, 740),
        ([hours(4, 8) | GOOD], 738, 744),
        ([{"covers": lambda row: row.ref == "a"}], 734, 734),
        ([{"covers": lambda row: row.ref == "b"}], 734, 744),
    ],
)
def test_availability_without_excused_time_which_counts_once(excuses, up, scheduled):
    outage = [Row(MARCH.start_us + 2 * HOUR_US, MARCH.start_us + 12 * HOUR_US, ref="a")]
    found = figure("availability", outage, *excuses)
    assert (found.numerator, found.denominator) == (up * 3600, scheduled * 3600)


def test_an_allowance_is_used_up_in_the_order_of_time():
    spans = [(10, 14), (0, 4), (2, 6)]
    assert duration(spans) == 10
    assert allowance(spans, 8) == [(0, 6), (10, 12)]
    assert allowance(spans, 6) == [(0, 6)]
    assert allowance(spans, 0) == []
