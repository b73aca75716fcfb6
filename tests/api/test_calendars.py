"""Working hours: registered, edited while no figure rests on them, archived while unused."""

from typing import Any

import pytest

from contracts.models import Calendar
from contracts.models.managed import ManagedBy
from metrics.models import KpiDefinition
from metrics.portfolio.reconcile import calendars as reconciling
from tests.api.test_kpis import pointers, send
from tests.api.world import Holding, Program, a_program, found

pytestmark = pytest.mark.django_db
PATH = "/api/v1/calendars"
OFFICE = {
    "code": "office",
    "zone": "Europe/Dublin",
    "weekdays": {"mon": ["09:00-17:30"], "tue": ["14:00-18:00", "09:00-13:00"]},
    "country_holidays": "IE",
    "years": [2026, 2026],
    "holidays": ["*-12-24", "2026-04-07"],
}


@pytest.fixture
def manager(db: None) -> Program:
    return a_program("read", "manage")


@pytest.fixture
def office(manager: Program) -> Calendar:
    answer = send(manager, "POST", PATH, OFFICE)
    assert answer.status_code == 201, answer.content
    return Calendar.objects.get(code="office")


@pytest.fixture
def used(office: Calendar, acme: Holding) -> Calendar:
    """Figures of a KPI rest on it."""
    KpiDefinition.objects.filter(kpi=acme.kpi).update(calendar=office)
    return office


def test_a_calendar_is_registered_and_read(manager: Program, office: Calendar) -> None:
    answer = send(manager, "GET", f"{PATH}/office")
    told = answer.json()
    assert answer["ETag"]
    assert told["weekdays"] == {"mon": ["09:00-17:30"], "tue": ["09:00-13:00", "14:00-18:00"]}
    assert {"*-12-24", "2026-04-07", "2026-03-17"} <= set(told["holidays"])
    assert (told["managed_by"], told["is_fixed"]) == ("person", False)
    assert [one["code"] for one in found(manager, "calendars")] == ["office"]
    assert pointers(send(manager, "POST", PATH, OFFICE)) == ["#/code"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"zone": "Mars/Olympus"}, "#/zone"),
        ({"weekdays": {"mon": ["17:00-09:00"]}}, "#/weekdays/mon/0"),
        ({"weekdays": {"mon": ["09:00-12:00", "11:00-13:00"]}}, "#/weekdays"),
        ({"weekdays": {}}, "#/weekdays"),
        ({"weekdays": {"someday": []}}, "#/weekdays/someday"),
        ({"weekdays": []}, "#/weekdays"),
        ({"holidays": ["2026-02-30"]}, "#/holidays/0"),
        ({"holidays": [1]}, "#/holidays/0"),
        ({"country_holidays": "QQ"}, "#/country_holidays"),
        ({"years": [2027, 2026]}, "#"),
        ({"years": [1, 2]}, "#/years/0"),
        ({"code": "a b"}, "#/code"),
        ({"color": "red"}, "#/color"),
    ],
)
def test_what_is_wrong_is_told_by_its_member(
    manager: Program, changes: dict[str, Any], pointer: str
) -> None:
    assert pointer in pointers(send(manager, "POST", PATH, OFFICE | changes))
    assert not Calendar.objects.exists()


def test_it_changes_while_no_figure_rests_on_it(manager: Program, office: Calendar) -> None:
    tag = send(manager, "GET", f"{PATH}/office")["ETag"]
    changes = {"weekdays": {"fri": ["10:00-24:00"]}, "holidays": ["*-01-01"]}
    answer = send(manager, "PATCH", f"{PATH}/office", changes, **{"If-Match": tag})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["weekdays"], told["holidays"], told["zone"]) == (
        {"fri": ["10:00-24:00"]},
        ["*-01-01"],
        "Europe/Dublin",
    )
    stale = send(manager, "PATCH", f"{PATH}/office", changes, **{"If-Match": tag})
    assert stale.status_code == 412


def test_hours_that_figures_rest_on_stay(manager: Program, used: Calendar) -> None:
    assert found(manager, "calendars", calendar="office")[0]["is_fixed"] is True
    answer = send(manager, "PATCH", f"{PATH}/office", {"zone": "UTC"})
    assert pointers(answer) == ["#/zone"]
    assert "Figures of KPI 'acme-accuracy' rest on" in answer.json()["detail"]
    same = send(manager, "PATCH", f"{PATH}/office", {"zone": "Europe/Dublin"})
    assert same.status_code == 200


def test_without_the_check_they_would_change(
    manager: Program, used: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "kpi_resting_on", lambda calendar: None)
    assert send(manager, "PATCH", f"{PATH}/office", {"zone": "UTC"}).status_code == 200


def test_it_is_archived_once_no_kpi_needs_it(
    manager: Program, used: Calendar, acme: Holding
) -> None:
    answer = send(manager, "DELETE", f"{PATH}/office")
    assert answer.status_code == 409
    assert "KPI acme-accuracy" in answer.json()["detail"]
    send(manager, "DELETE", "/api/v1/kpis/acme-accuracy")
    assert send(manager, "DELETE", f"{PATH}/office?reason=moved").status_code == 204
    assert pointers(send(manager, "PATCH", f"{PATH}/office", {"zone": "UTC"})) == ["#"]
    assert send(manager, "POST", f"{PATH}/office/restore").json()["archived_at"] is None


def test_calendars_of_files_are_left_to_them(manager: Program, office: Calendar) -> None:
    Calendar.objects.update(managed_by=ManagedBy.PORTFOLIO)
    assert send(manager, "PATCH", f"{PATH}/office", {"zone": "UTC"}).status_code == 409
    assert send(manager, "DELETE", f"{PATH}/office").status_code == 409


def test_they_stay_inside(office: Calendar, acme: Holding, reader: Program) -> None:
    theirs = a_program("read", "manage", vendor=acme.vendor)
    assert found(theirs, "calendars") == []
    assert theirs.get(f"{PATH}/office").status_code == 404
    for method, where in (("POST", PATH), ("PATCH", f"{PATH}/office")):
        assert send(theirs, method, where, OFFICE).status_code == 403
        assert send(reader, method, where, OFFICE).status_code == 403
