"""Timelines: changed rules, stubs, and boundaries as wall-clock times."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from metrics.engine import EngineError, Period, PeriodRule, Timeline

from .making import at, us

MONTHS = PeriodRule("month", "UTC")
QUARTERS = PeriodRule("quarter", "UTC")


def simple(first: str, last: str | None = None, stub: str = "evaluate") -> Timeline:
    end = date.fromisoformat(last) if last else None
    begin = date.fromisoformat(first)
    return Timeline(((begin, MONTHS),), begin, end, stub)


def spans(timeline: Timeline, start: str, end: str) -> list[str]:
    found = timeline.between(at(start), at(end))
    return [f"{p.first_day}..{p.last_day}{' stub' if p.stub else ''}" for p in found]


def test_a_timeline_up_to_the_last_day_of_all_goes_on_like_an_open_one() -> None:
    bounded, opened = simple("2026-01-01", "9999-12-31"), simple("2026-01-01")

    found = spans(bounded, "2026-01-01", "2026-03-01")
    assert found == spans(opened, "2026-01-01", "2026-03-01") != []


STUBS = (
    (
        "evaluate",
        [
            "2026-01-20..2026-01-31 stub",
            "2026-02-01..2026-02-28",
            "2026-03-01..2026-03-31",
            "2026-04-01..2026-04-10 stub",
        ],
    ),
    ("skip", ["2026-02-01..2026-02-28", "2026-03-01..2026-03-31"]),
    ("merge", ["2026-01-20..2026-02-28", "2026-03-01..2026-04-10"]),
)


@pytest.mark.parametrize(("stub", "wanted"), STUBS)
def test_short_first_and_last_periods_follow_the_clause(stub: str, wanted: list[str]) -> None:
    assert spans(simple("2026-01-20", "2026-04-10", stub), "2025-01-01", "2027-01-01") == wanted


MERGED = (
    ("one full month between two stubs", "2026-01-20", "2026-03-10", ["2026-01-20..2026-03-10"]),
    ("two stubs only", "2026-01-20", "2026-02-10", ["2026-01-20..2026-02-10 stub"]),
    ("a single stub has no neighbour", "2026-01-20", "2026-01-25", ["2026-01-20..2026-01-25 stub"]),
    (
        "no stub at all",
        "2026-01-01",
        "2026-02-28",
        ["2026-01-01..2026-01-31", "2026-02-01..2026-02-28"],
    ),
)


@pytest.mark.parametrize(
    ("first", "last", "wanted"), [m[1:] for m in MERGED], ids=[m[0] for m in MERGED]
)
def test_merging_never_loses_a_day(first: str, last: str, wanted: list[str]) -> None:
    timeline = simple(first, last, "merge")
    assert spans(timeline, "2025-01-01", "2027-01-01") == wanted
    found = timeline.containing(at(last))
    assert found is not None
    assert found == timeline.between(at("2025-01-01"), at("2027-01-01"))[-1]


def test_instants_outside_and_in_skipped_stubs_have_no_period() -> None:
    timeline = simple("2026-01-20", "2026-04-10", "skip")
    for outside in ("2026-01-19", "2026-01-25", "2026-04-05", "2026-04-11"):
        assert timeline.containing(at(outside)) is None
    assert timeline.containing(at("2026-02-01")) is not None


def test_a_changed_length_applies_from_the_next_period() -> None:
    versions = ((date(2026, 1, 1), QUARTERS), (date(2026, 2, 15), MONTHS))
    timeline = Timeline(versions, date(2026, 1, 1))
    assert spans(timeline, "2026-01-01", "2026-05-15") == [
        "2026-01-01..2026-03-31",
        "2026-04-01..2026-04-30",
        "2026-05-01..2026-05-31",
    ]


def test_a_change_on_a_boundary_applies_at_once_and_leaves_a_stub_where_it_must() -> None:
    versions = ((date(2026, 1, 1), MONTHS), (date(2026, 2, 1), QUARTERS))
    timeline = Timeline(versions, date(2026, 1, 1))
    assert spans(timeline, "2026-01-01", "2026-06-01") == [
        "2026-01-01..2026-01-31",
        "2026-02-01..2026-03-31 stub",
        "2026-04-01..2026-06-30",
    ]


def test_a_version_with_the_same_rule_changes_nothing() -> None:
    again = Timeline(((date(2026, 1, 1), MONTHS), (date(2026, 2, 10), MONTHS)), date(2026, 1, 1))
    assert spans(again, "2026-01-01", "2026-04-01") == spans(
        simple("2026-01-01"), "2026-01-01", "2026-04-01"
    )


def test_versions_from_before_the_first_day_are_history() -> None:
    versions = ((date(2025, 1, 1), QUARTERS), (date(2025, 6, 1), MONTHS))
    assert spans(Timeline(versions, date(2026, 1, 1)), "2026-01-01", "2026-02-01") == [
        "2026-01-01..2026-01-31"
    ]


def test_two_changes_inside_one_period_leave_the_last() -> None:
    days = PeriodRule("day", "UTC")
    versions = ((date(2026, 1, 1), MONTHS), (date(2026, 1, 5), days), (date(2026, 1, 9), QUARTERS))
    timeline = Timeline(versions, date(2026, 1, 1))
    assert spans(timeline, "2026-01-01", "2026-04-02") == [
        "2026-01-01..2026-01-31",
        "2026-02-01..2026-03-31 stub",
        "2026-04-01..2026-06-30",
    ]


def test_a_changed_zone_joins_without_gap_or_overlap() -> None:
    versions = (
        (date(2026, 1, 1), PeriodRule("month", "America/New_York")),
        (date(2026, 2, 1), PeriodRule("month", "Asia/Tokyo")),
    )
    timeline = Timeline(versions, date(2026, 1, 1))
    january, february = timeline.between(at("2026-01-02"), at("2026-02-03"))
    assert january.end == february.start == at("2026-02-01T05:00")
    assert february.end == at("2026-02-28T15:00")


def test_a_day_lost_to_a_changed_zone_has_no_period() -> None:
    versions = (
        (date(2026, 1, 1), PeriodRule("day", "Pacific/Honolulu")),
        (date(2026, 1, 3), PeriodRule("day", "Pacific/Kiritimati")),
    )
    timeline = Timeline(versions, date(2026, 1, 1))
    found = timeline.between(at("2026-01-01T10:00"), at("2026-01-06"))
    assert all(a.end == b.start for a, b in pairwise(found))
    assert [timeline.containing(p.start) for p in found] == found


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [("America/New_York", 3, 31 * 24 - 1), ("Europe/London", 10, 31 * 24 + 1), ("UTC", 2, 28 * 24)],
)
def test_a_month_is_as_long_as_the_wall_clock_says(zone: str, month: int, hours: int) -> None:
    timeline = Timeline(((date(2026, 1, 1), PeriodRule("month", zone)),), date(2026, 1, 1))
    period = timeline.containing(at(f"2026-{month:02}-15"))
    assert period is not None
    assert period.end - period.start == timedelta(hours=hours)


def test_a_midnight_that_never_was_is_the_moment_of_the_jump() -> None:
    rule = PeriodRule("day", "America/Sao_Paulo")
    timeline = Timeline(((date(2018, 1, 1), rule),), date(2018, 1, 1))
    day = timeline.containing(at("2018-11-04T12:00"))
    assert day is not None
    assert day.start == at("2018-11-04T03:00")
    assert day.start.astimezone(ZoneInfo("America/Sao_Paulo")).hour == 1
    assert day.end - day.start == timedelta(hours=23)


def test_boundaries_are_the_starts_of_the_same_periods() -> None:
    timeline = simple("2026-01-20", "2026-04-10")
    starts = timeline.boundaries(us("2026-01-25"), us("2026-03-02"))
    assert starts == [us("2026-01-20"), us("2026-02-01"), us("2026-03-01")]


@pytest.mark.parametrize(
    ("versions", "stub", "says"),
    [
        ((), "evaluate", "needs a period rule"),
        (((date(2026, 2, 1), MONTHS), (date(2026, 1, 1), QUARTERS)), "evaluate", "must ascend"),
        (((date(2026, 2, 1), MONTHS),), "drop", "evaluate, merge, skip"),
    ],
)
def test_a_timeline_that_means_nothing_is_refused(
    versions: tuple[tuple[date, PeriodRule], ...], stub: str, says: str
) -> None:
    with pytest.raises(EngineError, match=says):
        Timeline(versions, date(2026, 1, 1), None, stub)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(EngineError, match="no time zone"):
        simple("2026-01-01").containing(datetime(2026, 1, 5))


def test_a_period_ends_with_the_contract() -> None:
    last: list[Period] = simple("2026-01-01", "2026-02-28").between(
        at("2026-02-05"), at("2027-01-01")
    )
    assert [p.label for p in last] == ["2026-02"]
