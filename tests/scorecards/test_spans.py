from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.selectors.spans import (
    Span,
    SpanError,
    beside,
    month_of,
    parse_span,
    quarter_of,
    span_between,
    week_of,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2026", "2026-01-01", "2026-12-31", "2026"),
        ("2026-Q1", "2026-01-01", "2026-03-31", "Q1 2026"),
        ("2026q4", "2026-10-01", "2026-12-31", "Q4 2026"),
        ("2024-02", "2024-02-01", "2024-02-29", "February 2024"),
        ("2026-W01", "2025-12-29", "2026-01-04", "2026-W01"),
        ("2026-03-14", "2026-03-14", "2026-03-14", "14 March 2026"),
        ("2026-03-15..2026-04-14", "2026-03-15", "2026-04-14", "15 March 2026 to 14 April 2026"),
        (" 2026-03 ", "2026-03-01", "2026-03-31", "March 2026"),
    ],
)
def test_a_period_is_named_as_people_name_it(text, first, last, words):
    span = parse_span(text)

    assert (str(span.first_day), str(span.last_day), span.words) == (first, last, words)


@pytest.mark.parametrize(
    "text",
    ["", "March", "2026-13", "2026-00", "2026-Q5", "2026-W54", "2026-02-30", "20260301", "٢٠٢٦"],
)
def test_what_names_no_period_is_refused_with_the_way_out(text):
    with pytest.raises(SpanError, match="write 2026-03, 2026-Q1"):
        parse_span(text)


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(SpanError):
        parse_span("2026-03-02..2026-03-01")


@pytest.mark.parametrize(
    "text", ["0001", "9999", "9999-12", "9999-W52", "1969-12-31", "0001-01-01..9999-12-31"]
)
def test_years_that_have_nothing_beside_them_are_refused(text):
    with pytest.raises(SpanError, match="write 2026-03"):
        parse_span(text)


@pytest.mark.parametrize("text", ["1970", "2100", "2100-12", "1970-01-01..2100-12-31"])
def test_every_span_that_is_taken_has_a_trend_before_it(text):
    assert beside(parse_span(text), -12).last_day < beside(parse_span(text), 1).first_day


@given(DAYS, st.sampled_from([month_of, quarter_of, week_of]), st.integers(-30, 30))
def test_a_span_beside_another_is_of_its_kind_and_the_way_back_leads_home(day, kind, steps):
    span = kind(day)

    other = beside(span, steps)

    assert beside(other, -steps) == span
    assert kind(other.first_day) == other


@given(DAYS, st.integers(0, 800))
def test_the_label_of_any_span_names_it_again(first, days):
    span = span_between(first, first + timedelta(days=days))

    assert parse_span(span.label) == span


def test_the_next_span_of_any_other_kind_follows_without_a_gap():
    span = Span(date(2026, 3, 15), date(2026, 4, 14), "2026-03-15..2026-04-14")

    assert beside(span, 1).first_day == date(2026, 4, 15)
