"""Every shared case is run through the public services by a test that is named here."""

import json
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from tests.engine.vectors import FOLDER, cases

# Each file of cases, and the modules whose tests take them from files and rows to what is stored.
TAKEN_BY = {
    "clock": ["tests.evaluation.test_clock_cases"],
    "judging": ["tests.evaluation.test_shared_judging"],
    "credits": ["tests.credits.test_shared_cases", "tests.relief.test_figures"],
    "notice": ["tests.scenarios.test_shared_periods"],
    "periods": ["tests.scenarios.test_shared_periods"],
    "forecast": ["tests.scenarios.test_shared_measures", "tests.realdata.test_forecasts"],
    "percentile": ["tests.scenarios.test_shared_measures"],
    "ratio_and_budget": ["tests.scenarios.test_shared_measures"],
}
# A case that is a folder of files, not a row of numbers, by the test that reads them.
FILES = {"m4": "test_the_figure_is_the_published_one_to_three_decimals"}
EVERY = [
    pytest.param(name, each.id, id=f"{name}-{each.id}") for name in TAKEN_BY for each in cases(name)
]


def taken(module: ModuleType) -> Iterator[str]:
    """The ids of the cases that the tests of a module are run with, or name themselves."""
    for name, test in vars(module).items():
        if name.startswith("test_") and isinstance(test, FunctionType):
            yield from _parametrized(test)
            yield from (text for text in test.__code__.co_consts if isinstance(text, str))
            yield from (case for case, by in FILES.items() if by == name)


def _parametrized(test: FunctionType) -> Iterator[str]:
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            yield from (str(each.id) for each in mark.args[1] if isinstance(each, ParameterSet))


def _uses_database(module: ModuleType) -> bool:
    marks: Any = getattr(module, "pytestmark", [])
    found = marks if isinstance(marks, list) else [marks]
    return any(mark.name == "django_db" for mark in found) or "realdata" in module.__name__


@pytest.mark.parametrize(("name", "case"), EVERY)
def test_a_shared_case_is_run_through_the_services(name: str, case: str) -> None:
    modules = [import_module(module) for module in TAKEN_BY[name]]
    assert all(map(_uses_database, modules))
    assert case in {found for module in modules for found in taken(module)}


def test_every_file_of_cases_is_named() -> None:
    if not FOLDER.exists():
        pytest.skip("the shared cases are not beside this checkout")
    files = {path.stem for path in FOLDER.glob("*.json") if "cases" in json.loads(path.read_text())}
    assert files == set(TAKEN_BY)


def test_a_case_that_nobody_takes_would_be_found() -> None:
    module = import_module(TAKEN_BY["notice"][0])
    assert "a-case-of-tomorrow" not in set(taken(module))
