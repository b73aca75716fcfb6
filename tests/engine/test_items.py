"""Items and their clocks: reopenings, who paused, open work, and versions of working hours."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.engine import (
    EngineError,
    Interruption,
    Item,
    WorkCalendar,
    deadline_us,
    elapsed_us,
    to_us,
)
from metrics.engine.items import Allowance, History, OpenWork, Stretch, age, paused, stretches

from .making import OFFICE, at

NOW = to_us(at("2026-03-06T12:00"))
SHORT = {"weekdays": {day: [["09:00", "13:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}


def us(text: str) -> int:
    return to_us(at(text))


def an_item(start: str, end: str | None, *history: Interruption) -> Item:
    return Item(0, a=us(start), b=None if end is None else us(end), interruptions=history)


def closed(start: str, end: str | None) -> Interruption:
    return Interruption(us(start), None if end is None else us(end), "closed")


class TestVersions:
    CALENDAR = WorkCalendar.parse(
        {**OFFICE, "versions": [{**SHORT, "valid_from": "2026-03-04", "holidays": ["2026-03-05"]}]}
    )

    def test_a_local_day_follows_the_version_in_force_on_it(self) -> None:
        open_ = [self.CALENDAR.hours_on(date(2026, 3, day)) for day in (3, 4, 5, 6)]
        assert open_ == [((540, 1020),), ((540, 780),), (), ((540, 780),)]

    def test_a_later_one_never_alters_earlier_days(self) -> None:
        before = WorkCalendar.parse(OFFICE)
        until = us("2026-03-04T00:00")
        for start in ("2025-12-30T10:00", "2026-03-02T09:00", "2026-03-03T16:59"):
            assert elapsed_us(us(start), until, self.CALENDAR) == elapsed_us(
                us(start), until, before
            )

    def test_without_hours_beside_them_the_first_holds_from_the_beginning(self) -> None:
        lines = [{"weekdays": OFFICE["weekdays"]}, {**SHORT, "valid_from": "2026-03-04"}]
        found = WorkCalendar.parse({"zone": "UTC", "versions": lines})
        assert found.hours_on(date(2020, 1, 1)) == ((540, 1020),)
        assert found.hours_on(date(2026, 3, 4)) == ((540, 780),)

    @pytest.mark.parametrize(
        ("versions", "says"),
        [
            ([{**SHORT, "valid_from": "soon"}], "write 2026-07-01"),
            ([{**SHORT}], "write 2026-07-01"),
            ([{"valid_from": "2026-03-04"}], "hold no working time"),
            ([{**SHORT, "valid_from": day} for day in ("2026-03-04", "2026-03-04")], "follow"),
            ([{**SHORT, "valid_from": "2026-03-04", "zone": "UTC"}], "zone"),
        ],
    )
    def test_mistakes_are_named(self, versions: list[dict[str, Any]], says: str) -> None:
        with pytest.raises(EngineError, match=says):
            WorkCalendar.parse({**OFFICE, "versions": versions})


DAY_US = 86_400_000_000
INSTANTS = st.integers(us("2025-12-20T00:00"), us("2026-04-20T00:00"))
SPANS = st.lists(st.tuples(INSTANTS, st.integers(0, 5 * DAY_US)), max_size=5)
DAYS = st.dates(date(2025, 12, 1), date(2026, 4, 30))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    days = sorted(draw(st.sets(DAYS, max_size=3)))
    versions = [
        {
            **(SHORT if number % 2 else {"weekdays": OFFICE["weekdays"]}),
            "valid_from": day.isoformat(),
            "holidays": [each.isoformat() for each in draw(st.sets(DAYS, max_size=5))],
        }
        for number, day in enumerate(days)
    ]
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
    return WorkCalendar.parse({**OFFICE, "zone": zone, "versions": versions})


@given(calendars(), INSTANTS, st.integers(1, 20 * DAY_US // 3), SPANS)
def test_a_deadline_is_the_earliest_instant_by_which_the_time_elapsed(
    calendar: WorkCalendar, start: int, duration: int, spans: list[tuple[int, int]]
) -> None:
    pauses = [(begin, begin + length) for begin, length in spans]
    due = deadline_us(start, duration, calendar, pauses)
    assert elapsed_us(start, due, calendar, pauses) == duration
    assert elapsed_us(start, due - 1, calendar, pauses) == duration - 1


REOPENED = (
    ("never closed", "resume", (), [("09:00", "16:00", 0)]),
    ("goes on", "resume", (("11:00", "14:00"),), [("09:00", "16:00", 1)]),
    ("begins anew", "restart", (("10:00", "11:00"), ("12:00", "14:00")), [("14:00", "16:00", 0)]),
    (
        "is another",
        "new_item",
        (("11:00", "14:00"),),
        [("09:00", "11:00", 0), ("14:00", "16:00", 0)],
    ),
    ("closed at its end", "restart", (("16:00", None),), [("09:00", "16:00", 0)]),
    ("nobody says", "", (("11:00", "14:00"),), [("09:00", "16:00", 0)]),
)


@pytest.mark.parametrize(
    ("on_reopen", "spans", "runs"), [r[1:] for r in REOPENED], ids=[r[0] for r in REOPENED]
)
def test_a_reopening_does_what_the_clause_says(
    on_reopen: str, spans: tuple[tuple[str, str | None], ...], runs: list[tuple[str, str, int]]
) -> None:
    day = "2026-03-02T"
    history = [closed(day + a, b and day + b) for a, b in spans]
    item = an_item(day + "09:00", day + "16:00", *history)
    found = stretches(item, History("", on_reopen), NOW)
    told = [(run.start, run.end, len(run.idle)) for run in found]
    assert told == [(us(day + a), us(day + b), idle) for a, b, idle in runs]


def test_shares_of_pauses_overlap_once_in_the_whole_and_in_each_of_theirs() -> None:
    day = "2026-03-02T"
    item = an_item(
        day + "09:00",
        day + "17:00",
        Interruption(us(day + "10:00"), us(day + "12:00"), set_by="customer"),
        Interruption(us(day + "11:00"), us(day + "13:00"), set_by="vendor"),
    )
    found = paused([item], WorkCalendar.parse(OFFICE), NOW)
    assert found is not None
    assert found.share == Fraction(3, 8)
    assert found.by == (("customer", Fraction(1, 4)), ("vendor", Fraction(1, 4)))


def test_a_warning_of_business_days_is_working_time_before_their_end() -> None:
    calendar = WorkCalendar.parse(OFFICE)
    allowance = Allowance(calendar, days=1)
    run = Stretch(us("2026-03-02T10:00"), None)
    assert allowance.deadline(run) == us("2026-03-03T17:00")
    assert allowance.warning(run, 10 * 3_600_000_000) == us("2026-03-02T15:00")


def test_open_work_counts_what_is_overdue_and_what_is_still_to_come() -> None:
    due = [NOW - 26 * 3_600_000_000, NOW, NOW + 1]
    assert OpenWork.of(due, NOW) == OpenWork(3, 2, 26 * 3_600_000_000, 1, NOW + 1)
    assert OpenWork.of(due, NOW).words == "2 of 3 open items, the oldest for 1 d 2 h"


@pytest.mark.parametrize(
    ("given_", "said"), [(90, "1 min"), (3_900, "1 h 5 min"), (90_000, "1 d 1 h")]
)
def test_ages_are_said_as_people_do(given_: int, said: str) -> None:
    assert age(timedelta(seconds=given_) // timedelta(microseconds=1)) == said
