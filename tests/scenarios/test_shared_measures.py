"""The shared cases of measures, from a portfolio file and delivered rows to stored figures."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from metrics.models import Feed, KpiPeriod, QuarantinedRow
from metrics.portfolio import PortfolioError
from tests.engine.vectors import cases
from tests.feeds.arriving import load
from tests.scenarios.measuring import (
    APRIL,
    BEGIN,
    NOTHING,
    a_contract,
    a_feed,
    a_kpi,
    applied,
    delivered,
    quarter,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

METHODS = ("mape", "smape", "mase", "rmsse", "wape")
WAYS = {"nearest": "nearest_rank", "interpolated": "interpolated"}
PUBLISHED = "m4"  # its files are read in tests/realdata


def number(found: KpiPeriod) -> Fraction:
    assert found.current is not None
    return Fraction(found.current.value)


def agrees(found: KpiPeriod, wanted: object) -> bool:
    """A state, a number within 1e-12 where a decimal is given, or exactly a fraction."""
    if isinstance(wanted, str) and wanted.isupper():
        return found.status == wanted
    if isinstance(wanted, float):
        return number(found) == pytest.approx(wanted, abs=1e-12)
    return number(found) == Fraction(str(wanted))


@pytest.mark.parametrize("case", cases("percentile"))
def test_percentiles(case: dict[str, Any], tmp_path: Path) -> None:
    values = range(1, 101) if case["values"] == "1..100" else case["values"]
    asked = {
        f"{way}-{p}": {"p": float(p), "method": method}
        for way, method in WAYS.items()
        for p in case.get(way, {})
    }
    kpis = [
        a_kpi(code, "percentile", parameters=parameters, unit="points")
        for code, parameters in asked.items()
    ]
    targets = [{"kpi": code, "value": "value", "if_missing": "skip"} for code in asked]
    applied(tmp_path, contracts=[a_contract()], kpis=kpis, feeds=[a_feed(*targets)])
    delivered([{"value": NOTHING if v is None else v} for v in values], "value")
    for way in WAYS:
        for p, wanted in case.get(way, {}).items():
            assert agrees(quarter(f"{way}-{p}"), wanted), (way, p)


@pytest.mark.parametrize("case", cases("forecast", without=PUBLISHED))
def test_forecast_errors(case: dict[str, Any], tmp_path: Path) -> None:
    methods = [method for method in METHODS if method in case]
    training = {"training": "training"} if "training" in case else {}
    kpis = [
        a_kpi(
            method,
            "forecast_accuracy",
            direction="lower",
            parameters={"method": method, **(training if method in ("mase", "rmsse") else {})},
        )
        for method in methods
    ]
    if "bias" in case:
        kpis.append(a_kpi("bias", "forecast_bias", direction="within"))
    roles = {"forecast": "f", "actual": "a", "series": "s"}
    feeds = [a_feed(*({"kpi": kpi["code"], **roles} for kpi in kpis))]
    applied(
        tmp_path, contracts=[a_contract()], kpis=kpis, feeds=feeds + [_TRAINING] * bool(training)
    )
    _train(case.get("training", ()))
    pairs = zip(case["forecast"], case["actual"], strict=True)
    delivered([{"f": f, "a": a, "s": "x"} for f, a in pairs], "f,a,s")
    for kpi in kpis:
        assert agrees(quarter(kpi["code"]), case[kpi["code"]]), kpi["code"]
    if "mape_excluded" in case:
        details = quarter("mape").current.body["details"]  # type: ignore[union-attr]
        assert details["excluded terms"] == str(case["mape_excluded"])


_TRAINING = {
    "code": "training",
    "name": "Training",
    "vendor": "acme",
    "reference": {"unpivot": True, "series": "s", "decimals": 2},
}


def _train(values: Sequence[str]) -> None:
    if values:
        columns = ",".join(f"v{n}" for n in range(len(values)))
        content = f"s,{columns}\nx,{','.join(values)}\n"
        load(Feed.objects.get(code="training"), content, at=APRIL)


@pytest.mark.parametrize("case", cases("ratio_and_budget"))
def test_shares_and_failures_left(case: dict[str, Any], tmp_path: Path) -> None:
    level = {"valid_from": BEGIN, "operator": ">=", "expected": _exact(case.get("target", "0.9"))}
    kpi = a_kpi("share", "ratio", decimals=0, service_levels=[level])
    target = {"kpi": "share", "good": "good", "valid": "valid"}
    applied(tmp_path, contracts=[a_contract()], kpis=[kpi], feeds=[a_feed(target)])
    delivered([{"good": good, "valid": valid} for good, valid in _counted(case)], "good,valid")
    found = quarter("share")
    if case.get("status") == "INVALID":
        _set_aside(found)
        return
    checked = [_value(case, found), _failures(case, found), _interval(case, found)]
    assert any(checked), "a case that no assertion reads"


def _set_aside(found: KpiPeriod) -> None:
    """More good than valid items: the row never gets into a figure, and says why."""
    assert (found.status, found.is_breach) == ("NO_DATA", False)
    (row,) = QuarantinedRow.objects.all()
    assert (row.rule, row.value) == ("share", "11")


def _exact(text: str) -> float | int:
    return float(text) if "." in text else int(text)


def _counted(case: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Rows of (good, valid); a budget of time counts its seconds."""
    if "period_s" in case:
        whole = case["period_s"]
        share = Fraction(case.get("good", 1), case.get("valid", 1))
        return [(int(share * whole), whole)]
    several = case.get("slices") or case.get("months")
    if several:
        return [(good, valid) for good, valid in several]
    return [(case["good"], case["valid"])] if case["valid"] else []


def _value(case: Mapping[str, Any], found: KpiPeriod) -> bool:
    wanted = case.get("value", case.get("pooled"))
    assert wanted is None or agrees(found, wanted)
    assert case.get("status", found.status) == found.status
    return wanted is not None or "status" in case


def _failures(case: Mapping[str, Any], found: KpiPeriod) -> bool:
    """Failures left, in items or in seconds."""
    named = {"burn": "burn", "consumed": "consumed", "budget_s": "allowed"}
    minutes = {"budget_min": "allowed", "used_min": "used", "remaining_min": "left"}
    asked = {key: name for key, name in (named | minutes).items() if key in case}
    if not asked:
        return False
    assert found.current is not None
    told = found.current.body["failures"]
    for key, name in asked.items():
        if case[key] == "infinite":
            assert told[name] == "infinite"
        else:
            assert Fraction(told[name]) == Fraction(str(case[key])) * (60 if key in minutes else 1)
    return True


def _interval(case: Mapping[str, Any], found: KpiPeriod) -> bool:
    if "wilson95" not in case:
        return False
    assert found.current is not None
    assert found.current.body["interval"] == pytest.approx(case["wilson95"], abs=5e-8)
    return True


def test_a_quarter_is_pooled_and_the_mean_of_its_months_is_refused_by_name(tmp_path: Path) -> None:
    kpi = a_kpi("share", "ratio", roll_up="mean_of_periods")
    with pytest.raises(PortfolioError, match="'roll_up' is not available yet: 'mean_of_periods'"):
        applied(tmp_path, contracts=[a_contract()], kpis=[kpi])
