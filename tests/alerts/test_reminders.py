"""What time brings about is told of when it comes near, once for each threshold."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from contracts.models import Certification, User
from contracts.services import approvals
from contracts.services.approvals import Decision, approval_request
from metrics.alerts.reminders import reminders_note
from metrics.alerts.work import alerts_note
from metrics.models import AlertEvent, CloseStep, FeedSchedule, ManualEntry, MonthClose
from tests.alerts.making import AT, DAY, noticed
from tests.factories import a_contract, a_feed, a_kpi, a_user, a_vendor

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def titles():
    return sorted(event.facts["title"] for event in AlertEvent.objects.all())


def a_contract_to_act_on(days: int):
    """Its last day to serve notice is so many days ahead."""
    last = TODAY + timedelta(days=days + 30)
    return a_contract(
        a_vendor(), "AC-1", last_day=last, notice_length=30, notice_unit="days", renewal="auto",
        renewal_months=12,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "expected"),
    [(91, 0), (90, 1), (61, 1), (60, 1), (7, 1), (0, 1)],
)
def test_a_date_to_act_on_is_told_of_as_it_comes_near(days, expected):
    a_contract_to_act_on(days)

    for _ in range(2):
        reminders_note(now=AT)

    assert AlertEvent.objects.count() == expected


def test_each_threshold_once_and_to_buyers_alone():
    contract = a_contract_to_act_on(90)
    a_user("petra", User.Role.PROCUREMENT)
    vera = a_user("vera", User.Role.VENDOR, (contract.vendor,))
    for day in range(0, 91, 3):
        alerts_note(AT + day * DAY)

    keys = [event.key.rpartition(":")[2] for event in AlertEvent.objects.filter(kind="date")]
    assert keys == ["90", "60", "30", "14", "7"]
    assert {name for name, _ in noticed()} == {"petra"}
    assert not vera.notices.exists()
    assert "Last day to stop the renewal in 90 days: AC-1" in titles()


def test_a_certification_that_runs_out_is_told_of():
    Certification.objects.create(
        vendor=a_vendor(), standard="ISO 27001", issued_on=date(2024, 1, 1),
        expires_on=TODAY + 14 * DAY,
    )  # fmt: skip

    reminders_note(now=AT)

    assert titles() == ["Certification runs out in 14 days: ISO 27001"]
    assert AlertEvent.objects.get().severity == "major"


def test_a_request_waits_for_those_who_may_decide_it_and_did_not_ask(monkeypatch):
    from contracts.selectors.duties import Duty

    monkeypatch.setitem(
        approvals._DECISIONS, "odd", Decision("An odd thing", Duty.DECIDE, lambda request: None)
    )
    asking = a_user("tom", User.Role.OPERATIONS)
    a_user("petra", User.Role.PROCUREMENT)
    a_user("priya", User.Role.COMPLIANCE)
    request = approval_request(
        kind="odd", instance=a_vendor(), reason="because", requested_by=asking
    )
    type(request).objects.update(requested_at=AT)

    alerts_note(AT)

    assert noticed() == [("petra", "Waits for your decision: An odd thing")]


def test_a_typed_in_figure_waits_for_a_second_person():
    kpi = a_kpi(a_contract(a_vendor(), "AC-1"), "survey", name="Survey")
    ManualEntry.objects.create(
        kpi=kpi, day=TODAY, value="4", evidence="survey", entered_by="Tom", entered_at=AT
    )

    reminders_note(now=AT)

    assert "Typed-in figure waits for approval: Survey" in titles()


def test_steps_of_the_month_close_reach_both_sides():
    contract = a_contract(a_vendor(), "AC-1")
    vera = a_user("vera", User.Role.VENDOR, (contract.vendor,))
    close = MonthClose.objects.create(
        contract=contract, first_day=date(2026, 3, 1), last_day=date(2026, 3, 31),
        label="2026-03", step="relief_decided", answer_by=date(2026, 4, 30),
    )  # fmt: skip
    for step in ("checked", "relief_decided"):
        CloseStep.objects.create(
            close=close, step=step, at=AT, by_name="Petra", reason="said inside"
        )

    alerts_note(AT)

    assert noticed() == [("vera", "Month close 2026-03: relief decided")]
    event = vera.notices.get().event
    assert event.facts["text"].endswith("Without an answer by 30 April 2026 it is deemed accepted.")
    assert "inside" not in str(event.facts)


def test_a_delivery_that_is_overdue_is_told_of_once_for_its_due_date():
    vendor = a_vendor()
    feed = a_feed(vendor)
    FeedSchedule.objects.create(
        feed=feed, valid_from=date(2026, 3, 1), last_day=date(2026, 3, 31), every="month",
        due_days=10, due_time=time(12), grace_hours=24,
    )  # fmt: skip
    a_user("vera", User.Role.VENDOR, (vendor,))
    a_user("bob", User.Role.VENDOR, (a_vendor("other"),))
    grace_ends = datetime(2026, 4, 11, 12, tzinfo=UTC)

    alerts_note(grace_ends - timedelta(minutes=1))
    assert noticed() == []
    for day in range(3):
        alerts_note(grace_ends + day * DAY)

    assert noticed() == [("vera", "Delivery overdue: Desk, 2026-03")]
