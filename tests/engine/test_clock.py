"""The working-time clock: elapsed time, deadlines, warnings, pauses and business days."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from metrics.engine import (
    EngineError,
    Pause,
    WorkCalendar,
    business_deadline,
    deadline,
    elapsed,
    pause_shares,
    warn_at,
)

from .making import OFFICE, at, office

ROUND_THE_CLOCK = {
    "zone": "Europe/Berlin",
    "weekdays": {
        day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    },
}
# 2026-03-02 is a Monday.
ELAPSED = (
    ("inside one day", "2026-03-02T10:00", "2026-03-02T12:30", 2.5),
    ("over a night", "2026-03-02T16:00", "2026-03-03T10:00", 2),
    ("over a weekend", "2026-03-06T16:00", "2026-03-09T10:00", 2),
    ("a week is five days of eight hours", "2026-03-02T00:00", "2026-03-09T00:00", 40),
    ("inside a night nothing counts", "2026-03-02T18:00", "2026-03-03T08:00", 0),
    ("a reversed range is nothing", "2026-03-03T10:00", "2026-03-02T10:00", 0),
    ("over the end of a year", "2025-12-31T16:00", "2026-01-01T10:00", 2),
    ("over three years", "2024-01-01T00:00", "2027-01-01T00:00", 784 * 8),
)


@pytest.mark.parametrize(
    ("start", "end", "hours"), [e[1:] for e in ELAPSED], ids=[e[0] for e in ELAPSED]
)
def test_working_time_elapses(start: str, end: str, hours: float) -> None:
    assert elapsed(at(start), at(end), office()) == timedelta(hours=hours)


def test_without_a_calendar_every_second_counts() -> None:
    assert elapsed(at("2026-03-01"), at("2026-03-08")) == timedelta(days=7)
    assert deadline(at("2026-03-01"), timedelta(days=7)) == at("2026-03-08")


def test_holidays_close_a_day_once_or_every_year() -> None:
    calendar = WorkCalendar.parse({**OFFICE, "holidays": ["2026-03-03", "*-03-04"]})
    assert elapsed(at("2026-03-02"), at("2026-03-06"), calendar) == timedelta(hours=16)
    assert elapsed(at("2027-03-02"), at("2027-03-06"), calendar) == timedelta(hours=24)


def test_days_of_changed_clocks_have_23_and_25_hours() -> None:
    calendar = WorkCalendar.parse(ROUND_THE_CLOCK)
    assert elapsed(at("2026-03-28T23:00"), at("2026-03-29T22:00"), calendar) == timedelta(hours=23)
    assert elapsed(at("2026-10-24T22:00"), at("2026-10-25T23:00"), calendar) == timedelta(hours=25)


def test_working_hours_inside_the_gap_of_a_changed_clock_are_no_time() -> None:
    night = {"zone": "Europe/Berlin", "weekdays": {"sun": [["02:00", "03:00"], ["03:00", "04:00"]]}}
    calendar = WorkCalendar.parse(night)
    assert elapsed(at("2026-03-28"), at("2026-03-30"), calendar) == timedelta(hours=1)


DEADLINES = (
    ("the same day", "2026-03-02T10:00", 2, "2026-03-02T12:00"),
    ("exactly at close is not the next morning", "2026-03-02T09:00", 8, "2026-03-02T17:00"),
    ("the next day", "2026-03-02T16:00", 2, "2026-03-03T10:00"),
    ("from a weekend", "2026-03-07T12:00", 1, "2026-03-09T10:00"),
    ("nothing to do is done at once", "2026-03-07T12:00", 0, "2026-03-07T12:00"),
    ("into the next year", "2025-12-31T16:00", 2, "2026-01-01T10:00"),
)


@pytest.mark.parametrize(
    ("start", "hours", "end"), [d[1:] for d in DEADLINES], ids=[d[0] for d in DEADLINES]
)
def test_time_is_up_at_the_earliest_instant(start: str, hours: float, end: str) -> None:
    assert deadline(at(start), timedelta(hours=hours), office()) == at(end)


PAUSES = (
    ("a pause in working time moves the deadline", [("10:00", "11:00")], "13:00"),
    ("overlapping pauses count once", [("10:00", "11:00"), ("10:30", "11:30")], "13:30"),
    ("a pause after the deadline does not move it", [("12:00", "13:00")], "12:00"),
    ("a pause from before the start", [("08:00", "10:30")], "13:30"),
    ("a pause that is none", [("10:30", "10:30")], "12:00"),
)


@pytest.mark.parametrize(("spans", "end"), [p[1:] for p in PAUSES], ids=[p[0] for p in PAUSES])
def test_pauses_stop_the_clock_where_they_overlap_working_time(
    spans: list[tuple[str, str]], end: str
) -> None:
    pauses = [Pause(at(f"2026-03-02T{a}"), at(f"2026-03-02T{b}")) for a, b in spans]
    start = at("2026-03-02T09:00")
    found = deadline(start, timedelta(hours=3), office(), pauses)
    assert found == at(f"2026-03-02T{end}")
    assert elapsed(start, found, office(), pauses) == timedelta(hours=3)


def test_a_running_pause_leaves_a_deadline_open_unless_time_was_up_before() -> None:
    start = at("2026-03-02T09:00")
    late = [Pause(at("2026-03-02T12:00"), None)]
    assert deadline(start, timedelta(hours=3), office(), late) == at("2026-03-02T12:00")
    with pytest.raises(EngineError, match="still running"):
        deadline(start, timedelta(hours=4), office(), late)
    assert elapsed(start, at("2026-03-02T15:00"), office(), late) == timedelta(hours=3)


def test_pauses_show_who_set_them_and_their_share() -> None:
    pauses = [
        Pause(at("2026-03-02T10:00"), at("2026-03-02T12:00"), "vendor"),
        Pause(at("2026-03-02T13:00"), at("2026-03-02T14:00"), "buyer"),
    ]
    shares = pause_shares(at("2026-03-02T09:00"), at("2026-03-02T17:00"), office(), pauses)
    assert shares == {"vendor": Fraction(1, 4), "buyer": Fraction(1, 8)}


def test_a_warning_is_a_deadline_of_its_own() -> None:
    start = at("2026-03-02T16:00")
    found = warn_at(start, timedelta(hours=4), timedelta(hours=2), office())
    assert found == at("2026-03-03T10:00")
    assert warn_at(start, timedelta(hours=1), timedelta(hours=2), office()) == start


BUSINESS_DAYS: tuple[tuple[str, str, int, dict[str, Any], str], ...] = (
    ("before the cut-off", "2026-03-02T14:00", 1, {"cut_off": "15:00"}, "2026-03-03T17:00"),
    ("exactly at the cut-off", "2026-03-02T15:00", 1, {"cut_off": "15:00"}, "2026-03-03T17:00"),
    ("after the cut-off", "2026-03-02T15:01", 1, {"cut_off": "15:00"}, "2026-03-04T17:00"),
    ("on a Saturday", "2026-03-07T10:00", 1, {}, "2026-03-10T17:00"),
    ("day 0 itself", "2026-03-02T10:00", 0, {}, "2026-03-02T17:00"),
    ("at the same time of day", "2026-03-02T10:20", 2, {"ends": "same_time"}, "2026-03-04T10:20"),
)


@pytest.mark.parametrize(
    ("start", "days", "options", "end"),
    [b[1:] for b in BUSINESS_DAYS],
    ids=[b[0] for b in BUSINESS_DAYS],
)
def test_business_days_end_on_the_nth_open_day(
    start: str, days: int, options: dict[str, Any], end: str
) -> None:
    assert business_deadline(at(start), days, office(), **options) == at(end)


def test_what_can_never_be_is_refused() -> None:
    closed = WorkCalendar.parse(
        {"zone": "UTC", "weekdays": {"mon": [["09:00", "17:00"]]}, "holidays": _every_day()}
    )
    with pytest.raises(EngineError, match="never reached"):
        deadline(at("2026-03-02"), timedelta(hours=1), closed)
    with pytest.raises(EngineError, match="no open day"):
        business_deadline(at("2026-03-02"), 1, closed)
    with pytest.raises(EngineError, match="negative"):
        deadline(at("2026-03-02"), timedelta(hours=-1))
    with pytest.raises(EngineError, match="not a time of day"):
        business_deadline(at("2026-03-02"), 1, office(), cut_off="3 pm")
    with pytest.raises(EngineError, match="same_time"):
        business_deadline(at("2026-03-02"), 1, office(), ends="noon")


def _every_day() -> list[str]:
    return [f"*-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, _length(month))]


def _length(month: int) -> int:
    return {2: 30, 4: 31, 6: 31, 9: 31, 11: 31}.get(month, 32)


def test_all_mistakes_of_a_calendar_are_named_at_once() -> None:
    with pytest.raises(EngineError) as refused:
        WorkCalendar.parse(
            {
                "weekdays": {"moon": [], "tue": [["9", "17:00"]], "wed": [["09:00", "25:00"]]},
                "holidays": ["2026-02-30", "*-13-01"],
                "hollidays": [],
            }
        )
    said = str(refused.value)
    for part in (
        "'moon'",
        "'9'",
        "25:00",
        "2026-02-30",
        "*-13-01",
        "did you mean 'holidays'",
        "zone",
    ):
        assert part in said


@pytest.mark.parametrize(
    "weekdays",
    [{}, {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}, {"mon": [["12:00", "09:00"]]}],
)
def test_hours_that_overlap_or_hold_nothing_are_refused(weekdays: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        WorkCalendar.parse({"zone": "UTC", "weekdays": weekdays})


def test_a_24_hour_day_has_no_closed_minute() -> None:
    calendar = WorkCalendar.parse(ROUND_THE_CLOCK)
    assert elapsed(at("2026-03-02T22:59"), at("2026-03-02T23:01"), calendar) == timedelta(minutes=2)
