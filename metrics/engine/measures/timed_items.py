"""Items followed by their clocks: when each falls due, and whether it was kept by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..items import Allowance, Stretch, earlier, stretches
from ..results import Inputs
from ..rows import Row
from ..worktime import WorkCalendar
from ..zones import DAY_US, to_us
from .base import TIME_UNITS
from .durations import has_history, history_of

DAYS = "business_days"
AT_FINISH, ONCE, EACH = "at_finish", "once_when_due", "each_period_until_done"


@dataclass(frozen=True, slots=True)
class Judged:
    """One run of an item: whether it was `kept`, None while that is not counted; `due` is the
    deadline of an open one."""

    kept: bool | None
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Of an open item, UTC microseconds: when its clock began, where that is known, its deadline,
    when to warn of it, and whether its clock stands, so that the deadline moves on."""

    started: int | None
    at: int
    warn_at: int | None
    stands: bool = False


def due_of(options: Mapping[str, Any], calendar: WorkCalendar | None, row: Row, now: int) -> Due:
    """When an open item falls due. While its clock stands: as if it went on at `now`."""
    before = options["warn_before"]
    assert row.a is not None
    if options["limit"] == "due":
        warn = before and earlier(row.a, before, calendar, min(row.at, row.a))
        return Due(None, row.a + _grace_us(options), warn)
    run = stretches(row, history_of(options), now)[-1]
    allowance = allowance_of(options, calendar)
    warn = before and allowance.warning(run, before)
    stands = any(start <= now <= end for start, end in run.idle)
    return Due(run.start, allowance.deadline(run), warn, stands)


def is_timed(options: Mapping[str, Any]) -> bool:
    """Whether items are followed by their clocks, instead of amounts compared with a limit."""
    return bool(
        options["limit"] == "due"
        or options["limit_unit"] == DAYS
        or options["open_overdue"]
        or has_history(options)
    )


def mode_of(options: Mapping[str, Any], placed_by: str) -> str:
    """When open work counts: by itself at its finish where periods go by that, else once."""
    return options["open_overdue"] or (AT_FINISH if placed_by == "finished" else ONCE)


def allowance_of(options: Mapping[str, Any], calendar: WorkCalendar | None) -> Allowance:
    """The limit of a KPI whose items do not bring their own due times."""
    if options["limit_unit"] == DAYS:
        days = int(options["limit"])
        return Allowance(calendar, None, days, options["cut_off"], options["ends"] or "close")
    most: Fraction = options["limit"] * TIME_UNITS[options["limit_unit"]]
    return Allowance(calendar, most.numerator // most.denominator)


def judged_rows(options: Mapping[str, Any], inputs: Inputs, rows: Sequence[Row]) -> list[Judged]:
    """Every run of every item of a period, judged as of the inputs' instant."""
    now = to_us(inputs.as_of)
    mode = mode_of(options, inputs.placed_by)
    if options["limit"] == "due":
        grace = _grace_us(options)
        return [_of_due_time(row, inputs, grace, mode, now) for row in rows if row.a is not None]
    allowance = allowance_of(options, inputs.calendar)
    return [
        _of_clock(run, allowance, mode, now)
        for row in rows
        for run in stretches(row, history_of(options), now)
    ]


def _of_clock(run: Stretch, allowance: Allowance, mode: str, now: int) -> Judged:
    if run.end is not None:
        return Judged(allowance.kept(run, run.end))
    due = allowance.deadline(run)
    return Judged(False if mode == ONCE and due <= now else None, due)


def _of_due_time(row: Row, inputs: Inputs, grace: int, mode: str, now: int) -> Judged:
    assert row.a is not None
    due = row.a + grace
    if row.at < inputs.period.start_us:  # it fell due before, and was not done before
        missed = due <= min(now, inputs.period.end_us) and (row.b is None or row.b > due)
        return Judged(False if missed else None, due if row.b is None else None)
    if row.b is not None:
        return Judged(row.b <= due)
    return Judged(False if mode != AT_FINISH and due <= now else None, due)


def essential(options: Mapping[str, Any], inputs: Inputs, rows: Sequence[Row]) -> list[Row]:
    """The rows as far as they decide a figure: that an item which failed is done at last, or is
    stopped after that, alters none."""
    agreed = options["limit"] == "due"
    known = [row for row in rows if row.a is not None] if agreed else rows
    return [_essence(row, judged_rows(options, inputs, [row]), options) for row in known]


def _essence(row: Row, runs: Sequence[Judged], options: Mapping[str, Any]) -> Row:
    if any(run.kept is False for run in runs):
        return Row(row.at, a=row.a, value=sum(run.kept is True for run in runs))
    if options["limit"] != "due" or row.a is None or row.b is None:
        return row
    return Row(row.at, a=row.a, b=row.b if row.b <= row.a + _grace_us(options) else None)


def _grace_us(options: Mapping[str, Any]) -> int:
    return int(options["grace_days"] or 0) * DAY_US
