"""The shared cases from portfolio file and feed to the ledger."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.credits.ledger import NOW, Promise, World, amounts, entries
from tests.engine.vectors import FOLDER, cases

CASES: dict[str, dict[str, Any]] = {
    str(case.id): case.values[0] for case in cases("credits") if case.values[0]
}
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not (FOLDER / "credits.json").exists(), reason="no shared cases"),
]
FIXED = "{{rule: fixed_per_incident, amount: {}, count: failure}}"


def percent(share: str) -> str:
    return f"{float(Fraction(share) * 100):g}"


def begin(tmp_path: Path, promises: dict[str, Promise], **more: Any) -> World:
    return World(tmp_path, promises, **more).begin()


def one(tmp_path: Path, credit: str, value: str, target: str, **more: Any) -> World:
    """One KPI that missed its target in January."""
    return begin(tmp_path, {"accuracy": Promise([value], target, credit)}, **more)


def tiers_of(found: list[list[Any]], key: str) -> str:
    edges = {"-inf": "", "+inf": ""}
    lines = []
    for low, high, gives in found:
        stated = {"lower": edges.get(low, low), "upper": edges.get(high, high)}
        number = gives if key == "points" else percent(str(gives))
        said = [f"{name}: {edge}" for name, edge in stated.items() if edge]
        lines.append("{" + ", ".join([*said, f"{key}: {number}"]) + "}")
    return f"[{', '.join(lines)}]"


def test_pool_allocation(tmp_path: Path) -> None:
    case = CASES["pool-allocation"]
    credit = f"{{rule: pool_allocation, category: {percent(case['pool'])}, allocation: {percent(case['allocation'])}}}"
    terms = f"{{at_risk: {{percent: {percent(case['at_risk'])}}}}}"
    one(tmp_path, credit, "90", "95", terms=terms, charge=case["monthly_charges"])
    assert amounts() == [case["credit"]]


def test_cap(tmp_path: Path) -> None:
    case = CASES["cap"]
    promises = {
        f"kpi-{n}": Promise(["90"], "95", FIXED.format(credit))
        for n, credit in enumerate(case["line_credits"])
    }
    terms = f"{{at_risk: {{percent: {percent(case['at_risk'])}}}}}"
    begin(tmp_path, promises, terms=terms, charge=case["monthly_charges"])
    assert sum(Fraction(each) for each in amounts()) == Fraction(case["posted"])


def test_cap_shared_pro_rata(tmp_path: Path) -> None:
    case = CASES["cap-shared-pro-rata"]
    promises = {
        f"kpi-{n}": Promise(["90"], "95", FIXED.format(credit))
        for n, credit in enumerate(case["lines"])
    }
    begin(tmp_path, promises, terms=f"{{period_cap: {{amount: {case['period_cap']}}}}}")
    found = sorted(entries(), key=lambda entry: entry.kpi_period_id or 0)
    assert [f"{each.amount_minor / 100:.2f}" for each in found] == case["after_cap"]


def test_service_points(tmp_path: Path) -> None:
    case = CASES["service-points"]
    credit = f"{{rule: service_points, tiers: {tiers_of(case['bands'], 'points')}}}"
    promise = Promise(case["months"], case["target"], credit)
    begin(tmp_path, {"accuracy": promise}, terms="{points: {percent: 1}}", charge="50000")
    found = sorted(entries(), key=lambda entry: entry.first_day)
    assert [int(each.inputs["figures"]["points"]) for each in found] == case["points"]
    assert [each.amount_minor for each in found] == [50_000 * points for points in case["points"]]


def test_points_to_money(tmp_path: Path) -> None:
    case = CASES["points-to-money"]
    credit = f"{{rule: service_points, tiers: [{{points: {case['points']}}}]}}"
    terms = "{points: {percent: 1}}"
    one(tmp_path, credit, "90", "95", terms=terms, charge=case["monthly_charges"])
    assert amounts() == [case["credit"]]


def test_full_steps(tmp_path: Path) -> None:
    case = CASES["full-steps"]
    credit = "{rule: full_steps, step: 1, percent: 5}"
    one(tmp_path, credit, case["actual"], case["target"], charge=case["fee"])
    assert amounts() == [case["credit"]]


def test_half_open_tiers(tmp_path: Path) -> None:
    case = CASES["half-open-tiers"]
    credit = f"{{rule: tiers, tiers: {tiers_of(case['tiers'], 'percent')}}}"
    values = case["values"]
    begin(tmp_path, {"uptime": Promise(list(values), "99.99", credit)}, charge="1000")
    posted = {each.first_day.month: each.amount_minor for each in entries()}
    expected = {
        n: int(Fraction(str(share)) * 100_000) for n, share in enumerate(values.values(), 1)
    }
    assert posted == {month: minor for month, minor in expected.items() if minor}


def test_correction(tmp_path: Path) -> None:
    case = CASES["correction"]
    credit = (
        f"{{rule: tiers, tiers: [{{lower: 90, upper: 95, percent: {Fraction(case['restated']) / 100}}}, "
        f"{{upper: 90, percent: {Fraction(case['first']) / 100}}}]}}"
    )
    world = one(tmp_path, credit, "80", "95", charge="10000")
    world.restate("accuracy", ["92"], NOW + timedelta(days=1))
    assert amounts() == case["ledger"]
    first, second = entries()
    assert (second.corrects, second.kind) == (first, "correction")
    assert (second.first_day, second.last_day) == (first.first_day, first.last_day)


def test_unknown_charges(tmp_path: Path) -> None:
    world = one(tmp_path, "{rule: tiers, tiers: [{percent: 10}]}", "90", "95")
    assert amounts() == []
    (waiting,) = world.waiting
    assert waiting["why"] == CASES["unknown-charges"]["state"]
    assert waiting["needs"] == ["2026-01-01", "2026-01-31"]
    world.charge = "100"
    world.state()
    world.follow()
    assert (amounts(), world.waiting) == (["10.00"], [])


def test_weight_tier(tmp_path: Path) -> None:
    case = CASES["weight-tier"]
    credit = (
        f"{{rule: weight_tier, weight: {percent(case['weight'])}, "
        f"tiers: [{{percent: {percent(case['tier'])}}}]}}"
    )
    one(tmp_path, credit, "90", "95", terms=f"{{at_risk: {{amount: {case['at_risk_amount']}}}}}")
    assert amounts() == [case["credit"]]


def test_shortfall_points(tmp_path: Path) -> None:
    case = CASES["shortfall-points"]
    credit = "{rule: shortfall_points}"
    one(tmp_path, credit, case["actual"], case["target"], charge=case["charges"])
    assert amounts() == [case["credit"]]


def test_fixed_per_incident(tmp_path: Path) -> None:
    case = CASES["fixed-per-incident"]
    credit = f"{{rule: fixed_per_incident, amount: {case['amount']}}}"
    promise = Promise([str(case["incidents"])], "0", credit, operator="<=")
    begin(tmp_path, {"incidents": promise})
    assert amounts() == [case["credit"]]


def test_earn_back_half_after_six(tmp_path: Path) -> None:
    case = CASES["earn-back-half-after-six"]
    months = case["months_met_after"]
    promise = Promise(["90", *["96"] * months], "95", FIXED.format(case["credited"]))
    terms = f"{{earn_back: {{kind: met_for, periods: {months}, share: 50}}}}"
    begin(tmp_path, {"accuracy": promise}, terms=terms)
    assert amounts() == [case["credited"], f"-{case['returned']}"]
    back = entries()[1]
    assert (back.kind, str(back.first_day)) == ("earn_back", "2026-07-01")
