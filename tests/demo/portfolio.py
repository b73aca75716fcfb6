"""The example portfolio as plain YAML."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import yaml

from tests.services import ROOT

FOLDER = ROOT / "examples" / "portfolio"


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    paths = sorted(FOLDER.glob("*.yaml"))
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths)


def section(name: str) -> Iterator[dict[str, Any]]:
    """Every object of a section, from all files."""
    for document in _documents():
        yield from document.get(name, [])


def exact(number: object) -> Fraction:
    return Fraction(str(number))


def level_in_force(kpi: str, first_day: date) -> dict[str, Any]:
    """The service level that a period beginning on ``first_day`` is judged by."""
    (levels,) = [one["service_levels"] for one in section("kpis") if one["code"] == kpi]
    found: dict[str, Any] = [one for one in levels if one["valid_from"] <= first_day][-1]
    return found


def verdict(value: Fraction, level: dict[str, Any]) -> str:
    """What a value comes to under a level, by the plain reading of its numbers."""
    if level["operator"] == "within":
        inside = exact(level["lower"]) <= value <= exact(level["upper"])
        return "MET" if inside else "BELOW_MINIMUM"
    reaches = {">=": Fraction.__ge__, "<=": Fraction.__le__}[level["operator"]]
    if reaches(value, exact(level["expected"])):
        return "MET"
    if "minimum" in level and reaches(value, exact(level["minimum"])):
        return "BELOW_EXPECTED"
    return "BELOW_MINIMUM"
