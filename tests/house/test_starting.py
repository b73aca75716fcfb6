"""How a checkout is started: which address `make run` tells of, and which Python is named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.commands import environment
from tests.services import ROOT

TELL_ADDRESS = '#!/bin/sh\necho "$2 $PUBLIC_URL"\n'


def a_program(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("stated", "arguments", "told"),
    [
        ({}, ["PORT=8751"], "http://localhost:8751"),
        ({}, [], "http://localhost:8000"),
        ({"PUBLIC_URL": "https://kpi.test"}, ["PORT=8751"], "https://kpi.test"),
    ],
)
def test_make_run_tells_the_address_it_serves(
    stated: dict[str, str], arguments: list[str], told: str, tmp_path: Path
) -> None:
    python = a_program(tmp_path / "python", TELL_ADDRESS)
    done = subprocess.run(
        ["make", "--silent", "run", f"PY={python}", f"RUNTIME={python}", *arguments],
        cwd=ROOT,
        env=environment(tmp_path, **stated),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert f"runserver {told}" in done.stdout


def without_django(checkout: Path) -> str:
    """What manage.py says in a checkout whose packages this Python does not find."""
    shutil.copy(ROOT / "manage.py", checkout)
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "migrate"],
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    return done.stderr


def test_another_python_is_told_of_the_one_that_has_everything(tmp_path: Path) -> None:
    a_program(tmp_path / ".venv" / "bin" / "python")
    assert "type `.venv/bin/python manage.py" in without_django(tmp_path)


def test_without_one_the_way_is_make_demo(tmp_path: Path) -> None:
    assert "run `make demo` once" in without_django(tmp_path)
