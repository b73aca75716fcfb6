"""A generated feed: one month of items of 2,000 teams, as a service desk would export them."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

KPIS = 2_000
FIRST_DAY, LAST_DAY = date(2026, 3, 1), date(2026, 3, 31)
RECEIVED_AT = datetime(2026, 4, 2, tzinfo=UTC)
AFTER_GRACE = datetime(2026, 5, 1, tzinfo=UTC)

_BLOCK = 250_000
_HEADER = "team,ticket,finished,ok,channel,note\n"

MAPPING = {
    "code": "bench",
    "name": "Generated desk",
    "identity": ["team", "ticket"],
    "times": {"finished": {"column": "finished", "format": "iso"}},
    "targets": [{"kpi": "{team}-quality", "good": 'ok == "yes"', "valid": 1}],
}


def codes(teams: int = KPIS) -> list[str]:
    return [f"t{number:04d}-quality" for number in range(teams)]


def write_feed(
    path: Path,
    rows: int,
    *,
    first: int = 0,
    days: tuple[date, date] = (FIRST_DAY, LAST_DAY),
    teams: int = KPIS,
) -> None:
    """Write ``rows`` lines finished within ``days``; the same arguments give the same bytes.

    Teams differ in how often they fail, so that about one in five misses its minimum.
    """
    start, end = (int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) for d in days)
    with path.open("w", encoding="ascii") as file:
        file.write(_HEADER)
        for begin in range(first, first + rows, _BLOCK):
            count = min(_BLOCK, first + rows - begin)
            file.write("\n".join(_lines(begin, count, (start, end + 86_400), teams)) + "\n")


def _lines(begin: int, count: int, span: tuple[int, int], teams: int) -> list[str]:
    random = np.random.default_rng(begin)
    numbers = np.arange(begin, begin + count)
    team = numbers % teams
    finished = np.datetime_as_string(random.integers(*span, count).astype("datetime64[s]"))
    good = random.random(count) > (team % 10) / 150
    return [
        f"t{which:04d},INC{number:09d},{moment}Z,{'yes' if ok else 'no'},mail,closed by phone"
        for which, number, moment, ok in zip(
            team.tolist(), numbers.tolist(), finished.tolist(), good.tolist(), strict=True
        )
    ]
