"""The shared cases beside the checkout; tests that need them skip visibly where they are absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors"


def cases(name: str, without: str = "") -> list[Any]:
    """One parameter set per case, or a single skipped one that says what is missing."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        skip = pytest.mark.skip(reason=f"shared case file {name}.json is not beside the checkout")
        return [pytest.param(None, id=f"{name}-absent", marks=skip)]
    found = json.loads(path.read_text(encoding="utf-8"))["cases"]
    named = [(_name(case, n), case) for n, case in enumerate(found)]
    return [pytest.param(case, id=name) for name, case in named if name != without]


def _name(case: dict[str, Any], position: int) -> str:
    return str(case.get("id") or case.get("source") or f"case-{position}")
