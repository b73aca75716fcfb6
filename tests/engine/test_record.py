"""Whose figure is judged, and what a late report does."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import Consequence, Status, Totals

from .making import figure, level

UNDER = level(">=", 95, minimum=90)
OURS = Totals(200, 194, 200)  # 97 %


def vendors(reported: object, **more: Any) -> Any:
    said = None if reported is None else Fraction(str(reported))
    given = {"level": UNDER, "source": "vendor", "reported": said} | more
    return figure("ratio", given.pop("data", OURS), "percent", **given)


@pytest.mark.parametrize(
    ("reported", "status", "consequence"),
    [
        ("95", "MET", "none"),
        ("94.999", "BELOW_EXPECTED", "counted"),
        ("89", "BELOW_MINIMUM", "default"),
    ],
)
def test_the_reported_figure_is_judged_where_the_clause_says_so(
    reported: str, status: str, consequence: str
) -> None:
    result = vendors(reported)
    assert (result.status, result.consequence) == (status, consequence)
    assert (result.value, result.ours) == (Fraction(reported), Fraction(97))
    assert result.numerator is None
    assert f"reported by the vendor, which counts: {reported} %" in result.steps
    assert "ratio = 194 / 200 = 97 %" in result.steps


def test_ours_is_judged_whatever_the_vendor_reports_where_the_clause_says_nothing() -> None:
    result = vendors("10", source="ours")
    assert (result.status, result.value, result.ours) == (Status.MET, Fraction(97), None)


@pytest.mark.parametrize("data", [OURS, Totals()])
def test_without_a_reported_figure_there_is_no_data_whatever_our_rows_say(data: Totals) -> None:
    result = vendors(None, data=data, attested=True)
    assert (result.status, result.value) == (Status.NO_DATA, None)
    assert any("has not reported" in step for step in result.steps)


def test_silence_costs_what_the_clause_says() -> None:
    result = vendors(None, level=level(">=", 95, no_data_is="breached"))
    assert result.consequence is Consequence.DEFAULT


def test_a_figure_counts_although_no_row_of_ours_came() -> None:
    result = vendors("96", data=Totals())
    assert (result.status, result.ours) == (Status.MET, None)


def test_how_much_was_done_is_said_by_our_rows() -> None:
    small = level(">=", 95, min_volume=201)
    assert vendors("50", level=small).status is Status.INSUFFICIENT_VOLUME
    assert vendors("50", level=level(">=", 95, min_volume=200)).status is Status.BELOW_MINIMUM
    few = level(">=", 95, min_volume=201, min_volume_policy="allow_k_failures", allow_failures=6)
    assert vendors("50", level=few).status is Status.MET


def test_what_is_excused_entirely_stays_excused() -> None:
    result = vendors("10", data=Totals(), excused=3)
    assert result.status is Status.EXCLUDED


LATE = level(">=", 95, minimum=90, critical=50, late_report_is="breached")


@pytest.mark.parametrize(
    ("data", "more", "status", "consequence"),
    [
        (OURS, {}, "BELOW_MINIMUM", "default"),
        (Totals(100, 93, 100), {}, "BELOW_MINIMUM", "default"),
        (Totals(100, 40, 100), {}, "BELOW_MINIMUM", "critical"),
        (Totals(), {}, "NO_DATA", "default"),
        (Totals(), {"attested": True}, "NO_ACTIVITY", "default"),
        (Totals(), {"excused": 2}, "EXCLUDED", "none"),
    ],
)
def test_a_late_report_is_a_miss_of_the_minimum_and_a_state_stays(
    data: Totals, more: dict[str, Any], status: str, consequence: str
) -> None:
    result = figure("ratio", data, "percent", level=LATE, late=True, **more)
    assert (result.status, result.consequence) == (status, consequence)
    if consequence != "none":
        assert (result.verdict, result.attainment) == (Status.BELOW_MINIMUM, 0)
        assert any("came late" in step for step in result.steps)


def test_a_late_report_means_nothing_where_the_clause_is_silent_or_not_in_force() -> None:
    assert figure("ratio", OURS, "percent", level=UNDER, late=True).consequence == "none"
    bedding = level(">=", 95, late_report_is="breached", enforced=False)
    assert figure("ratio", OURS, "percent", level=bedding, late=True).consequence == "none"
    on_time = figure("ratio", OURS, "percent", level=LATE, late=False)
    assert (on_time.consequence, on_time.attainment) == ("none", 100)


def test_coverage_below_the_least_is_incomplete_and_says_the_share() -> None:
    least = level(">=", 95, min_coverage="0.9")
    thin = figure("ratio", OURS, "percent", level=least, coverage=Fraction(26, 30))
    enough = figure("ratio", OURS, "percent", level=least, coverage=Fraction(27, 30))
    assert (thin.status, enough.status) == (Status.INCOMPLETE, Status.MET)
    assert any("at least 90 % are needed" in step for step in thin.steps)
