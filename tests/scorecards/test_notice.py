import json
from datetime import date
from pathlib import Path

import pytest

from contracts.models import Contract
from contracts.selectors.notice import Term, current_term, months_before, next_notice, term_end

NO_NOTICE = {"notice_length": None, "notice_unit": ""}
THREE_MONTHS = {"notice_length": 3, "notice_unit": "months"}


def contract(last_day: date | None, **fields) -> Contract:
    return Contract(reference="C-1", first_day=date(2020, 1, 1), last_day=last_day, **fields)


@pytest.mark.parametrize(
    ("last_day", "notice", "serve_by"),
    [
        (date(2026, 12, 31), (3, "months"), date(2026, 9, 30)),
        (date(2026, 9, 30), (6, "months"), date(2026, 3, 30)),
        (date(2026, 5, 31), (3, "months"), date(2026, 2, 28)),
        (date(2026, 12, 31), (90, "days"), date(2026, 10, 2)),
        (date(2026, 12, 31), (4, "weeks"), date(2026, 12, 3)),
    ],
)
def test_notice_counts_back_from_the_last_day_by_the_calendar(last_day, notice, serve_by):
    length, unit = notice
    found = next_notice(
        contract(last_day, notice_length=length, notice_unit=unit), today=date(2026, 1, 5)
    )

    assert (found.serve_by, found.days_left(date(2026, 1, 5))) == (
        serve_by,
        (serve_by - date(2026, 1, 5)).days,
    )


@pytest.mark.parametrize(
    ("fields", "today", "ends"),
    [
        pytest.param({"renewal": "none"}, date(2025, 1, 1), date(2023, 12, 31), id="ends"),
        pytest.param(
            {"renewal": "auto", "renewal_months": 12}, date(2025, 6, 15), date(2025, 12, 31), id="n"
        ),
        pytest.param(
            {"renewal": "auto", "renewal_months": 12},
            date(2025, 12, 31),
            date(2025, 12, 31),
            id="its last day still runs",
        ),
        pytest.param(
            {"renewal": "auto", "renewal_months": 12, "renewal_limit": 1},
            date(2030, 1, 1),
            date(2024, 12, 31),
            id="no more renewals than agreed",
        ),
        pytest.param(
            {"renewal": "auto", "renewal_months": 0},
            date(2030, 1, 1),
            date(2023, 12, 31),
            id="zero",
        ),
        pytest.param(
            {"renewal": "auto", "renewal_months": 2},
            date(2024, 4, 1),
            date(2024, 4, 30),
            id="month ends stay month ends",
        ),
        pytest.param(
            {"renewal": "option", "renewal_months": 12},
            date(2025, 1, 1),
            date(2023, 12, 31),
            id="an option is not exercised by itself",
        ),
    ],
)
def test_a_term_ends_after_the_renewals_that_have_happened(fields, today, ends):
    assert term_end(contract(date(2023, 12, 31), **fields), today=today) == ends


@pytest.mark.parametrize(
    ("fields", "today", "term"),
    [
        (
            {"last_day": date(2023, 12, 31), "renewal": "auto", "renewal_months": 12},
            date(2023, 12, 31),
            Term(date(2020, 1, 1), date(2023, 12, 31), 0, False),
        ),
        (
            {"last_day": date(2023, 12, 31), "renewal": "auto", "renewal_months": 12},
            date(2025, 6, 15),
            Term(date(2025, 1, 1), date(2025, 12, 31), 2, False),
        ),
        (
            {"last_day": date(2024, 2, 29), "renewal": "auto", "renewal_months": 6},
            date(2024, 3, 1),
            Term(date(2024, 3, 1), date(2024, 8, 31), 1, False),
        ),
        (
            {
                "last_day": date(2023, 12, 31),
                "renewal": "auto",
                "renewal_months": 12,
                "renewal_limit": 1,
            },
            date(2030, 1, 1),
            Term(date(2024, 1, 1), date(2024, 12, 31), 1, True),
        ),
        (
            {"last_day": date(2023, 12, 31)},
            date(2024, 1, 1),
            Term(date(2020, 1, 1), date(2023, 12, 31), 0, True),
        ),
        (
            {"last_day": None, "renewal": "evergreen"},
            date(2030, 1, 1),
            Term(date(2020, 1, 1), None, 0, False),
        ),
    ],
    ids=["first", "renewed twice", "after a month's end", "used up", "over", "open"],
)
def test_a_renewed_contract_is_in_the_term_that_runs(fields, today, term):
    assert current_term(contract(**fields), today=today) == term


def test_nothing_is_due_without_an_end_or_after_it():
    assert next_notice(contract(None, **THREE_MONTHS), today=date(2026, 1, 1)) is None
    assert next_notice(contract(date(2025, 1, 1), **NO_NOTICE), today=date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("renewal", "purpose"),
    [
        ("auto", "Last day to stop the renewal"),
        ("option", "Last day to exercise the option"),
        ("none", "Last day to serve notice"),
    ],
)
def test_the_deadline_says_what_it_is_for(renewal, purpose):
    found = next_notice(
        contract(date(2026, 12, 31), renewal=renewal, **THREE_MONTHS), today=date(2026, 1, 1)
    )

    assert found.purpose == purpose


def test_shared_cases_of_notice(shared: Path):
    for case in json.loads((shared / "vectors" / "notice.json").read_text())["cases"]:
        if "notice_months" in case and "first_day" not in case:
            last = date.fromisoformat(case["current_term_last_day"])
            assert str(months_before(last, case["notice_months"])) == case["last_day_to_serve"]
