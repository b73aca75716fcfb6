"""Terms, notice and options of stored contracts, on a day that is said."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Calendar, Contract
from contracts.rules.terms import first_term_last_day
from contracts.selectors.notice import current_term, next_notice, next_option
from contracts.services.contracts import contract_change, contract_create
from contracts.services.options import (
    option_change,
    option_create,
    option_decline,
    option_exercise,
)
from tests.factories import a_contract
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)
TODAY = NOW.date()
NOTICE = {"notice_length": 3, "notice_unit": "months"}


@pytest.fixture
def optional(acme) -> Contract:
    return a_contract(
        acme,
        "AC-O",
        renewal="option",
        first_day=date(2024, 1, 1),
        last_day=date(2026, 12, 31),
        **NOTICE,
    )


def test_shared_cases_through_services(shared: Path, acme):
    cases = json.loads((shared / "vectors" / "notice.json").read_text())["cases"]
    for number, case in enumerate(cases):
        made = _made(case, acme, f"V-{number}")
        today = date.fromisoformat(case.get("as_of", str(made.first_day)))
        notice = next_notice(made, today=today)
        if case.get("state") == "expired":
            assert notice is None
            assert current_term(made, today=today).has_ended
            continue
        assert notice is not None
        assert str(notice.term_ends) == case["current_term_last_day"], case["id"]
        assert str(notice.serve_by) == case["last_day_to_serve"], case["id"]


def _made(case, vendor, reference) -> Contract:
    first = date.fromisoformat(case.get("first_day", "2020-01-01"))
    last = case.get("current_term_last_day")
    if "initial_months" in case:
        last = str(first_term_last_day(first, case["initial_months"]))
    unit = "days" if "notice_days" in case else "months"
    return contract_create(
        reference=reference,
        title=case["id"],
        vendor=vendor,
        kind="statement_of_work",
        zone="UTC",
        currency="EUR",
        pricing="per_item",
        first_day=first,
        last_day=date.fromisoformat(last),
        renewal=case.get("renewal", "none"),
        renewal_months=case.get("renewal_months", 0),
        notice_length=case[f"notice_{unit}"],
        notice_unit=unit,
    )


def test_notice_after_two_renewals_arrives_on_a_working_day_and_is_told_in_time(acme):
    made = a_contract(
        acme,
        "AC-R",
        first_day=date(2022, 1, 1),
        last_day=date(2023, 12, 31),
        renewal="auto",
        renewal_months=12,
        notice_working_day=True,
        notice_country="IE",
        notice_deemed_days=2,
        notice_lead_days=30,
        **NOTICE,
    )

    notice = next_notice(made, today=date(2025, 6, 15))

    assert notice is not None
    assert notice.term_ends == date(2025, 12, 31)
    assert notice.serve_by == date(2025, 9, 28)  # arrives on Tuesday the 30th
    assert notice.decide_by == date(2025, 8, 29)
    assert notice.purpose == "Last day to stop the renewal"


def test_the_last_renewal_there_is_leaves_nothing_to_stop(acme):
    made = a_contract(
        acme,
        last_day=date(2024, 12, 31),
        renewal="auto",
        renewal_months=12,
        renewal_limit=1,
        **NOTICE,
    )

    notice = next_notice(made, today=date(2025, 6, 1))

    assert notice is not None
    assert (notice.renewal, notice.purpose) == ("none", "Last day to serve notice")


def test_an_open_calendar_day_counts_as_a_working_day(acme):
    hours = {"mon": [["09:00", "17:00"]]}
    monday = Calendar.objects.create(code="mon", zone="UTC", weekdays=hours, holidays=["*-09-28"])
    made = a_contract(
        acme, last_day=date(2026, 12, 31), notice_working_day=True, notice_calendar=monday, **NOTICE
    )

    notice = next_notice(made, today=TODAY)

    assert notice is not None
    assert notice.serve_by == date(2026, 9, 21)


def test_the_version_of_the_calendar_in_force_then_says_which_days_are_open(acme):
    hours = [["09:00", "17:00"]]
    turned = Calendar.objects.create(
        code="turned",
        zone="UTC",
        weekdays={"mon": hours},
        versions=[{"valid_from": "2026-09-01", "weekdays": {"mon": [], "tue": hours}}],
    )
    made = a_contract(
        acme, last_day=date(2026, 12, 31), notice_working_day=True, notice_calendar=turned, **NOTICE
    )

    notice = next_notice(made, today=TODAY)

    assert notice is not None
    assert notice.serve_by == date(2026, 9, 29)  # the last Tuesday, not Monday the 28th


def test_a_contract_without_an_end_says_when_notice_of_today_would_end_it(acme):
    made = a_contract(acme, last_day=None, renewal="evergreen", **NOTICE)

    notice = next_notice(made, today=TODAY)

    assert notice is not None
    assert (notice.term_ends, notice.serve_by) == (date(2026, 7, 20), None)
    assert notice.purpose == "Earliest end if notice is served today"


def test_an_exercised_option_extends_the_term_and_leaves_the_past_as_it_was(optional):
    option = option_create(contract=optional, description="First", extends_months=12)
    before = next_notice(optional, today=TODAY)

    option_exercise(option=option, exercised_on=date(2026, 4, 1), as_of=NOW)

    optional.refresh_from_db()
    assert before is not None
    assert (before.serve_by, before.purpose) == (
        date(2026, 9, 30),
        "Last day to exercise the option",
    )
    assert current_term(optional, today=date(2026, 3, 31)).last_day == date(2026, 12, 31)
    assert current_term(optional, today=TODAY).last_day == date(2027, 12, 31)


def test_options_come_one_after_the_other(optional):
    first = option_create(contract=optional, description="First", extends_months=12)
    second = option_create(
        contract=optional,
        description="Second",
        extends_to=date(2029, 6, 30),
        exercise_by=date(2027, 5, 1),
    )
    assert next_option(optional, today=TODAY).option == first

    option_exercise(option=first, exercised_on=TODAY, as_of=NOW)
    due = next_option(optional, today=TODAY)

    assert (due.option, due.exercise_by, due.extends_to) == (
        second,
        date(2027, 5, 1),
        date(2029, 6, 30),
    )


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 4, 21), "has not come yet"),
        (date(2026, 4, 2), "The last day to exercise it was 2026-04-01"),
    ],
)
def test_an_option_is_exercised_in_time_or_not_at_all(optional, day, said):
    option = option_create(
        contract=optional, description="First", extends_months=12, exercise_by=date(2026, 4, 1)
    )

    with pytest.raises(ValidationError, match=said):
        option_exercise(option=option, exercised_on=day, as_of=NOW)


def test_what_is_decided_is_not_decided_again(optional):
    option = option_create(contract=optional, description="First", extends_months=12)
    option_decline(option=option, declined_on=TODAY, as_of=NOW)

    for again in (
        lambda: option_exercise(option=option, exercised_on=TODAY, as_of=NOW),
        lambda: option_change(option=option, description="Other"),
    ):
        with pytest.raises(ValidationError, match="It was declined on 2026-04-20"):
            again()


def test_a_contract_that_goes_on_by_itself_has_no_options(agreement):
    contract_change(contract=agreement, renewal="auto", renewal_months=12)

    with pytest.raises(ValidationError, match="goes on by itself"):
        option_create(contract=agreement, description="First", extends_months=12)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"notice_working_day": True}, "notice_calendar"),
        ({"notice_country": "IE"}, "notice_working_day"),
        ({"notice_working_day": True, "notice_country": "XX"}, "notice_country"),
        ({"notice_deemed_days": 61}, "notice_deemed_days"),
        ({"notice_length": None, "notice_unit": "", "notice_lead_days": 1}, "notice_lead_days"),
    ],
)
def test_notice_that_contradicts_itself_is_refused_by_its_field(agreement, values, field):
    with pytest.raises(ValidationError) as refused:
        contract_change(contract=agreement, **{**NOTICE, **values})

    assert field in refused.value.message_dict


def test_an_option_is_noted_and_exercised_on_the_page_of_the_contract(procurement, alice, optional):
    optional.last_day = date(2098, 12, 31)
    optional.save()
    given = {"description": "First extension", "extends_months": "12"}
    procurement.post("/contracts/AC-O/options/new/", given)
    page = procurement.get("/contracts/AC-O/terms/")

    assert "First extension" in text_of(page)
    assert "Last day to exercise the option" in text_of(page)
    assert "Exercise" in text_of(page)
    assert "First extension" not in text_of(alice.get("/contracts/AC-O/terms/"))
    assert alice.get("/contracts/AC-O/options/1/exercise/").status_code == 404
