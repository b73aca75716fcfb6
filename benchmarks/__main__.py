"""Measure the way of a row on this machine: `python -m benchmarks [--rows N] [--big]`.

Every figure is a ratio to a floor measured in the same run, so that a slow machine is no excuse
and a fast one no merit. Exit code 1 if a bound is broken.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import services

MEMORY_MB = 512
LOAD = {"postgresql": 4.0, "sqlite": 3.5}
PER_ROW, LATE_ROW = 1.5, 1.2
VENDORS = 200
PAGE = 50.0
BATCH, PUSH = 500, 25.0
READ, CSV, PARQUET = 3.0, 0.4, 0.25
PARTS = {
    "load": "files to figures",
    "pages": "the rendering of pages",
    "batch": "rows pushed over HTTP",
    "api": "reads and exports of a million results",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure beside its bound, the most or the least it may be; ``bound`` None is for
    information."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    is_least: bool = False

    @property
    def is_kept(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.is_least else self.value <= self.bound

    @property
    def limit(self) -> str:
        if self.bound is None:
            return ""
        return f"{'at least' if self.is_least else 'at most'} {self.bound:g} {self.unit}"


def main() -> int:
    options = _options()
    if options.scenario:
        return _run_here(options.scenario, options.size)
    kept = True
    for name, url in _databases(options.database):
        parts = {
            "load": lambda name=name, url=url: _measured(name, url, options.rows, big=options.big),
            "pages": lambda url=url: _rendered(url),
            "batch": lambda url=url: _pushed(url),
            "api": lambda url=url: _read(url),
        }
        wanted = [options.only] if options.only else list(parts)
        lines = [line for part in wanted for line in parts[part]()]
        _print(name, lines)
        kept &= all(line.is_kept for line in lines)
    return 0 if kept else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "all"], default="all")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the first load")
    parser.add_argument("--big", action="store_true", help="also ten times as many rows")
    parser.add_argument(
        "--only", choices=PARTS, help="one part of it: " + "; ".join(PARTS.values())
    )
    parser.add_argument("--scenario", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(name: str, url: str, rows: int, *, big: bool) -> Iterator[Line]:
    first = _run(url, "load", rows)
    ratio = first["seconds"] / first["floor_seconds"]
    yield Line(f"{first['rows']:,} rows, floor", first["floor_seconds"], "s")
    yield Line(f"file to {first['breaches']:,} breaches", first["seconds"], "s")
    yield Line("file to breaches ÷ floor", ratio, "×", LOAD[name])
    yield Line("peak memory, worker", first["own_mb"], "MB", MEMORY_MB)
    yield Line("peak memory, reader", first["reader_mb"], "MB", MEMORY_MB)
    yield Line("the same file again", first["again_seconds"], "s")
    one, hundred = (_run(url, "history", months)["seconds"] for months in (1, 100))
    yield Line("late row, 100× history ÷ 1×", hundred / one, "×", LATE_ROW)
    if big:
        ten = _run(url, "big", rows * 10)
        per_row = ten["seconds"] / ten["rows"] / (first["seconds"] / first["rows"])
        yield Line(f"{ten['rows']:,} rows, time per row ÷ first", per_row, "×", PER_ROW)
        yield Line("its peak memory, worker", ten["own_mb"], "MB", MEMORY_MB)
        yield Line("its peak memory, reader", ten["reader_mb"], "MB", MEMORY_MB)


def _rendered(url: str) -> Iterator[Line]:
    """p95 of each page as a ratio to the page with nothing in it."""
    found = _run(url, "pages", VENDORS)
    floor = found.pop("/empty/")
    yield Line("p95 of an empty page", floor, "ms")
    for address, spent in found.items():
        yield Line(f"p95 of {address} ÷ empty page", spent / floor, "×", PAGE)


def _pushed(url: str) -> Iterator[Line]:
    """Rows a second over HTTP, and how many times as long as parsing them a push takes."""
    found = _run(url, "batch", BATCH)
    yield Line(f"batches of {BATCH} rows, only parsed", found["parsed"], "rows/s")
    yield Line("pushed and in", found["pushed"], "rows/s")
    yield Line("the same rows again", found["again"], "rows/s")
    yield Line("tried dry", found["foreseen"], "rows/s")
    yield Line("pushed ÷ only parsed", found["parsed"] / found["pushed"], "×", PUSH)


def _read(url: str) -> Iterator[Line]:
    """Reads at a million results beside a constant answer, exports beside COPY."""
    found = _run(url, "api", VENDORS)
    yield Line("results", found["rows"], "rows")
    for what, read in found["reads"].items():
        yield Line(f"p95 of a constant body as large as a {what}", read["floor"], "ms")
        yield Line(f"p95 of {what} ÷ constant", read["p95"] / read["floor"], "×", READ)
        yield Line(f"median of {what}, asked for the first time", read["first"], "ms")
    bounds = {"csv": CSV, "parquet": PARQUET}
    for kind, seconds in found["exports"].items():
        yield Line(f"fact_result.{kind}", found["rows"] / seconds, "rows/s")
        if found["copy"]:
            rate = found["copy"] / seconds
            yield Line("its rate ÷ that of COPY … TO", rate, "×", bounds[kind], is_least=True)
    yield Line("memory that the exports took besides", found["mb"], "MB", MEMORY_MB / 2)


def _run(url: str, scenario: str, size: int) -> dict[str, Any]:
    """Run a scenario in a fresh process on a fresh database."""
    with TemporaryDirectory(prefix="kpotracker-bench-") as folder, _fresh(url) as address:
        command = [sys.executable, "-m", "benchmarks", "--scenario", scenario, "--size", str(size)]
        environment = os.environ | {
            "DATA_DIR": folder,
            "DATABASE_URL": address,
            "REDIS_URL": "",
            "MAX_DELIVERY_BYTES": str(4 * 2**30),
        }
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _run_here(scenario: str, size: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")
    import django

    django.setup()
    from django.conf import settings

    from benchmarks import api, batch, pages, scenarios

    folder = Path(settings.DATA_DIR) / "bench"
    folder.mkdir()
    apart = {"pages": pages.pages, "batch": batch.batch, "api": api.api}
    run = apart.get(scenario) or getattr(scenarios, scenario)
    print(json.dumps(run(folder, size)))
    return 0


def _databases(wanted: str) -> Iterator[tuple[str, str]]:
    if wanted in ("sqlite", "all"):
        yield "sqlite", ""
    url = services.postgres_url()
    if wanted in ("postgresql", "all"):
        if url:
            yield "postgresql", url
        else:
            Console().print("postgresql: none answers, so it is not measured")


@contextmanager
def _fresh(url: str) -> Iterator[str]:
    """The address of an empty database that is gone afterwards."""
    if not url:
        yield ""
        return
    import psycopg
    from psycopg import sql

    server, name = url.rsplit("/", 1)[0], f"kpotracker_bench_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{server}/{name}"
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(drop)


def _print(name: str, lines: list[Line]) -> None:
    table = Table(title=name, title_justify="left")
    for heading in ("", "measured", "bound", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for line in lines:
        verdict = "" if line.bound is None else ("kept" if line.is_kept else "BROKEN")
        table.add_row(line.what, f"{line.value:.2f} {line.unit}", line.limit, verdict)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
