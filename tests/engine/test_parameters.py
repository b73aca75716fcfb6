"""Validation of parameters: everything at once, by name, with the way out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import EngineError, check_choice, exact, validate_parameters
from metrics.engine.measures import compiled

GOOD: tuple[tuple[str, dict[str, Any], str, bool], ...] = (
    ("count", {}, "incidents", True),
    ("percentile", {"p": 0.95, "method": "interpolated"}, "hours", False),
    ("share_within", {"limit": "4.5", "limit_unit": "hours"}, "percent", True),
    ("rate_per", {"hours": "scheduled"}, "cases", True),
    (
        "change_from_baseline",
        {"baseline": Decimal("1.5"), "baseline_date": date(2026, 1, 1)},
        "ratio",
        False,
    ),
    ("forecast_accuracy", {"method": "mase", "season": 12, "averaging": "per_series"}, "", False),
    ("assessed", {"population": 0, "scored_by": "audit"}, "points", False),
)


@pytest.mark.parametrize(("measure", "parameters", "unit", "calendar"), GOOD)
def test_sensible_parameters_have_no_problem(
    measure: str, parameters: dict[str, Any], unit: str, calendar: bool
) -> None:
    assert validate_parameters(measure, parameters, unit, calendar) == []


BAD: tuple[tuple[str, dict[str, Any], str, bool, str], ...] = (
    ("ration", {}, "percent", False, "did you mean 'ratio'"),
    ("ratio", {}, "hours", False, "unit 'hours': not a known choice; use one of percent, ratio"),
    ("ratio", {"basis": "some"}, "percent", False, "use one of census, sample"),
    ("count", {"p": 1}, "", False, "takes no parameters"),
    ("percentile", {}, "", False, "p None: is required"),
    ("percentile", {"p": 95}, "", False, "write 0.95"),
    ("percentile", {"p": True}, "", False, "not a number"),
    ("percentile", {"p": float("nan")}, "", False, "not a number"),
    ("percentile", {"p": "0.9", "metod": "x"}, "", False, "did you mean 'method'"),
    ("mean", {"weighted": "yes"}, "", False, "write true or false"),
    ("mean", {"weighted": 1}, "", False, "write true or false"),
    ("mean", {}, "days", True, "working days have no fixed length; use hours"),
    ("sum", {"pauses": "vendor"}, "hours", False, "not built"),
    ("share_within", {"limit": 4, "limit_unit": "days"}, "percent", True, "working days"),
    ("share_within", {"limit": "1/0"}, "percent", False, "not a number"),
    ("rate_per", {"hours": "scheduled"}, "", False, "no calendar schedules them"),
    ("forecast_accuracy", {"season": 0}, "", False, "at least 1"),
    ("forecast_accuracy", {"season": 1.5}, "", False, "at least 1"),
    ("forecast_accuracy", {"lead": "P1M"}, "", False, "deliver only the forecast that counts"),
    (
        "availability",
        {"maintenance_hours": 4},
        "percent",
        False,
        "without their planned maintenance",
    ),
    (
        "change_from_baseline",
        {"baseline": 1, "baseline_date": "soon"},
        "ratio",
        False,
        "2026-12-31",
    ),
    ("assessed", {"scored_by": ""}, "", False, "1 to 200 characters"),
)


@pytest.mark.parametrize(("measure", "parameters", "unit", "calendar", "says"), BAD)
def test_a_mistake_is_named_with_its_way_out(
    measure: str, parameters: dict[str, Any], unit: str, calendar: bool, says: str
) -> None:
    said = "\n".join(map(str, validate_parameters(measure, parameters, unit, calendar)))
    assert says in said


def test_all_mistakes_are_reported_at_once() -> None:
    parameters = {"limt": 4, "limit_unit": "weeks", "pauses": 1}
    found = validate_parameters("share_within", parameters, "hours", False)
    assert [problem.where for problem in found] == [
        "parameter",
        "parameter",
        "limit",
        "limit_unit",
        "unit",
    ]


def test_a_remembered_measure_keeps_one_and_true_apart() -> None:
    assert compiled("mean", {"weighted": True}, "", False).options["weighted"] is True
    with pytest.raises(EngineError, match="write true or false"):
        compiled("mean", {"weighted": 1}, "", False)
    assert (1,) == (True,), "as a bare key the two would be one"


def test_parameters_that_cannot_be_remembered_are_still_checked() -> None:
    with pytest.raises(EngineError, match="not a number"):
        compiled("percentile", {"p": [1, 2]}, "", False)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (0.1, Fraction(1, 10)),
        ("0.10", Fraction(1, 10)),
        (Decimal("0.1"), Fraction(1, 10)),
        ("1/3", Fraction(1, 3)),
        (7, Fraction(7)),
        (" -2.5 ", Fraction(-5, 2)),
    ],
)
def test_a_number_means_its_digits(written: object, value: Fraction) -> None:
    assert exact(written) == value


@pytest.mark.parametrize(
    "written",
    ["", "1,5", "0x1F", "1e5", "٣", "1/0", "1.5/2", True, None, float("inf"), Decimal("NaN"), [1]],
)
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a number"):
        exact(written)


@pytest.mark.parametrize("choice", ["split", "time_weighted"])
def test_rare_choices_are_refused_by_name(choice: str) -> None:
    with pytest.raises(EngineError, match=f"'{choice}': known from contracts, but not built"):
        check_choice("level_change", choice)
    assert check_choice("level_change", "at_end") == "at_end"
