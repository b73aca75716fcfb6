"""When a notice goes out: a table of plans."""

from datetime import UTC, datetime, time

import pytest

from metrics.alerts.timing import Plan, due_at

BERLIN = "Europe/Berlin"
NIGHT = (time(22), time(7))


def utc(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


MONDAY_NOON = utc(20, 12)


@pytest.mark.parametrize(
    ("plan", "severity", "now", "due"),
    [
        (Plan(), "minor", MONDAY_NOON, utc(20, 12, 1)),
        (Plan(), "critical", MONDAY_NOON, MONDAY_NOON),
        (Plan("critical_now", hour=8), "critical", MONDAY_NOON, MONDAY_NOON),
        (Plan("critical_now", hour=8), "major", MONDAY_NOON, utc(21, 8)),
        (Plan("daily", hour=8), "critical", MONDAY_NOON, utc(21, 8)),
        (Plan("daily", hour=13), "minor", MONDAY_NOON, utc(20, 13)),
        (Plan("daily", hour=12), "minor", MONDAY_NOON, utc(21, 12)),
        (Plan("daily", hour=8, zone=BERLIN), "minor", MONDAY_NOON, utc(21, 6)),
        (Plan("daily", hour=8, zone=BERLIN), "minor", utc(20, 12, month=1), utc(21, 7, month=1)),
        (Plan("weekly", hour=8, weekday=0), "minor", MONDAY_NOON, utc(27, 8)),
        (Plan("weekly", hour=8, weekday=4), "minor", MONDAY_NOON, utc(24, 8)),
        (Plan("weekly", hour=14, weekday=0), "minor", MONDAY_NOON, utc(20, 14)),
    ],
)
def test_it_goes_at_once_or_with_the_next_digest(plan, severity, now, due):
    assert due_at(plan, severity=severity, now=now) == due


@pytest.mark.parametrize(
    ("quiet", "severity", "breaks", "now", "due"),
    [
        (NIGHT, "major", True, utc(20, 21, 58), utc(20, 21, 59)),
        (NIGHT, "major", True, utc(20, 22), utc(21, 7)),
        (NIGHT, "major", True, utc(21, 3), utc(21, 7)),
        (NIGHT, "major", True, utc(21, 6, 59), utc(21, 7)),
        (NIGHT, "critical", True, utc(21, 3), utc(21, 3)),
        (NIGHT, "critical", False, utc(21, 3), utc(21, 7)),
        ((time(12), time(14)), "minor", True, MONDAY_NOON, utc(20, 14)),
        ((time(12), time(14)), "minor", True, utc(20, 14), utc(20, 14, 1)),
        ((time(9), time(9)), "minor", True, utc(20, 9), utc(20, 9, 1)),
    ],
)
def test_quiet_hours_hold_it_back_until_their_end(quiet, severity, breaks, now, due):
    plan = Plan(quiet=quiet, critical_breaks_quiet=breaks)

    assert due_at(plan, severity=severity, now=now) == due


def test_quiet_hours_are_those_of_the_zone():
    plan = Plan(zone=BERLIN, quiet=NIGHT)

    assert due_at(plan, severity="minor", now=utc(20, 20, 30)) == utc(21, 5)


def test_a_digest_that_falls_into_quiet_hours_waits_for_their_end():
    plan = Plan("daily", hour=6, quiet=NIGHT)

    assert due_at(plan, severity="minor", now=MONDAY_NOON) == utc(21, 7)


def test_an_hour_that_does_not_exist_that_day_comes_an_hour_later_by_the_wall():
    plan = Plan("daily", hour=2, zone=BERLIN)

    assert due_at(plan, severity="minor", now=utc(28, 12, month=3)) == utc(29, 1, month=3)
