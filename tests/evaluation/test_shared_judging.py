"""Every shared case of judging, from a portfolio file and delivered rows to stored figures."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from contracts.models import Contract
from metrics.evaluation.improvement import improvement_of
from metrics.models import Kpi
from metrics.portfolio import PortfolioError
from metrics.scorecards.assemble import assemble
from tests.engine.vectors import cases
from tests.evaluation.agreed import (
    LEVEL,
    START,
    a_kpi_stated,
    a_portfolio,
    applied,
    defaults_found,
    head,
    month,
    month_row,
    say,
    say_months,
    settle,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process")]
_NUMBERS = ("expected", "minimum", "floor")


@pytest.mark.parametrize("case", cases("judging"))
def test_a_shared_case_comes_out_of_the_public_services(
    case: dict[str, Any], tmp_path: Path, sound: object
) -> None:
    checks = [check for key, check in _CHECKS.items() if key in case]
    assert checks, "a case that no assertion reads"
    checks[0](case, tmp_path)


def _values(case: dict[str, Any], folder: Path) -> None:
    """Statuses, bands and attainments, a month for each value."""
    level = _level(case)
    numbers = {value: n for n, value in enumerate(case["values"], 1)}
    _measure(folder, level, list(numbers))
    for value, wanted in case["values"].items():
        found = head(numbers[value])
        if "attainment" in case:
            assert Fraction(found.current.attainment) == Fraction(wanted)
        elif "bands" in case:
            assert found.current.band == wanted
        else:
            assert found.status == wanted
    for value, short in case.get("shortfall", {}).items():
        if value in numbers:
            assert Fraction(head(numbers[value]).current.shortfall) == Fraction(short)


def _rounded(case: dict[str, Any], folder: Path) -> None:
    ways = {"half_up": "half-up", "truncate": "truncate"}
    level = _level(case) | {"compare_places": case["compare_places"]}
    kpis = [
        a_kpi_stated(code=code) | {"service_levels": [level | {"compare_rounding": way}]}
        for way, code in ways.items()
    ]
    applied(folder, a_portfolio(*kpis))
    for way, code in ways.items():
        say(*(month_row(n, value, code) for n, value in enumerate(case[way], 1)))
    settle()
    for way, code in ways.items():
        found = {value: head(n, code).status for n, value in enumerate(case[way], 1)}
        assert found == case[way]


def _arrived(case: dict[str, Any], folder: Path) -> None:
    """What arrived or did not: attested and empty, or silent."""
    counts = case["measure"] == "count"
    told = {"direction": "lower", "unit": "items"} if counts else {"unit": "percent"}
    level = {"operator": "<=", "expected": 0} if counts else {}
    kpi = a_kpi_stated({**level, "minimum": None}, measure=case["measure"], decimals=0, **told)
    kpi["service_levels"] = [_without_nothing(each) for each in kpi["service_levels"]]
    applied(folder, a_portfolio(kpi))
    if case["attested"]:
        say(through=month(2))
    settle()
    found = head(1)
    assert found.status == case["status"]
    assert found.current.value == case.get("value", "")


def _repeated(case: dict[str, Any], folder: Path) -> None:
    rule = case["rule"].removesuffix(" below expected")
    applied(folder, a_portfolio(a_kpi_stated({"default": rule})))
    say_months("".join(case["months"]))
    settle()
    assert list(defaults_found()) == case["defaults_in_months"]


def _family(case: dict[str, Any], folder: Path) -> None:
    kpis = [
        a_kpi_stated({"weight": int(each["weight"]), "floor": 85}, code=f"k{n}")
        for n, each in enumerate(case["kpis"])
    ]
    applied(folder, a_portfolio(*kpis))
    value = {"100": 95, "50": 90}
    said = [(n, each["attainment"]) for n, each in enumerate(case["kpis"]) if "attainment" in each]
    say(*(month_row(1, value[reached], f"k{n}") for n, reached in said))
    settle()
    contract = Contract.objects.get(reference="AC-1")
    card = assemble(contract=contract, first_day=START, last_day=month(2) - timedelta(days=1))
    family = card.families[0]
    assert (family.score, family.coverage) == (Fraction(case["score"]), Fraction(case["coverage"]))


def _ratchet(case: dict[str, Any], folder: Path) -> None:
    """A year beyond the target proposes a level; a portfolio that asks for more is refused by
    name."""
    level = {"expected": _number(case["target"]), "minimum": 1}
    applied(folder, a_portfolio(a_kpi_stated(level, last_day=month(13) - timedelta(days=1))))
    say(*(month_row(n, case["mean_of_12"]) for n in range(1, 13)))
    settle()
    found = improvement_of(Kpi.objects.get(code="sla"))
    assert found is not None
    assert found.proposed == Fraction(case["proposed"])
    kpi = a_kpi_stated({}, continuous_improvement=True)
    with pytest.raises(PortfolioError, match="'continuous_improvement' is not available yet"):
        applied(folder, a_portfolio(kpi))


_CHECKS = {
    "compare_places": _rounded,
    "values": _values,
    "measure": _arrived,
    "rule": _repeated,
    "kpis": _family,
    "mean_of_12": _ratchet,
}


def _measure(folder: Path, level: dict[str, Any], values: list[str]) -> None:
    lower = level["operator"] in ("<", "<=")
    direction = "within" if level["operator"] == "within" else "lower" if lower else "higher"
    kpi = a_kpi_stated(direction=direction) | {"service_levels": [level]}
    applied(folder, a_portfolio(kpi))
    say(*(month_row(n, value) for n, value in enumerate(values, 1)))
    settle()


def _level(case: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: _number(case[name]) for name in _NUMBERS if name in case}
    edges = {"lower": _number(case["lo"]), "upper": _number(case["hi"])} if "lo" in case else {}
    bands = {"bands": [_band(*band) for band in case["bands"]]} if "bands" in case else {}
    rule = {"attainment": case["attainment"]} if "attainment" in case else {}
    operator = case.get("operator", LEVEL["operator"])
    return {"valid_from": START, "operator": operator, **numbers, **edges, **bands, **rule}


def _band(name: str, lower: str, upper: str) -> dict[str, Any]:
    edges = {"lower": lower, "upper": upper}
    return {"name": name} | {key: _number(at) for key, at in edges.items() if "inf" not in at}


def _number(text: str) -> float | int:
    return float(text) if "." in text else int(text)


def _without_nothing(level: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in level.items() if value is not None}
