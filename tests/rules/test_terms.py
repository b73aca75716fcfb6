"""The days to act on a contract: cases of contract practice, and laws for every contract."""

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.months import months_later
from contracts.rules.terms import (
    NEVER,
    Extension,
    NoticeRule,
    NoWorkingDayError,
    Renewals,
    Term,
    current_term,
    day_to_decide,
    earliest_end,
    first_term_last_day,
    last_day_to_serve,
    terms_until,
)

DAY = timedelta(days=1)
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
rules = st.builds(
    NoticeRule,
    length=st.integers(0, 36),
    unit=st.sampled_from(["days", "weeks", "months"]),
    deemed_days=st.integers(0, 10),
    lead_days=st.integers(0, 60),
)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


openings = st.sampled_from([weekdays, lambda day: day.day % 3 == 0, lambda day: True])


def vector_cases(shared: Path) -> list[dict[str, Any]]:
    return json.loads((shared / "vectors" / "notice.json").read_text())["cases"]


def test_shared_cases_of_notice(shared: Path):
    for case in vector_cases(shared):
        term = _term_of(case)
        unit = next(unit for unit in ("months", "days") if f"notice_{unit}" in case)
        rule = NoticeRule(case[f"notice_{unit}"], unit)
        if case.get("state") == "expired":
            assert term.has_ended, case["id"]
            continue
        assert str(term.last_day) == case["current_term_last_day"], case["id"]
        assert str(last_day_to_serve(term.last_day, rule)) == case["last_day_to_serve"], case["id"]


def _term_of(case: dict[str, Any]) -> Term:
    if "first_day" not in case:
        last = date.fromisoformat(case["current_term_last_day"])
        return Term(last, last, 0, False)
    first = date.fromisoformat(case["first_day"])
    end = first_term_last_day(first, case["initial_months"])
    renewals = Renewals(case["renewal_months"]) if case["renewal"] == "auto" else NEVER
    return current_term(first, end, date.fromisoformat(case["as_of"]), renewals)


@pytest.mark.parametrize(
    ("rule", "serve_by"),
    [
        (NoticeRule(3, "months"), date(2026, 1, 30)),  # 31 January is a Saturday
        (NoticeRule(3, "months", deemed_days=2), date(2026, 1, 28)),
        (NoticeRule(13, "weeks"), date(2026, 1, 29)),
        (NoticeRule(90, "days"), date(2026, 1, 30)),
        (NoticeRule(0, "days"), date(2026, 4, 30)),
    ],
)
def test_notice_counts_back_to_a_working_day_and_by_the_days_of_delivery(rule, serve_by):
    assert last_day_to_serve(date(2026, 4, 30), rule, weekdays) == serve_by


def test_our_own_day_lies_before_the_last_one():
    assert day_to_decide(date(2026, 9, 30), NoticeRule(3, "months", lead_days=30)) == date(
        2026, 8, 31
    )


def test_a_calendar_that_never_opens_is_refused_and_does_not_loop():
    with pytest.raises(NoWorkingDayError, match="no working day within a year"):
        last_day_to_serve(date(2026, 4, 30), NoticeRule(1, "months"), lambda _: False)


def test_an_option_extends_the_term_from_the_day_it_was_exercised():
    extended = [Extension(date(2026, 5, 1), months=12)]
    terms = [
        current_term(date(2024, 1, 1), date(2026, 12, 31), day, NEVER, extended).last_day
        for day in (date(2026, 4, 30), date(2026, 5, 1))
    ]

    assert terms == [date(2026, 12, 31), date(2027, 12, 31)]


def test_a_stated_end_beats_a_computed_one():
    stated = Extension(date(2026, 5, 1), months=12, last_day=date(2027, 6, 30))

    assert stated.end(date(2026, 12, 31)) == date(2027, 6, 30)


@given(last_day=days, rule=rules, is_open=openings)
def test_serving_on_the_last_day_ends_the_term_and_a_day_later_never_does(last_day, rule, is_open):
    serve_by = last_day_to_serve(last_day, rule, is_open)

    assert earliest_end(serve_by, rule, is_open) <= last_day
    assert earliest_end(serve_by + DAY, rule, is_open) > last_day


@given(one=days, other=days, rule=rules, is_open=openings)
def test_a_later_end_is_never_served_earlier(one, other, rule, is_open):
    first, second = sorted((one, other))

    assert last_day_to_serve(first, rule, is_open) <= last_day_to_serve(second, rule, is_open)


@given(
    first=days,
    length=st.integers(0, 2000),
    later=st.integers(0, 6000),
    months=st.integers(0, 36),
    limit=st.none() | st.integers(0, 5),
)
def test_terms_follow_each_other_without_a_hole_up_to_today_or_the_last_one(
    first, length, later, months, limit
):
    end = first + timedelta(days=length)
    today, renewals = first + timedelta(days=later), Renewals(months, limit)
    terms = list(terms_until(first, end, today, renewals))

    assert (terms[0].first_day, terms[0].last_day) == (first, end)
    for before, after in pairwise(terms):
        assert after.first_day == before.last_day + DAY
        assert before.has_ended
    last = terms[-1]
    assert last.last_day == months_later(end, last.renewals * months)
    assert not last.has_ended or not months or last.renewals == limit
    assert limit is None or last.renewals <= limit
