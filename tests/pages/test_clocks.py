"""Pages and API of working calendars and open work: what they show, and to whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from contracts.models import Calendar, User
from contracts.models.managed import ManagedBy
from kpotracker.toolkit.dbclock import now
from metrics.models import Kpi
from tests.evaluation.clocking import FILINGS, a_calendar, a_clocked_kpi, feeds, filings
from tests.factories import a_user, a_vendor
from tests.feeds.arriving import load, read_here
from tests.pages.conftest import signed_in
from tests.pages.reading import text_of

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "valid_from": "2099-07-01",
    "mon": "09:00-12:30, 13:30-16:00",
    "holidays": "*-12-24\n2099-12-27",
}


@pytest.fixture
def buyer() -> Client:
    return signed_in(a_user("pia", User.Role.PROCUREMENT))


def test_a_calendar_shows_its_versions_and_the_coming_closed_days(buyer: Client) -> None:
    soon = now().date() + timedelta(days=(7 - now().date().weekday()) % 7 or 7)  # a Monday
    calendar = a_calendar(holidays=[soon.isoformat()])
    a_clocked_kpi({"limit": 4, "limit_unit": "hours"}, calendar)

    assert "office" in text_of(buyer.get("/calendars/"))
    shown = text_of(buyer.get("/calendars/office/"))

    assert f"{soon:%A}, {soon.day} {soon:%B} {soon.year}" in shown
    assert "from the beginning" in shown
    assert "Sla" in shown


def test_new_hours_are_added_and_refused_by_their_field(buyer: Client) -> None:
    a_calendar()
    address = "/calendars/office/versions/new/"

    wrong = buyer.post(address, FORM | {"mon": "09:00-25:00"})
    assert wrong.status_code == 200
    assert Calendar.objects.get().versions == []
    missing = text_of(buyer.post(address, FORM | {"mon": ""}))
    assert "No day is open" in missing

    assert buyer.post(address, FORM).status_code == 302
    (version,) = Calendar.objects.get().versions
    assert version == {
        "valid_from": "2099-07-01",
        "weekdays": {"mon": [["09:00", "12:30"], ["13:30", "16:00"]]},
        "holidays": ["*-12-24", "2099-12-27"],
    }


def test_what_files_manage_is_changed_there(buyer: Client) -> None:
    a_calendar(managed_by=ManagedBy.PORTFOLIO)
    assert buyer.get("/calendars/office/versions/new/").status_code == 409


def test_vendors_and_analysts_change_no_hours() -> None:
    a_calendar()
    analyst = signed_in(a_user("ana"))
    vendor = signed_in(a_user("vic", User.Role.VENDOR, (a_vendor(),)))
    assert analyst.get("/calendars/office/versions/new/").status_code == 404
    assert vendor.get("/calendars/office/").status_code == 404


def test_open_work_is_listed_by_its_deadline(buyer: Client, monkeypatch: Any) -> None:
    read_here(monkeypatch)
    kpi = a_clocked_kpi({"limit": "due"}, time_field=Kpi.TimeField.DUE)
    (feed,) = feeds(FILINGS, kpi=kpi)
    late, ahead = ((now() + timedelta(days=days)).isoformat() for days in (-2, 2))
    load(feed, filings(f"F-late,{late},", f"F-ahead,{ahead},", f"F-done,{late},{late}"), at=now())

    shown = text_of(buyer.get("/open-work/?kpi=sla"))

    assert "2 open items, 1 overdue" in shown
    assert shown.index("F-late") < shown.index("F-ahead")
    assert "F-done" not in shown
    foreign = signed_in(a_user("vic", User.Role.VENDOR, (a_vendor("other"),)))
    assert "F-late" not in text_of(foreign.get("/open-work/"))
    assert foreign.get("/open-work/?kpi=sla").status_code == 404
