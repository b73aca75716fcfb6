"""Reads of the API at a million results, in an open loop beside an answer that never changes, and
exports of all of them beside COPY … TO.

The server has the first core of the machine, the load and the database the others.
"""

import http.client
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from django.core.management import call_command
from django.db import connection

from benchmarks.installation import NEWEST, installation_create
from benchmarks.load import latencies, p95
from contracts.services.apikeys import apikey_create
from kpotracker.toolkit.keyset import Cursor
from metrics.bi.facts import fact_result
from metrics.bi.sqlviews import PREFIX
from metrics.models import ResultRevision

MONTHS: Final = 36
_PORT: Final = 8931
_RATE: Final = 20.0
_REQUESTS: Final = 300
_SEED: Final = 20261122


def api(folder: Path, vendors: int, kpis_each: int = 139) -> dict[str, Any]:
    """p95 in ms of each read and of its floor; seconds of each export and of COPY."""
    call_command("migrate", verbosity=0)
    installation_create(vendors, MONTHS, kpis_each)
    secret = apikey_create(name="bench", scopes=["read"]).secret
    headers = {"X-Api-Key": secret}
    with _served() as server:
        reads = {name: _read(paths, headers) for name, paths in _paths(vendors).items()}
        exports = {
            kind: _export(f"/api/v1/fact_result.{kind}", headers) for kind in ("csv", "parquet")
        }
        megabytes = server.memory_info().rss / 2**20
    rows = ResultRevision.objects.count()
    return {"rows": rows, "reads": reads, "copy": _copy(), "exports": exports, "mb": megabytes}


def _paths(vendors: int) -> dict[str, list[str]]:
    """The addresses of each kind of read, drawn by chance from the whole of the data."""
    draw = random.Random(_SEED)
    codes = [f"v{draw.randrange(vendors):04}" for _ in range(_REQUESTS)]
    return {
        "fact_result, 100 rows anywhere": [
            f"/api/v1/fact_result?limit=100&cursor={token}" for token in _tokens(draw)
        ],
        "fact_result of a vendor, 100 rows": [
            f"/api/v1/fact_result?limit=100&vendor={code}&period={NEWEST.label}" for code in codes
        ],
        "scorecard of a vendor": [
            f"/api/v1/scorecards/vendors/{code}?period={NEWEST.label}" for code in codes
        ],
    }


def _tokens(draw: random.Random) -> Iterator[str]:
    rows = list(ResultRevision.objects.order_by("pk").values_list("pk", flat=True)[::3_000])
    for _ in range(_REQUESTS):
        found = ResultRevision.objects.select_related("period").get(pk=draw.choice(rows))
        stamp = found.period.updated_at.replace(tzinfo=None).isoformat(" ")
        yield Cursor(True, stamp, (found.period_id, found.pk)).token()


def _read(paths: list[str], headers: dict[str, str]) -> dict[str, float]:
    """p95 of ``paths``, and of a constant body as large as theirs in the same breath."""
    first = [_milliseconds(path, headers) for path in dict.fromkeys(paths)]  # also warms up
    size = len(_body(paths[0], headers))
    constant = [f"/constant?bytes={size}"] * _REQUESTS
    floor = p95(latencies(_PORT, constant, headers, _RATE))
    return {
        "p95": p95(latencies(_PORT, paths, headers, _RATE)),
        "floor": floor,
        "first": median(first),
    }


def _milliseconds(path: str, headers: dict[str, str]) -> float:
    begin = time.perf_counter()
    _body(path, headers)
    return (time.perf_counter() - begin) * 1000


def _body(path: str, headers: dict[str, str]) -> bytes:
    caller = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=600)
    caller.request("GET", path, headers=headers)
    answer = caller.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {body[:300]!r}")
    return body


def _export(path: str, headers: dict[str, str]) -> float:
    """Seconds until the last byte of an export has arrived."""
    caller = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=600)
    begin = time.perf_counter()
    caller.request("GET", path, headers=headers)
    answer = caller.getresponse()
    size = 0
    while block := answer.read(1 << 20):
        size += len(block)
    if answer.status != 200 or not size:
        raise RuntimeError(f"{path} answered {answer.status}")
    return time.perf_counter() - begin


def _copy() -> float | None:
    """Seconds of the database's own export of the same rows and columns; PostgreSQL only."""
    if connection.vendor != "postgresql":
        return None
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        view = f"{PREFIX}{fact_result.name}"
        with cursor.copy(f"COPY (SELECT * FROM {view}) TO STDOUT (FORMAT csv, HEADER)") as copy:
            for _ in copy:
                pass
    return time.perf_counter() - begin


@contextmanager
def _served() -> Iterator[int]:
    """One worker of the application on the first core; yields its process id."""
    command = [sys.executable, "-m", "gunicorn", "benchmarks.server:application"]
    options = ["--bind", f"127.0.0.1:{_PORT}", "--threads", "4", "--timeout", "600"]
    quiet = {"API_RATE_READ": "0", "API_RATE_EXPORT": "0", "ALLOWED_HOSTS": "127.0.0.1"}
    server = subprocess.Popen(
        [*command, *options],
        env=os.environ | quiet,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {0}),
    )
    try:
        yield _worker(server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _worker(server: int) -> int:
    for _ in range(200):
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        if children and _listens():
            return int(children[0])
        time.sleep(0.1)
    raise RuntimeError("the server did not begin to listen")


def _listens() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", _PORT)) == 0


def _peak_mb(process: int) -> float:
    """The most memory the process had at once, of its own."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    (line,) = [one for one in status if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
