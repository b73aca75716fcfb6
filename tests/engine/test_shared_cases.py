"""Every case of the shared files, each through the public door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metrics.engine import (
    Band,
    Level,
    Pause,
    PeriodRule,
    RepetitionRule,
    Row,
    Scored,
    Status,
    Timeline,
    Totals,
    WorkCalendar,
    attainment,
    band_of,
    business_deadline,
    deadline,
    defaults,
    elapsed,
    failures_left,
    family_score,
    propose_ratchet,
    roll_up,
    shortfall,
    verdict,
    warn_at,
    wilson_95,
)

from .making import figure, level, number, pairs, rows, slots
from .vectors import cases

UNREAD = "a case that no assertion reads"


@pytest.mark.parametrize("case", cases("clock"))
def test_the_clock_agrees_with_every_shared_case(case: dict[str, Any]) -> None:
    calendar = WorkCalendar.parse(case["calendar"])
    start = _wall(case["start"], calendar.zone)
    checked = list(_clock_checks(case, start, calendar))
    assert checked, UNREAD
    for found, wanted in checked:
        assert found == wanted


def _clock_checks(
    case: dict[str, Any], start: datetime, calendar: WorkCalendar
) -> Iterator[tuple[object, object]]:
    pauses = [
        Pause(_wall(a, calendar.zone), _wall(b, calendar.zone)) for a, b in case.get("pauses", [])
    ]
    duration = timedelta(seconds=case.get("duration_s", 0))
    if "elapsed_s" in case:
        end = _wall(case["end"], calendar.zone)
        yield elapsed(start, end, calendar, pauses), timedelta(seconds=case["elapsed_s"])
    if "deadline" in case:
        wanted = _wall(case["deadline"], calendar.zone)
        yield deadline(start, duration, calendar, pauses), wanted
    if "warn_at" in case:
        before = timedelta(seconds=case["warn_before_s"])
        wanted = _wall(case["warn_at"], calendar.zone)
        yield warn_at(start, duration, before, calendar, pauses), wanted
    if "deadline_close" in case:
        found = business_deadline(start, case["business_days"], calendar, case["cut_off"])
        yield found, _wall(case["deadline_close"], calendar.zone)


def _wall(text: str, zone: str) -> datetime:
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("case", cases("periods"))
def test_periods_agree_with_every_shared_case(case: dict[str, Any]) -> None:
    if "anchor" in case:
        rule = PeriodRule("month", "UTC", date.fromisoformat(case["anchor"]))
        assert [str(rule.first_day(n)) for n in (1, 2, 3)] == case["next_starts"]
        return
    month = date.fromisoformat(f"{case['month']}-01")
    timeline = Timeline(((month, PeriodRule("month", case["zone"])),), month)
    period = timeline.containing(datetime(month.year, month.month, 15, tzinfo=UTC))
    assert period is not None
    assert period.label == case["month"]
    for edge in ("start", "end"):
        if edge in case:
            assert getattr(period, edge) == datetime.fromisoformat(case[edge])
    if "minutes" in case:
        assert period.end - period.start == timedelta(minutes=case["minutes"])


@pytest.mark.parametrize("case", cases("percentile"))
def test_percentiles_agree_with_every_shared_case(case: dict[str, Any]) -> None:
    values = list(range(1, 101)) if case["values"] == "1..100" else case["values"]
    for method, key in (("nearest_rank", "nearest"), ("interpolated", "interpolated")):
        for p, wanted in case.get(key, {}).items():
            result = figure("percentile", rows(*values), "", 0, {"p": p, "method": method})
            found = result.status if result.value is None else result.value
            assert found == wanted, (method, p)


PUBLISHED = "m4"  # compared through the whole way of a row


@pytest.mark.parametrize("case", cases("forecast", without=PUBLISHED))
def test_forecast_errors_agree_with_every_shared_case(case: dict[str, Any]) -> None:
    data = pairs(*zip(case["forecast"], case["actual"], strict=True), scale=2)
    training = {"": [int(number(v) * 100) for v in case.get("training", [])]}
    methods = [m for m in ("mape", "smape", "mase", "rmsse", "wape", "bias") if m in case]
    assert methods, UNREAD
    for method in methods:
        bias = method == "bias"
        measure = "forecast_bias" if bias else "forecast_accuracy"
        parameters = {} if bias else {"method": method}
        result = figure(measure, data, "ratio", 2, parameters, training=training)
        _assert_near(result.value, result.status, case[method])
        if method == "mape" and "mape_excluded" in case:
            assert result.details["excluded terms"] == str(case["mape_excluded"])


def _assert_near(value: Fraction | None, status: Status, wanted: object) -> None:
    if wanted == "UNDEFINED":
        assert (status, value) == (Status.UNDEFINED, None)
    elif isinstance(wanted, float):
        assert value == pytest.approx(wanted, abs=1e-12)
    else:
        assert value == number(wanted)


@pytest.mark.parametrize("case", cases("ratio_and_budget"))
def test_ratios_and_failures_left_agree_with_every_shared_case(case: dict[str, Any]) -> None:
    checked = [check(case) for check in (_ratio, _budget, _slices, _wilson, _months)]
    assert any(checked), UNREAD


def _ratio(case: dict[str, Any]) -> bool:
    if "good" not in case or "wilson95" in case:
        return False
    n = case["valid"]
    under = level(expected=case["target"]) if "target" in case else None
    result = figure("ratio", Totals(n, case["good"], n), "ratio", level=under)
    assert result.status == case.get("status", result.status)
    if "value" in case:
        assert float(result.value or 0) == case["value"]
    if "burn" in case and result.failures:
        wanted = inf if case["burn"] == "infinite" else number(case["burn"])
        assert result.failures.burn == wanted
    assert "burn" not in case or result.failures is not None
    return True


def _budget(case: dict[str, Any]) -> bool:
    if "period_s" not in case:
        return False
    period = Fraction(case["period_s"])
    share_bad = 1 - Fraction(case["good"], case["valid"]) if "good" in case else Fraction(0)
    left = failures_left(share_bad * period, period, number(case["target"]))
    minutes = {"budget_min": left.allowed, "used_min": left.used, "remaining_min": left.left}
    for key, seconds in minutes.items():
        assert key not in case or seconds / 60 == case[key]
    assert "budget_s" not in case or left.allowed == number(case["budget_s"])
    assert "consumed" not in case or left.consumed == case["consumed"]
    return True


def _slices(case: dict[str, Any]) -> bool:
    if "slices" not in case:
        return False
    results = [figure("ratio", Totals(v, g, v), "ratio") for g, v in case["slices"]]
    assert roll_up(results).value == number(case["pooled"])
    assert roll_up(results, "mean_of_periods").value == number(case["slice_mean"])
    return True


def _wilson(case: dict[str, Any]) -> bool:
    if "wilson95" not in case:
        return False
    assert wilson_95(case["good"], case["valid"]) == pytest.approx(case["wilson95"], abs=5e-8)
    return True


def _months(case: dict[str, Any]) -> bool:
    if "months" not in case:
        return False
    results = [figure("ratio", Totals(v, g, v), "ratio") for g, v in case["months"]]
    assert float(roll_up(results).value or 0) == pytest.approx(case["pooled"], abs=1e-15)
    assert roll_up(results, "mean_of_periods").value == number(case["mean_of_periods"])
    return True


@pytest.mark.parametrize("case", cases("judging"))
def test_judging_agrees_with_every_shared_case(case: dict[str, Any]) -> None:
    checks = (_verdicts, _places, _nil, _repetition, _attainments, _family, _ratchet)
    checked = [check(case) for check in checks]
    assert any(checked), UNREAD


def _level_of(case: dict[str, Any], **more: Any) -> Level:
    numbers = {key: case[key] for key in ("minimum", "lo", "hi", "floor") if key in case}
    bands = tuple(Band(n, _edge(lo), _edge(hi)) for n, lo, hi in case.get("bands", []))
    return level(case.get("operator", ">="), case.get("expected"), **numbers, bands=bands, **more)


def _edge(text: str) -> Fraction | None:
    return None if "inf" in text else number(text)


def _verdicts(case: dict[str, Any]) -> bool:
    if "operator" not in case or "values" not in case:
        return False
    under = _level_of(case)
    for value, wanted in case["values"].items():
        band = band_of(number(value), under)
        found = band.name if band else verdict(number(value), under)
        assert found == wanted, value
    for value, wanted in case.get("shortfall", {}).items():
        assert shortfall(number(value), under) == number(wanted)
    return True


def _places(case: dict[str, Any]) -> bool:
    if "compare_places" not in case:
        return False
    for way in ("half_up", "truncate"):
        under = _level_of(case, compare_places=case["compare_places"], compare_rounding=way)
        for value, wanted in case[way].items():
            assert verdict(number(value), under) == wanted, (way, value)
    return True


def _nil(case: dict[str, Any]) -> bool:
    if "measure" not in case:
        return False
    under = _level_of(case) if "expected" in case else None
    empty: list[Row] = []
    unit = "percent" if case["measure"] == "ratio" else ""
    result = figure(case["measure"], empty, unit, attested=case["attested"], level=under)
    assert result.status == case["status"]
    assert "value" not in case or result.value == number(case["value"])
    return True


def _repetition(case: dict[str, Any]) -> bool:
    if "months" not in case:
        return False
    rule = RepetitionRule.parse(case["rule"].removesuffix(" below expected"))
    found = defaults(rule, slots("".join(case["months"])))
    assert [default.index + 1 for default in found] == case["defaults_in_months"]
    return True


def _attainments(case: dict[str, Any]) -> bool:
    if "attainment" not in case:
        return False
    under = _level_of(case, attainment=case["attainment"])
    for value, wanted in case["values"].items():
        assert attainment(number(value), under) == number(wanted), value
    return True


def _family(case: dict[str, Any]) -> bool:
    if "kpis" not in case:
        return False
    scored = [
        Scored(str(n), number(k["weight"]), number(k["attainment"]) if "attainment" in k else None)
        for n, k in enumerate(case["kpis"])
    ]
    found = family_score(scored)
    assert (found.score, found.coverage) == (number(case["score"]), number(case["coverage"]))
    return True


def _ratchet(case: dict[str, Any]) -> bool:
    if "mean_of_12" not in case:
        return False
    year = [number(case["mean_of_12"])] * 12
    assert propose_ratchet(number(case["target"]), year) == number(case["proposed"])
    return True
