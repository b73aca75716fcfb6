"""Interruptions for tests: ten rows, and ways to stop whoever is reading them."""

from datetime import timedelta
from types import ModuleType
from typing import Any

from kpotracker.toolkit.dbclock import clock
from metrics.models import Ingestion
from tests.feeds.arriving import csv

TEN = csv([f"{n},2026-03-0{n % 9 + 1},{'yes' if n % 3 else 'no'}" for n in range(10)])
ALL = {"read": 10, "accepted": 10}


class Crash(Exception):
    pass


def crash_after(monkeypatch: Any, module: ModuleType, name: str, call: int) -> None:
    """Let the function do its work, and fail right after the call with that number, once."""
    original, calls = getattr(module, name), []

    def crashing(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        result = original(*args, **kwargs)
        if len(calls) == call:
            raise Crash(f"after {name}")
        return result

    monkeypatch.setattr(module, name, crashing)


def fresh(ingestion: Ingestion) -> Ingestion:
    return Ingestion.objects.get(pk=ingestion.pk)


def run_out(ingestion: Ingestion) -> None:
    """The lease is over: whoever held it was silent for too long."""
    Ingestion.objects.filter(pk=ingestion.pk).update(lease_until=clock() - timedelta(seconds=1))
