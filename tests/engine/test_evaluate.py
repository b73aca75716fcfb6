"""The one door: states in their order, consequences, and the explanation."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import (
    STATE_ORDER,
    Consequence,
    EngineError,
    Inputs,
    Row,
    Status,
    Totals,
    evaluate,
)

from .making import figure, level, march, number, office, pairs, rows, us

UNDER = level(">=", 95, minimum=90)
# Each line keeps every reason for the states below it, and adds one.
NO_TARGET = level(">=", min_volume=100, min_coverage="0.9")
THIN = {"level": NO_TARGET, "coverage": Fraction(1, 2)}
LADDER: tuple[tuple[Status, Totals | list[Row], dict[str, Any]], ...] = (
    (Status.INVALID, Totals(1, 2, 1), THIN | {"excused": 1}),
    (Status.EXCLUDED, Totals(), THIN | {"excused": 1}),
    (Status.NO_DATA, Totals(), THIN),
    (Status.NO_ACTIVITY, Totals(), THIN | {"attested": True}),
    (Status.INCOMPLETE, Totals(9, 9, 9), THIN),
    (Status.INSUFFICIENT_VOLUME, Totals(9, 9, 9), THIN | {"coverage": Fraction(1)}),
    (Status.NO_TARGET, Totals(100, 99, 100), THIN | {"coverage": Fraction(1)}),
)


@pytest.mark.parametrize(("status", "data", "more"), LADDER)
def test_the_first_state_that_applies_is_the_status(
    status: Status, data: Totals | list[Row], more: dict[str, Any]
) -> None:
    result = figure("ratio", data, "percent", **more)
    assert result.status is status
    assert result.consequence is Consequence.NONE
    assert not result.is_breach


def test_undefined_comes_before_pending_and_pending_before_incomplete() -> None:
    one_missing = pairs((1, 0), (1, None))
    wape = {"method": "wape"}
    undefined = figure("forecast_accuracy", one_missing, "", 0, wape, **THIN)
    pending = figure("forecast_accuracy", one_missing[1:], "", 0, wape, **THIN)
    assert (undefined.status, pending.status) == (Status.UNDEFINED, Status.PENDING)
    assert STATE_ORDER.index(Status.UNDEFINED) < STATE_ORDER.index(Status.PENDING)


def test_states_stand_in_the_order_of_the_readme() -> None:
    assert [str(state) for state in STATE_ORDER] == [
        "INVALID",
        "EXCLUDED",
        "NO_DATA",
        "NO_ACTIVITY",
        "UNDEFINED",
        "PENDING",
        "INCOMPLETE",
        "INSUFFICIENT_VOLUME",
        "NO_TARGET",
    ]


VERDICTS = (
    (95, Status.MET, Consequence.NONE, False, "100"),
    (92, Status.BELOW_EXPECTED, Consequence.COUNTED, False, "70"),
    (80, Status.BELOW_MINIMUM, Consequence.DEFAULT, True, "0"),
)


@pytest.mark.parametrize(("good", "status", "consequence", "breach", "attained"), VERDICTS)
def test_a_value_is_judged(
    good: int, status: Status, consequence: Consequence, breach: bool, attained: str
) -> None:
    result = figure("ratio", Totals(100, good, 100), "percent", level=UNDER)
    assert (result.status, result.consequence, result.is_breach) == (status, consequence, breach)
    assert result.attainment == number(attained)
    assert result.verdict is status
    assert result.shortfall == max(95 - good, 0)


def test_a_missed_single_level_is_a_breach() -> None:
    result = figure("ratio", Totals(10, 9, 10), "percent", level=level(">=", 95))
    assert (result.status, result.is_breach) == (Status.BELOW_MINIMUM, True)


@pytest.mark.parametrize("clause", [{"enforced": False}, {"kind": "reporting"}])
def test_bedding_in_and_reporting_only_are_shown_without_consequence(
    clause: dict[str, Any],
) -> None:
    result = figure("ratio", Totals(10, 5, 10), "percent", level=level(">=", 95, **clause))
    assert result.status is Status.BELOW_MINIMUM
    assert not result.is_breach
    assert result.is_bedding_in is ("enforced" in clause)


def test_silence_breaches_only_by_clause_and_is_never_met() -> None:
    quiet = figure("ratio", Totals(), "percent", level=UNDER)
    assert (quiet.is_breach, quiet.attainment, quiet.verdict) == (False, None, None)
    strict = level(">=", 95, minimum=90, no_data_is="breached")
    result = figure("ratio", Totals(), "percent", level=strict)
    assert (result.status, result.is_breach) == (Status.NO_DATA, True)
    assert (result.attainment, result.verdict) == (0, Status.BELOW_MINIMUM)


def test_nothing_happened_is_met_only_by_clause() -> None:
    kind = level(">=", 95, no_activity_is="met")
    result = figure("ratio", Totals(), "percent", level=kind, attested=True)
    assert (result.status, result.verdict, result.attainment) == (
        Status.NO_ACTIVITY,
        Status.MET,
        100,
    )
    plain = figure("ratio", Totals(), "percent", level=UNDER, attested=True)
    assert (plain.verdict, plain.attainment) == (None, None)


SMALL = (
    ("insufficient", 0, Status.INSUFFICIENT_VOLUME),
    ("evaluate_anyway", 0, Status.BELOW_MINIMUM),
    ("allow_k_failures", 2, Status.MET),
    ("allow_k_failures", 1, Status.BELOW_MINIMUM),
)


@pytest.mark.parametrize(("policy", "k", "status"), SMALL)
def test_small_samples_follow_the_clause(policy: str, k: int, status: Status) -> None:
    under = level(">=", 95, min_volume=20, min_volume_policy=policy, allow_failures=k)
    result = figure("ratio", Totals(10, 8, 10), "percent", level=under)
    assert result.status is status
    assert result.value == 80
    enough = figure("ratio", Totals(20, 16, 20), "percent", level=under)
    assert enough.status is Status.BELOW_MINIMUM


def test_an_allowed_failure_is_met_in_every_respect() -> None:
    under = level(">=", 95, min_volume=20, min_volume_policy="allow_k_failures", allow_failures=2)
    result = figure("ratio", Totals(10, 8, 10), "percent", level=under)
    assert (result.shortfall, result.attainment, result.is_breach) == (0, 100, False)


def test_allowed_failures_of_a_measure_without_failures_are_refused() -> None:
    under = level(">=", 95, min_volume=20, min_volume_policy="allow_k_failures")
    with pytest.raises(EngineError, match="mean under this level counts no failures"):
        figure("mean", rows(90), level=under)


def test_the_result_shows_its_way_line_by_line() -> None:
    result = figure("ratio", Totals(1000, 931, 1000), "percent", level=UNDER)
    assert result.steps == (
        "ratio = g / v",
        "g = 931, v = 1000",
        "ratio = 931 / 1000 = 93.1 %",
        "level: at least 95 %, minimum 90 %",
        "status: BELOW_EXPECTED, short by 1.9 %, consequence: counted",
        "failures allowed = 50, used = 69, left = -19",
    )


def test_an_explanation_names_rounding_by_clause_reasons_and_bedding_in() -> None:
    under = level(">=", 98, compare_places=1, enforced=False)
    lines = figure("ratio", Totals(1, 9795, 10000), "percent", level=under).steps
    assert "compared with 1 decimals, half up: 98 %" in lines
    assert "status: MET, bedding-in, without consequence" in lines
    silent = figure("ratio", Totals(), "percent", level=level("within", lo=1, hi=2)).steps
    assert "reason: nothing arrived, completeness is not attested" in silent
    assert "level: within 1 to 2 %" in silent


def test_rows_and_their_totals_give_the_same_result() -> None:
    data = pairs((1, 1), (0, 1), (1, 2))
    for measure in ("ratio", "quotient", "rate_per", "turnover", "count"):
        unit = "percent" if measure in ("ratio", "turnover") else "each"
        assert figure(measure, data, unit) == figure(measure, Totals.of(data), unit)


@pytest.mark.parametrize(
    ("totals", "given_rows"), [(None, None), (Totals(1), [Row(0)])], ids=["neither", "both"]
)
def test_exactly_one_of_rows_and_totals_is_given(totals: Totals | None, given_rows: Any) -> None:
    period = march()
    with pytest.raises(EngineError, match="exactly one is needed"):
        evaluate(Inputs("count", {}, "", 0, period, period.end, totals=totals, rows=given_rows))


@pytest.mark.parametrize(
    ("measure", "parameters", "calendar"),
    [
        ("percentile", {"p": 1}, False),
        ("level", {}, False),
        ("mean", {"weighted": True}, False),
        ("sum", {}, True),
        ("forecast_bias", {}, False),
    ],
)
def test_sums_are_refused_where_the_rows_are_needed(
    measure: str, parameters: dict[str, Any], calendar: bool
) -> None:
    more = {"calendar": office()} if calendar else {}
    with pytest.raises(EngineError, match="pass the period's rows"):
        figure(measure, Totals(3, 1, 2, 3), "hours", 0, parameters, **more)
    assert figure(measure, Totals(), "hours", 0, parameters, **more).status is Status.NO_DATA


def test_a_duration_without_a_unit_of_time_is_refused() -> None:
    data = [Row(0, a=us("2026-03-02"), b=us("2026-03-03"))]
    with pytest.raises(EngineError, match=r"unit 'tickets'.*seconds, minutes, hours, days"):
        figure("mean", data, "tickets")
    with pytest.raises(EngineError, match="limit_unit None"):
        figure("share_within", data, "percent", 0, {"limit": 4})


def test_a_quotient_that_was_not_declared_is_refused() -> None:
    with pytest.raises(EngineError, match="of: quotient"):
        figure("assessed", Totals(1, 3, 4), "percent")


def test_bad_parameters_are_refused_with_all_their_problems() -> None:
    with pytest.raises(EngineError) as refused:
        figure("percentile", rows(1), "", 0, {"p": 95, "methd": "interpolated"})
    assert [problem.where for problem in refused.value.problems] == ["parameter", "p"]


def test_inputs_are_left_as_they_were() -> None:
    data = rows(3, 1, 2)
    before = [replace(row) for row in data]
    figure("percentile", data, "", 0, {"p": "0.5"})
    assert data == before
