"""What is measured, each scenario in a process of its own so that its memory is its own."""

import resource
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from django.core.management import call_command

from benchmarks.feed import FIRST_DAY, LAST_DAY, RECEIVED_AT, write_feed
from benchmarks.floors import checkpoint, floor_seconds
from benchmarks.terms import terms_create
from metrics.evaluation.draining import drain_all
from metrics.evaluation.work import work_all
from metrics.feeds.intake import delivery_receive
from metrics.feeds.running import ingestion_run
from metrics.models import BreachCase, Feed, Ingestion, KpiPeriod

LONG_AGO = date(2017, 12, 1)  # 100 months before the end of the last one
_LATE_ROWS = 25
_TEAMS = 20


def load(folder: Path, rows: int) -> dict[str, Any]:
    """A file of ``rows`` rows as in `big`, and the floor of the same rows."""
    result = big(folder, rows)
    return result | {"floor_seconds": floor_seconds(folder)}


def big(folder: Path, rows: int) -> dict[str, Any]:
    """A file of ``rows`` rows, from its bytes to flagged breaches, and the same file again."""
    feed = _set_up()
    path = folder / "feed.csv"
    write_feed(path, rows)
    checkpoint()
    first = _seconds(lambda: _deliver(feed, path))
    counts = Ingestion.objects.get()
    again = _seconds(lambda: _deliver(feed, path))
    return {
        "rows": counts.accepted,
        "periods": KpiPeriod.objects.count(),
        "breaches": BreachCase.objects.count(),
        "seconds": first,
        "again_seconds": again,
        **_peaks(),
    }


def history(folder: Path, months: int) -> dict[str, Any]:
    """Re-evaluation after one late row, on top of ``months`` months, 500 rows of each of
    20 KPIs a month."""
    first_day = FIRST_DAY if months == 1 else LONG_AGO
    feed = _set_up(first_day=first_day, teams=_TEAMS)
    path = folder / "feed.csv"
    write_feed(path, 10_000 * months, days=(first_day, LAST_DAY), teams=_TEAMS)
    _deliver(feed, path)
    seconds = []
    for number in range(_LATE_ROWS):
        write_feed(path, 1, first=900_000_000 + number, teams=_TEAMS)
        ingestion_run(ingestion_id=_receive(feed, path))
        seconds.append(_seconds(lambda: drain_all(as_of=RECEIVED_AT)))
    return {"seconds": median(seconds), "periods": KpiPeriod.objects.count()}


def _set_up(**terms: Any) -> Feed:
    call_command("migrate", verbosity=0)
    return terms_create(**terms)


def _deliver(feed: Feed, path: Path) -> None:
    ingestion = _receive(feed, path)
    report = work_all(as_of=RECEIVED_AT + timedelta(hours=1))
    done = Ingestion.objects.get(pk=ingestion)
    if done.status != Ingestion.Status.DONE:
        raise RuntimeError(f"{done.status}: {done.error} {report.failures}")


def _receive(feed: Feed, path: Path) -> int:
    with path.open("rb") as stream:
        delivery = delivery_receive(
            feed=feed,
            stream=stream,
            filename=path.name,
            received_at=RECEIVED_AT,
        )
    return delivery.ingestion_id


def _seconds(run: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def _peaks() -> dict[str, float]:
    """Peak resident memory in MB of this process and of its largest child."""
    who = {"own_mb": resource.RUSAGE_SELF, "reader_mb": resource.RUSAGE_CHILDREN}
    return {name: resource.getrusage(of).ru_maxrss / 1024 for name, of in who.items()}
