"""A stricter level over two years of a contract, and the floor of reading its sums once."""

from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.feed import AFTER_GRACE, LAST_DAY, codes, write_feed
from benchmarks.scenarios import deliver, set_up, timed
from contracts.selectors.scope import EVERYTHING
from metrics.backtests.running import terms_backtest
from metrics.engine import to_us
from metrics.evaluation.reading import Window, totals_of
from metrics.evaluation.sweeping import sweep
from metrics.models import KpiPeriod

_FIRST_DAY = date(2024, 4, 1)  # 24 months to the end of the last one
_TEAMS = 20
_TIMES = 5


def whatif(folder: Path, rows: int) -> dict[str, Any]:
    """``rows`` rows of 20 KPIs in 24 months; the median of some back-tests and of some readings."""
    feed = set_up(first_day=_FIRST_DAY, teams=_TEAMS)
    path = folder / "feed.csv"
    write_feed(path, rows, days=(_FIRST_DAY, LAST_DAY), teams=_TEAMS)
    deliver(feed, path)
    sweep(as_of=AFTER_GRACE)
    heads = list(KpiPeriod.objects.exclude(current=None))
    windows = [Window(h.kpi_id, to_us(h.starts_at), to_us(h.ends_at)) for h in heads]
    floor = median(timed(lambda: totals_of(windows)) for _ in range(_TIMES))
    return {
        "rows": rows,
        "figures": len(heads),
        "floor": floor,
        "seconds": median(timed(_try) for _ in range(_TIMES)),
    }


def _try() -> None:
    levels = '[{operator: ">=", expected: 98, minimum: 96}]'
    kpis = "".join(f"  - {{code: {code}, service_levels: {levels}}}\n" for code in codes(_TEAMS))
    terms_backtest(
        text=f"kpis:\n{kpis}",
        since=_FIRST_DAY,
        until=LAST_DAY,
        scope=EVERYTHING,
        as_of=AFTER_GRACE,
    )
