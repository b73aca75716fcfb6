"""Period rules: where periods begin, and what they are called."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from metrics.engine import EngineError, Period, PeriodRule, add_months

from .making import at

RULES = (
    ("calendar month", PeriodRule("month", "UTC"), "2026-03-15", "2026-03-01", "2026-03"),
    (
        "month from the 15th",
        PeriodRule("month", "UTC", date(2026, 1, 15)),
        "2026-03-14",
        "2026-02-15",
        "2026-02-15",
    ),
    (
        "month from the 31st",
        PeriodRule("month", "UTC", date(2026, 1, 31)),
        "2026-03-30",
        "2026-02-28",
        "2026-02-28",
    ),
    (
        "before the anchor",
        PeriodRule("month", "UTC", date(2026, 1, 31)),
        "2025-03-02",
        "2025-02-28",
        "2025-02-28",
    ),
    ("calendar quarter", PeriodRule("quarter", "UTC"), "2026-06-30", "2026-04-01", "2026-Q2"),
    (
        "quarter from February",
        PeriodRule("quarter", "UTC", date(2026, 2, 1)),
        "2026-04-30",
        "2026-02-01",
        "2026-02-01",
    ),
    ("calendar year", PeriodRule("year", "UTC"), "2026-12-31", "2026-01-01", "2026"),
    (
        "contract year",
        PeriodRule("contract_year", "UTC", date(2024, 7, 9)),
        "2026-07-08",
        "2025-07-09",
        "2025-07-09",
    ),
    (
        "leap day contract",
        PeriodRule("contract_year", "UTC", date(2024, 2, 29)),
        "2026-02-28",
        "2026-02-28",
        "2026-02-28",
    ),
    (
        "leap day comes back",
        PeriodRule("contract_year", "UTC", date(2024, 2, 29)),
        "2028-02-29",
        "2028-02-29",
        "2028-02-29",
    ),
    ("ISO week", PeriodRule("week", "UTC"), "2026-01-01", "2025-12-29", "2026-W01"),
    (
        "week from Sunday",
        PeriodRule("week", "UTC", date(2026, 3, 1)),
        "2026-03-07",
        "2026-03-01",
        "2026-03-01",
    ),
    ("day", PeriodRule("day", "UTC"), "2026-03-14", "2026-03-14", "2026-03-14"),
)


@pytest.mark.parametrize(
    ("rule", "day", "first", "label"), [r[1:] for r in RULES], ids=[r[0] for r in RULES]
)
def test_a_rule_finds_the_period_of_a_day(
    rule: PeriodRule, day: str, first: str, label: str
) -> None:
    index = rule.index_of(date.fromisoformat(day))
    assert str(rule.first_day(index)) == first
    assert rule.label(rule.first_day(index)) == label


def test_a_clamped_anchor_returns_to_its_day() -> None:
    assert [add_months(date(2026, 1, 31), n).day for n in range(4)] == [31, 28, 31, 30]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("fortnight", "UTC"), "fortnight"),
        (("monht", "UTC"), "did you mean 'month'"),
        (("month", "Mars/Olympus"), "Mars/Olympus"),
        (("contract_year", "UTC"), "effective date"),
        (("day", "UTC", date(2026, 1, 1)), "leave the anchor out"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(arguments: tuple[object, ...], says: str) -> None:
    with pytest.raises(EngineError, match=says):
        PeriodRule(*arguments)  # type: ignore[arg-type]


def test_a_period_without_time_or_zone_is_refused() -> None:
    day = date(2026, 3, 1)
    with pytest.raises(EngineError, match="holds no time"):
        Period(at("2026-03-01"), at("2026-03-01"), day, day, "empty")
    with pytest.raises(EngineError, match="no time zone"):
        Period(datetime(2026, 3, 1), datetime(2026, 3, 2), day, day, "naive")


def test_a_period_holds_its_start_and_not_its_end() -> None:
    period = Period(at("2026-03-01"), at("2026-04-01"), date(2026, 3, 1), date(2026, 3, 31), "x")
    assert at("2026-03-01") in period
    assert at("2026-04-01") not in period
    assert datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC) in period
