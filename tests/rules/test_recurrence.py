"""What is due again is counted from its first day, so that it never drifts."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.recurrence import ONCE, Recurrence, due_days

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("anchor", "recurrence", "until", "due"),
    [
        (date(2026, 1, 31), ONCE, date(2030, 1, 1), ["2026-01-31"]),
        (date(2026, 1, 31), ONCE, date(2026, 1, 30), []),
        (
            date(2026, 1, 31),
            Recurrence(1, "months"),
            date(2026, 5, 31),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
        ),
        (
            date(2024, 2, 29),
            Recurrence(1, "years"),
            date(2028, 3, 1),
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        ),
        (date(2026, 1, 1), Recurrence(2, "weeks"), date(2026, 1, 20), ["2026-01-01", "2026-01-15"]),
        (
            date(2026, 1, 30),
            Recurrence(1, "days"),
            date(2026, 2, 1),
            ["2026-01-30", "2026-01-31", "2026-02-01"],
        ),
    ],
    ids=["once", "not yet", "month ends", "leap day", "weeks", "days"],
)
def test_when_it_is_due(anchor, recurrence, until, due):
    assert [str(day) for day in due_days(anchor, recurrence, until)] == due


@given(anchor=days, every=st.integers(1, 24), years=st.booleans(), reach=st.integers(0, 3000))
def test_every_due_day_is_the_anchors_day_or_the_last_one_of_a_month_too_short(
    anchor, every, years, reach
):
    recurrence = Recurrence(every, "years" if years else "months")
    found = list(due_days(anchor, recurrence, anchor + timedelta(days=reach)))

    for number, day in enumerate(found):
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        assert months == number * every * (12 if years else 1)
        assert day.day == min(anchor.day, monthrange(day.year, day.month)[1])


@given(anchor=days, every=st.integers(1, 30), unit=st.sampled_from(["days", "weeks", "months"]))
def test_looking_further_ahead_changes_no_day(anchor, every, unit):
    recurrence = Recurrence(every, unit)
    near, far = anchor + timedelta(days=200), anchor + timedelta(days=400)

    assert list(due_days(anchor, recurrence, near)) == [
        day for day in due_days(anchor, recurrence, far) if day <= near
    ]
