"""Forecasts and actuals apart: which forecast counts, and what is said where one is missing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.engine import Row, Status
from metrics.engine.measures.vintages import Lead, Target, Vintage, read_lead, targets_of
from tests.engine.making import figure, office, us

from .table import Case, check

SUNDAY, MONDAY = "2026-03-15", "2026-03-16"
FORTNIGHT = {"lead": "14 days"}


def forecast(value: int, issued: str, target: str = SUNDAY, series: str | None = None) -> Row:
    return Row(us(target), a=value, value=us(issued), series=series)


def actual(value: int, target: str = SUNDAY, series: str | None = None) -> Row:
    return Row(us(target), b=value, series=series)


CASES = (
    Case(
        "the last one issued in time counts",
        [
            forecast(70, "2026-02-01"),
            forecast(90, "2026-03-01"),
            forecast(100, "2026-03-02"),
            actual(100),
        ],
        "90",
        details={
            "forecasts replaced in time by a later one": "1",
            "forecasts issued too late": "1",
            "actuals with a forecast that counts": "1 of 1 (100 %)",
        },
        step="the last one issued at least 14 days before its target date",
    ),
    Case(
        "issued at any time of the last day is in time",
        [forecast(90, "2026-03-01T23:59:59"), actual(100)],
        "90",
    ),
    Case(
        "pairs meet by series and date",
        [
            forecast(80, "2026-01-01", series="a"),
            forecast(50, "2026-01-01", series="b"),
            actual(100, series="a"),
            actual(50, series="b"),
            actual(50, MONDAY, series="a"),
            forecast(50, "2026-01-01", MONDAY, series="a"),
        ],
        "90",
    ),
    Case(
        "a missing actual is pending, not zero",
        [forecast(9, "2026-01-01"), actual(10), forecast(9, "2026-01-01", MONDAY)],
        "90",
        state=Status.PENDING,
        details={"pending actuals": "1"},
    ),
    Case("only forecasts wait", [forecast(9, "2026-01-01")], state=Status.PENDING),
    Case(
        "an actual without a forecast is left out and published",
        [forecast(9, "2026-01-01"), actual(10), actual(10, MONDAY)],
        "90",
        details={"actuals with a forecast that counts": "1 of 2 (50 %)"},
    ),
    Case(
        "or counts as a miss of all of it",
        [forecast(9, "2026-01-01"), actual(10), actual(10, MONDAY)],
        "45",
        parameters={"missing_forecast": "count_as_miss"},
    ),
    Case(
        "a late forecast is none",
        [forecast(10, "2026-03-10"), actual(10)],
        "0",
        parameters={"missing_forecast": "count_as_miss"},
    ),
    Case(
        "no actual with a forecast is incomplete, not idle",
        [actual(10)],
        state=Status.INCOMPLETE,
        details={"actuals with a forecast that counts": "0 of 1 (0 %)"},
    ),
    Case(
        "fewer pairs than the clause asks for",
        [forecast(9, "2026-01-01"), actual(10), actual(10, MONDAY)],
        "90",
        state=Status.INCOMPLETE,
        parameters={"min_pairs": 51},
    ),
    Case(
        "exactly as many pairs as the clause asks for",
        [forecast(9, "2026-01-01"), actual(10), actual(10, MONDAY)],
        "90",
        parameters={"min_pairs": 50},
    ),
    Case(
        "two actuals contradict each other",
        [forecast(9, "2026-01-01"), actual(10), actual(12)],
        state=Status.INVALID,
        details={"reason": "the actual at 2026-03-15T00:00:00+00:00 is both 10 and 12"},
    ),
    Case(
        "of two forecasts of one instant the greater counts, and it is said",
        [forecast(9, "2026-01-01"), forecast(8, "2026-01-01"), actual(10)],
        "90",
        details={"forecasts issued at the same instant": "1"},
    ),
    Case(
        "a forecast that nobody dated counts nowhere",
        [Row(us(SUNDAY), a=5), forecast(9, "2026-01-01"), actual(10)],
        "90",
        details={"forecasts without a time of issue": "1"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_forecasts_and_actuals_apart(case: Case) -> None:
    parameters = FORTNIGHT | case.parameters
    check(
        "forecast_accuracy", Case(**_fields(case) | {"parameters": parameters, "unit": "percent"})
    )


def _fields(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in case.__dataclass_fields__}


def test_a_missing_forecast_counts_against_the_bias_too() -> None:
    given = [forecast(12, "2026-01-01"), actual(10), actual(10, MONDAY)]
    parameters = {"lead": "1 week", "missing_forecast": "count_as_miss"}
    assert figure("forecast_bias", given, "percent", 0, parameters).value == -40


LAST = (
    # lead, target, zone, the last instant in time
    ("36 hours", "2026-03-16T12:00:00", "UTC", "2026-03-15T00:00:00"),
    ("0 days", "2026-03-16T12:00:00", "UTC", "2026-03-16T23:59:59.999999"),
    ("1 day", "2026-03-16T12:00:00", "UTC", "2026-03-15T23:59:59.999999"),
    ("2 weeks", "2026-03-16T12:00:00", "UTC", "2026-03-02T23:59:59.999999"),
    ("1 month", "2026-03-31T12:00:00", "UTC", "2026-02-28T23:59:59.999999"),
    # a day is a calendar day: the clock goes forward on 29 March in Paris
    ("1 day", "2026-03-30T10:00:00", "Europe/Paris", "2026-03-29T21:59:59.999999"),
    ("2 days", "2026-03-30T10:00:00", "Europe/Paris", "2026-03-28T22:59:59.999999"),
    ("1 working day", "2026-03-16T12:00:00", "UTC", "2026-03-13T23:59:59.999999"),
    ("5 working days", "2026-03-15T12:00:00", "UTC", "2026-03-09T23:59:59.999999"),
)


@pytest.mark.parametrize(("lead", "target", "zone", "last"), LAST)
def test_the_last_instant_in_time(lead: str, target: str, zone: str, last: str) -> None:
    assert read_lead(lead).too_late_from(us(target), zone, office()) == us(last) + 1


def test_a_lead_reads_as_it_is_written() -> None:
    for text in ("1 day", "14 days", "10 working days", "1 month"):
        assert read_lead(text).text == text
    assert read_lead("1 weeks") == Lead(1, "weeks")


def test_what_was_passed_over_is_known() -> None:
    days = [1, 3, 2]
    given = [forecast(day, f"2026-03-0{day}") for day in days]
    (found,) = targets_of(given, Lead(13, "days"), "UTC", None)
    made = [Vintage(us(f"2026-03-0{day}"), day) for day in (1, 2, 3)]
    assert found == Target("", us(SUNDAY), (), made[1], (made[0],), (made[2],))


moments = st.integers(us("2026-02-01"), us("2026-03-31"))
made_rows = st.lists(
    st.builds(
        Row,
        st.sampled_from([us(SUNDAY), us(MONDAY)]),
        a=st.none() | st.integers(-5, 5),
        b=st.none() | st.integers(-5, 5),
        value=st.none() | moments,
        series=st.sampled_from([None, "a"]),
    ),
    max_size=12,
)


@given(made_rows, st.randoms(use_true_random=False), st.sampled_from(["14 days", "30 hours"]))
def test_the_order_of_rows_never_matters(rows: list[Row], random: Any, lead: str) -> None:
    mixed = random.sample(rows, len(rows))
    for measure in ("forecast_accuracy", "forecast_bias"):
        found = [figure(measure, each, "percent", 0, {"lead": lead}) for each in (rows, mixed)]
        assert found[0] == found[1]
        assert found[0].steps == found[1].steps


@given(made_rows)
def test_what_counts_was_issued_in_time_and_nothing_in_time_came_later(rows: list[Row]) -> None:
    lead = Lead(14, "days")
    for target in targets_of(rows, lead, "UTC", None):
        limit = lead.too_late_from(target.at, "UTC", None)
        assert all(each.issued >= limit for each in target.late)
        if target.counted:
            assert target.counted.issued < limit
            assert all(each <= target.counted for each in target.replaced)
        else:
            assert not target.replaced
