"""The first page of the day, for each role."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Deputy, User
from contracts.selectors.duties import Duty
from contracts.services.approvals import Decision, approval_request, decision_register, decisions
from metrics.models import ManualEntry
from tests.factories import (
    a_case,
    a_contract,
    a_delivery,
    a_feed,
    a_figure,
    a_kpi,
    a_user,
    a_vendor,
)
from tests.pages.conftest import signed_in

pytestmark = pytest.mark.django_db

Role = User.Role
ROLES = [
    (Role.ADMINISTRATOR, ["approvals", "inbox", "trouble", "dates", "months", "certifications"]),
    (Role.PROCUREMENT, ["dates", "off-course", "certifications", "approvals", "months", "cards"]),
    (Role.OPERATIONS, ["inbox", "at-risk", "owed", "trouble", "approvals", "months"]),
    (Role.COMPLIANCE, ["certifications", "approvals", "dates", "off-course", "cards"]),
    (Role.ANALYST, ["cards", "off-course", "at-risk"]),
    (Role.VENDOR, ["answer", "owed", "months", "cards"]),
]


def home(user) -> str:
    answer = signed_in(user).get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def panel(page: str, key: str) -> str:
    return page.split(f'id="{key}-title"')[1].split("</section>")[0]


@pytest.mark.parametrize(("role", "panels"), ROLES)
def test_each_role_opens_with_what_it_works_on(portfolio, role, panels):
    vendors = (portfolio.vendor,) if role == Role.VENDOR else ()

    page = home(a_user("somebody", role, vendors))

    assert re.findall(r'<h2 id="([a-z-]+)-title">', page) == panels


def test_a_vendor_user_finds_their_own_cases_and_nothing_of_the_buyers(portfolio):
    page = home(a_user("alice", Role.VENDOR, (portfolio.vendor,)))

    assert "Cases to answer" in page
    assert "Forecast accuracy, 2026-03" in page
    assert "Dates to act on" not in page
    assert "Vendors off course" not in page
    assert "Acme" not in home(a_user("bob", Role.VENDOR, (portfolio.other,)))


def test_cases_that_rest_are_not_counted_as_waiting(portfolio):
    oli = a_user("oli", Role.OPERATIONS)
    assert "1 not taken up" in panel(home(oli), "inbox")

    portfolio.case.snoozed_until = timezone.now().date() + timedelta(days=3)
    portfolio.case.save()

    assert "No breach case needs work." in panel(home(oli), "inbox")


def test_dates_to_act_on_come_nearest_first_and_not_those_far_off(portfolio):
    today = timezone.now().date()
    for code, days in (("FAR", 300), ("NEAR", 40), ("NEXT", 80)):
        a_contract(
            portfolio.vendor,
            code,
            title=f"Work {code}",
            last_day=today + timedelta(days=days),
            notice_length=30,
            notice_unit="days",
        )

    page = panel(home(a_user("dana", Role.PROCUREMENT)), "dates")

    assert page.index("Work NEAR") < page.index("Work NEXT")
    assert "10 days left" in page
    assert "Work FAR" not in page


def test_a_request_waits_for_those_who_may_decide_it_and_not_for_who_asked(portfolio):
    before = decisions()
    decision_register("test-kind", Decision("Test request", Duty.DECIDE, lambda request: None))
    try:
        dana, tom = a_user("dana", Role.PROCUREMENT), a_user("tom", Role.OPERATIONS)
        approval_request(kind="test-kind", instance=portfolio.case, reason="so", requested_by=dana)

        assert "Test request" in home(tom)
        assert "Test request" not in home(dana)
        assert "Test request" not in home(a_user("ana", Role.ANALYST))
    finally:
        assert "test-kind" not in before
        decisions_forget("test-kind")


def decisions_forget(kind: str) -> None:
    from contracts.services import approvals

    approvals._DECISIONS.pop(kind)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.PROCUREMENT, Role.OPERATIONS])
def test_home_takes_as_many_queries_for_3_vendors_as_for_30(portfolio, role):
    client = signed_in(a_user("somebody", role))
    today = timezone.now().date()

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/").status_code == 200
        return len(seen)

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            vendor = a_vendor(f"v{number}")
            contract = a_contract(
                vendor,
                f"C-{number}",
                last_day=today + timedelta(days=90),
                notice_length=1,
                notice_unit="months",
            )
            kpi = a_kpi(contract, f"kpi-{number}")
            a_case(a_figure(kpi, date(2026, 3, 1), "90", "BELOW_MINIMUM"))
            reject = {"rule": "number", "message": "is none"}
            a_delivery(a_feed(vendor, f"feed-{number}"), f"{number}.csv", rejects=[reject])

    grow(0, 3)
    queries()
    few = queries()
    grow(3, 30)

    assert queries() == few <= 12


def test_a_deputy_also_opens_what_waits_for_the_absent(portfolio):
    ana, dana = a_user("ana"), a_user("dana", Role.PROCUREMENT)
    today = timezone.now().date()
    assert "Standing in" not in home(ana)
    Deputy.objects.create(absent=dana, deputy=ana, first_day=today, last_day=today)

    assert "Standing in: procurement" in home(ana)
    page = signed_in(ana).get("/?as=procurement").content.decode()
    assert "Dates to act on" in page
    assert "Dates to act on" not in signed_in(ana).get("/?as=administrator").content.decode()


def test_a_typed_in_figure_waits_for_a_second_person(portfolio):
    tom, dana = a_user("tom", Role.OPERATIONS), a_user("dana", Role.PROCUREMENT)
    ManualEntry.objects.create(
        kpi=portfolio.kpi,
        day=date(2026, 4, 1),
        value="95",
        evidence="survey",
        entered_by="tom",
        entered_by_user=tom,
    )

    assert "Typed-in figure: Forecast accuracy" in home(dana)
    assert "Typed-in figure: " not in home(tom)
