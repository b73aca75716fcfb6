"""Imports go one way, and the engine needs the standard library only."""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
ENGINE = ROOT / "metrics" / "engine"
PACKAGES = ("kpotracker", "contracts", "metrics")


def lint(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--config", str(project / "pyproject.toml"), "--no-cache"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the packages that a test may spoil."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("contracts/spoiled.py", "import metrics.models", "Imports go one way"),
        ("kpotracker/toolkit/spoiled.py", "import contracts.models", "Imports go one way"),
        ("kpotracker/toolkit/spoiled.py", "import kpotracker.settings", "Imports go one way"),
        ("metrics/models/spoiled.py", "import kpotracker.celery", "Imports go one way"),
        ("metrics/models/spoiled.py", "import metrics.feeds", "Inside metrics"),
        ("metrics/attic/__init__.py", "", "Inside metrics"),
        ("metrics/engine/spoiled.py", "import pandas", "The engine is pure"),
        ("metrics/engine/spoiled.py", "from django.utils import timezone", "The engine is pure"),
    ],
)
def test_an_import_against_the_way_breaks_its_contract(
    copy: Path, module: str, line: str, contract: str
) -> None:
    path = copy / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{line}\n")
    done = lint(copy)
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    assert done.returncode == 1
    assert [row for row in broken if row.startswith(contract)], done.stdout


def wiring() -> set[str]:
    """The modules of kpotracker itself, as they are on disk."""
    files = (ROOT / "kpotracker").glob("*.py")
    return {f"kpotracker.{path.stem}" for path in files if path.stem != "__init__"}


def test_every_wiring_module_is_listed_by_name() -> None:
    config: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    house = config["tool"]["importlinter"]["contracts"][0]
    assert set(house["layers"][0].split(" : ")) == wiring()


def test_the_package_of_the_wiring_is_empty() -> None:
    assert (ROOT / "kpotracker" / "__init__.py").read_text() == ""


def imported(path: Path) -> Iterator[str]:
    """The top-level names of the packages that the file at ``path`` imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: path.stem)
def test_the_engine_imports_the_standard_library_and_itself_only(path: Path) -> None:
    assert set(imported(path)) <= sys.stdlib_module_names | {"metrics"}


def test_the_engine_loads_neither_django_nor_numbers_packages() -> None:
    heavy = "{'django', 'pandas', 'numpy', 'pyarrow'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, metrics.engine; print(sorted({heavy}))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
