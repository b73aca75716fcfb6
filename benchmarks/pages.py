"""Rendering of pages at 200 vendors and 36 months, beside a page with nothing in it."""

import time
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from benchmarks.installation import NEWEST, installation_create
from contracts.models import User

MONTHS: Final = 36
ADDRESSES: Final = (
    "/",
    "/vendors/",
    f"/vendors/v0000/?period={NEWEST.label}",
    f"/contracts/v0000-1/?period={NEWEST.label}",
    "/contracts/",
    "/kpis/",
    "/kpis/v0000-1-k0/",
    f"/kpis/v0000-1-k0/{NEWEST.first_day}/",
    "/breaches/",
    "/deliveries/",
    f"/months/?period={NEWEST.label}",
    "/reviews/",
)
_ROUNDS: Final = 25
_WARM_UP: Final = 3


def pages(folder: Path, vendors: int) -> dict[str, Any]:
    """p95 of each page in ms, and of the empty one in the same run; calls take turns."""
    call_command("migrate", verbosity=0)
    installation_create(vendors, MONTHS)
    settings.ROOT_URLCONF = "benchmarks.addresses"
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    times: dict[str, list[float]] = {address: [] for address in ("/empty/", *ADDRESSES)}
    for number in range(_WARM_UP + _ROUNDS):
        for address, found in times.items():
            spent = _milliseconds(client, address)
            if number >= _WARM_UP:
                found.append(spent)
    return {address: _p95(found) for address, found in times.items()}


def _milliseconds(client: Client, address: str) -> float:
    begin = time.perf_counter()
    answer = client.get(address)
    spent = time.perf_counter() - begin
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return spent * 1000


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[-(-len(ordered) * 95 // 100) - 1]
