"""The month close on pages: who may take which step, what a vendor reads, how many queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models import User
from contracts.selectors.scope import visible_to
from metrics.casework.waivers import waiver_request
from metrics.closing.steps import close_step
from metrics.models import MonthClose
from tests.closing.conftest import APRIL_10, MARCH, SPAN
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

PAGE = "/months/AC-1/2026-03-01/"
BOARD = "/months/?period=2026-03"
Role, Step = User.Role, MonthClose.Step


def post(user, step, **said):
    return signed_in(user).post(PAGE, {"step": step, "answer_days": 10, **said})


def closed_until(month, step):
    for each in list(Step)[1 : list(Step).index(step) + 1]:
        close_step(
            contract=month.contract,
            span=SPAN,
            step=each,
            by=month.dana,
            as_of=APRIL_10,
            reason="so",
        )


MAY = [
    (Step.DATA_IN, {Role.PROCUREMENT, Role.OPERATIONS, Role.ADMINISTRATOR}),
    (Step.CHECKED, {Role.PROCUREMENT, Role.OPERATIONS, Role.ADMINISTRATOR}),
    (Step.RELIEF_DECIDED, {Role.PROCUREMENT, Role.OPERATIONS, Role.ADMINISTRATOR}),
    (Step.AGREED, {Role.PROCUREMENT, Role.OPERATIONS, Role.ADMINISTRATOR, Role.VENDOR}),
    (Step.PUBLISHED, {Role.PROCUREMENT, Role.OPERATIONS, Role.ADMINISTRATOR}),
]


@pytest.mark.parametrize(("step", "who"), MAY)
@pytest.mark.parametrize("role", list(Role))
def test_each_step_belongs_to_its_roles(month, step, who, role):
    closed_until(month, list(Step)[list(Step).index(step) - 1])
    user = a_user("somebody", role, (month.vendor,) if role == Role.VENDOR else ())

    answer = post(user, step, reason="so")

    assert answer.status_code == (302 if role in who else 404)
    reached = MonthClose.objects.filter(step=step).exists()
    assert reached == (role in who)


def test_a_gap_without_a_remark_is_refused_on_the_page_and_nothing_is_written(month):
    a_figure(a_kpi(month.contract, "late-kpi"), MARCH, None, "NO_DATA")

    answer = post(month.dana, "data_in")

    assert answer.status_code == 400
    assert "1 figure without data: late-kpi" in answer.content.decode()
    assert not MonthClose.objects.exists()


def test_the_board_shows_who_did_what_and_what_is_next(month):
    closed_until(month, Step.CHECKED)

    page = signed_in(month.dana).get(BOARD).content.decode()

    assert "Demand forecasting" in page
    assert page.count("dana, 10 Apr") == 2


def test_a_vendor_reads_the_steps_and_neither_names_nor_reasons(month):
    closed_until(month, Step.RELIEF_DECIDED)

    page = signed_in(month.vera).get(PAGE).content.decode()

    assert "the buyer, 10 Apr" in page
    assert "dana" not in page
    assert "“so”" not in page
    assert "We agree" in page


def test_a_vendor_does_not_read_names_of_files_that_may_be_of_others(month):
    feed = a_feed(None, "everybody")
    feed.feed_kpis.create(kpi=month.kpi)
    a_delivery(feed, "bolt-and-acme.csv", rejects=[{"rule": "number", "message": "is none"}])

    assert "bolt-and-acme.csv" in signed_in(month.dana).get(PAGE).content.decode()
    page = signed_in(month.vera).get(PAGE).content.decode()
    assert "1 file with rows set aside" in page
    assert "bolt-and-acme.csv" not in page


def test_a_vendor_does_not_learn_that_a_waiver_was_asked_for(month):
    case = a_case(a_figure(a_kpi(month.contract, "late-kpi"), MARCH, "50", "BELOW_MINIMUM"))
    waiver_request(
        case_id=case.pk,
        waiver_scope="credit",
        reason="small",
        scope=visible_to(month.dana, APRIL_10.date()),
    )
    closed_until(month, Step.RELIEF_DECIDED)

    assert "1 waiver that nobody has decided" in signed_in(month.dana).get(PAGE).content.decode()
    for path in (PAGE, BOARD):
        page = signed_in(month.vera).get(path).content.decode()
        assert "Demand forecasting" in page
        assert "waiver" not in page


def test_a_vendor_reads_the_names_of_its_own_people(month):
    closed_until(month, Step.RELIEF_DECIDED)
    assert post(month.vera, Step.AGREED).status_code == 302

    colleague = a_user("viktor", Role.VENDOR, (month.vendor,))

    assert "by vera" in signed_in(colleague).get(PAGE).content.decode()


@pytest.mark.parametrize(
    "path", ["/months/NO-1/2026-03-01/", "/months/AC-1/2026-03-02/", "/months/AC-1/2026-13-01/"]
)
def test_what_is_no_month_of_a_contract_is_missing(month, path):
    assert signed_in(month.dana).get(path).status_code == 404


def test_whoever_publishes_is_told_that_the_vendor_reads_the_remark(month):
    told = "where the vendor reads it"

    closed_until(month, Step.RELIEF_DECIDED)
    assert told not in signed_in(month.dana).get(PAGE).content.decode()

    assert post(month.dana, Step.AGREED, reason="Vera, by phone").status_code == 302
    assert told in signed_in(month.dana).get(PAGE).content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-01", "9999-12-01"])
def test_a_month_beyond_all_calendars_is_refused_in_words(month, day):
    answer = signed_in(month.dana).get(f"/months/AC-1/{day}/")

    assert answer.status_code == 400
    assert "is not within 1970 to 2100" in answer.content.decode()


def test_another_vendors_month_does_not_exist(month):
    bob = a_user("bob", Role.VENDOR, (a_vendor("bolt"),))

    assert signed_in(bob).get(PAGE).status_code == 404
    assert "Demand" not in signed_in(bob).get(BOARD).content.decode()


def test_a_quarter_is_refused_with_the_way_out(month):
    answer = signed_in(month.dana).get("/months/?period=2026-Q1")

    assert answer.status_code == 400
    assert "write one as 2026-03" in answer.content.decode()


def test_the_board_takes_as_many_queries_for_3_contracts_as_for_30(month):
    client = signed_in(month.dana)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(BOARD).status_code == 200
        return len(seen)

    def grow(first, last):
        for number in range(first, last):
            contract = a_contract(month.vendor, f"C-{number}")
            kpi = a_kpi(contract, f"kpi-{number}")
            a_figure(kpi, MARCH, None, "NO_DATA")
            feed = a_feed(month.vendor, f"feed-{number}")
            feed.feed_kpis.create(kpi=kpi)
            a_delivery(feed, f"{number}.csv", rejects=[{"rule": "number", "message": "no"}])
            close_step(
                contract=contract,
                span=SPAN,
                step=Step.DATA_IN,
                by=month.dana,
                as_of=APRIL_10,
                reason="so",
            )

    grow(0, 3)
    queries()
    few = queries()
    grow(3, 30)

    assert queries() == few <= 12
