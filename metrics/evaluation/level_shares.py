"""Which versions of a service level judge a period in which one of them begins, and for how long.

The version that begins inside a period says what it does there: nothing (``at_start``), judge all
of it (``at_end``), or share it with what was in force by local days (``time_weighted``).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from metrics.models import ServiceLevel
from metrics.models.timelines import in_force

WRITTEN = "level"  # the member of a revision's body that tells of a weighted level
_A_DAY = timedelta(days=1)


class Share(NamedTuple):
    """A version, and on how many local days of the period it counts."""

    level: ServiceLevel
    days: int


def level_shares(
    levels: Iterable[ServiceLevel], first_day: date, last_day: date
) -> tuple[Share, ...]:
    """The versions that judge the period, oldest first: one, unless it is weighted; none where
    nothing was agreed. The last one says what is not weighted."""
    lines = sorted(levels, key=lambda line: line.valid_from)
    started = in_force(lines, first_day)
    begun = [(started, first_day)] if started else []
    for line in lines:
        if first_day < line.valid_from <= last_day:
            begun = _with(begun, line, first_day)
    ends = [*(day for _, day in begun[1:]), *([last_day + _A_DAY] if begun else [])]
    return tuple(
        Share(line, (end - day).days) for (line, day), end in zip(begun, ends, strict=True)
    )


def _with(
    begun: list[tuple[ServiceLevel, date]], line: ServiceLevel, first_day: date
) -> list[tuple[ServiceLevel, date]]:
    if line.change_inside == ServiceLevel.ChangeInside.AT_END:
        return [(line, first_day)]
    if line.change_inside == ServiceLevel.ChangeInside.TIME_WEIGHTED:
        return [*begun, (line, line.valid_from)]
    return begun


def shares_written(shares: Sequence[Share], numbers: Mapping[str, Fraction]) -> dict[str, Any]:
    """As a revision keeps a weighted level: its numbers, and [version, days] of each share."""
    told = {name: str(value) for name, value in numbers.items()}
    return told | {"shares": [[share.level.pk, share.days] for share in shares]}


def shares_read(levels: Iterable[ServiceLevel], body: Mapping[str, Any]) -> tuple[Share, ...]:
    """Back from a revision's ``body``; empty where one version alone judged it."""
    lines = {line.pk: line for line in levels}
    written = body.get(WRITTEN, {}).get("shares", [])
    return tuple(Share(lines[pk], days) for pk, days in written if pk in lines)
