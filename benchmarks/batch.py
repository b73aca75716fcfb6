"""Rows pushed over HTTP beside a bare view that only parses the same body."""

import json
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from benchmarks.feed import write_feed
from benchmarks.terms import terms_create
from contracts.services.apikeys import apikey_create

_ROWS: Final = 500
_TEAMS: Final = 20
_WARM_UP: Final = 3
_ROUNDS: Final = 20


def batch(folder: Path, rows: int = _ROWS) -> dict[str, Any]:
    """Rows a second of batches of ``rows`` rows: pushed, sent again, tried dry, and only parsed;
    the calls take turns."""
    call_command("migrate", verbosity=0)
    terms_create(teams=_TEAMS)
    settings.ROOT_URLCONF = "benchmarks.addresses"
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(headers={"X-Api-Key": apikey_create(name="bench", scopes=["ingest"]).secret})
    address = "/api/v1/feeds/bench/observations:batch"
    times: dict[str, list[float]] = {"parsed": [], "foreseen": [], "pushed": [], "again": []}
    for number in range(_WARM_UP + _ROUNDS):
        body = _body(folder, number, rows)
        spent = {
            "parsed": _seconds(client, "/parsed/", body),
            "foreseen": _seconds(client, f"{address}?dry_run=true", body),
            "pushed": _seconds(client, address, body),
            "again": _seconds(client, address, body),
        }
        if number >= _WARM_UP:
            for name, seconds in spent.items():
                times[name].append(seconds)
    return {name: rows / median(found) for name, found in times.items()}


def _body(folder: Path, number: int, rows: int) -> bytes:
    path = folder / "rows.csv"
    write_feed(path, rows, first=number * rows, teams=_TEAMS)
    names, *lines = (line.split(",") for line in path.read_text().splitlines())
    return json.dumps([dict(zip(names, line, strict=True)) for line in lines]).encode()


def _seconds(client: Client, address: str, body: bytes) -> float:
    begin = time.perf_counter()
    answer = client.post(address, body, content_type="application/json")
    spent = time.perf_counter() - begin
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}: {answer.content[:500]!r}")
    return spent
