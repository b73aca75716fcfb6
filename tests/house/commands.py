"""Runs manage.py as a person would: in a process of its own, with exactly these variables."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services import ROOT

STRONG_KEY = "q7Wd2-xR9sYb_4LmKf0ZtVh8PnJc3GuEaXo5iSwBj6TyMrNzHlCkQvFgDpUe1Ao"

PRODUCTION = {
    "KPO_ENV": "production",
    "SECRET_KEY": STRONG_KEY,
    "ALLOWED_HOSTS": "kpi.company.test",
    "PUBLIC_URL": "https://kpi.company.test",
    "REDIS_URL": "redis://:pass@redis.company.test:6379/0",
}


def environment(data: Path, **variables: str) -> dict[str, str]:
    """A bare environment with its own data directory, and ``variables``."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"DATA_DIR": str(data)} | variables


def manage(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The finished process of ``manage.py *arguments``."""
    return python(data, "manage.py", *arguments, **variables)


def python(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The finished process of ``python *arguments`` in the checkout."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(data, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
