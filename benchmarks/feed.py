"""A generated feed: one month of items of 2,000 teams, as a service desk would export them."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

KPIS = 2_000
FIRST_DAY, LAST_DAY = date(2026, 3, 1), date(2026, 3, 31)
RECEIVED_AT = datetime(2026, 4, 2, tzinfo=UTC)
AFTER_GRACE = datetime(2026, 5, 1, tzinfo=UTC)

_START_S = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
_SECONDS = 31 * 86_400
_BLOCK = 250_000
_HEADER = "team,ticket,finished,ok,channel,note\n"

MAPPING = {
    "code": "bench",
    "name": "Generated desk",
    "identity": ["team", "ticket"],
    "times": {"finished": {"column": "finished", "format": "iso"}},
    "targets": [{"kpi": "{team}-quality", "good": 'ok == "yes"', "valid": 1}],
}


def codes() -> list[str]:
    return [f"t{number:04d}-quality" for number in range(KPIS)]


def write_feed(path: Path, rows: int, *, first: int = 0) -> None:
    """Write ``rows`` lines; the same arguments give the same bytes.

    Teams differ in how often they fail, so that about one in five misses 95 %.
    """
    with path.open("w", encoding="ascii") as file:
        file.write(_HEADER)
        for begin in range(first, first + rows, _BLOCK):
            count = min(_BLOCK, first + rows - begin)
            file.write("\n".join(_lines(begin, count)) + "\n")


def _lines(begin: int, count: int) -> list[str]:
    random = np.random.default_rng(begin)
    numbers = np.arange(begin, begin + count)
    teams = numbers % KPIS
    moments = _START_S + random.integers(0, _SECONDS, count)
    finished = np.datetime_as_string(moments.astype("datetime64[s]"))
    good = random.random(count) > (teams % 10) / 200
    return [
        f"t{team:04d},INC{number:09d},{moment}Z,{'yes' if ok else 'no'},mail,closed by phone"
        for team, number, moment, ok in zip(
            teams.tolist(), numbers.tolist(), finished.tolist(), good.tolist(), strict=True
        )
    ]
