"""Relief, maintenance and volume forecasts for programs."""

import json

import pytest

from metrics.models import BreachCase, MaintenanceWindow, ReliefRequest, VolumeForecast
from tests.api.world import PROBLEM, a_program
from tests.factories import a_contract, a_vendor
from tests.relief.asking import a_month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_process", "sound")]

SPAN = {"start": "2026-03-05T23:00:00Z", "end": "2026-03-06T08:00:00Z"}


def send(program, path, body=None):
    said = {"data": json.dumps(body)} if body is not None else {}
    return program.call("POST", f"/api/v1{path}", content_type="application/json", **said)


def relief_path():
    return f"/breaches/{BreachCase.objects.get().pk}/relief"


def test_relief_is_asked_for_and_tells_what_it_would_give():
    a_month()
    program = a_program("read", "manage")

    made = send(program, relief_path(), {"reason": "a storm", "predicate": 'ref in ("97", "98")'})

    assert made.status_code == 201, made.content
    assert made.json()["asked"] == {
        "intervals": [],
        "predicate": 'ref in ("97", "98")',
        "whole_period": False,
        "treatment": "remove_both",
    }
    assert (made.json()["state"], made.json()["granted"]) == ("requested", None)
    assert made.json()["requested_by"].startswith("key test")
    assert program.get(made["Location"].partition("testserver")[2]).json() == made.json()
    case = program.get(f"/api/v1/breaches/{BreachCase.objects.get().pk}").json()
    assert case["if_approved"]["value"] == pytest.approx(9000 / 98)
    assert case["value"] == 90


def test_stretches_of_time_are_kept_in_utc():
    a_month()
    made = send(
        a_program("read", "manage"), relief_path(), {"reason": "a storm", "intervals": [SPAN]}
    )
    assert made.status_code == 201, made.content
    assert ReliefRequest.objects.get().intervals == [
        ["2026-03-05T23:00:00+00:00", "2026-03-06T08:00:00+00:00"]
    ]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"reason": "a storm"}, "intervals"),
        ({"reason": "a storm", "predicate": "team == 1"}, "predicate"),
        ({"reason": "a storm", "whole_period": "yes"}, "whole_period"),
        ({"whole_period": True}, "reason"),
        ({"reason": "a storm", "whole_period": True, "treatment": "forget"}, "treatment"),
    ],
)
def test_a_body_that_says_too_little_is_refused_by_its_member(body, place):
    a_month()
    answer = send(a_program("read", "manage"), relief_path(), body)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert place in answer.content.decode()


def test_maintenance_is_announced_and_called_off_once():
    a_month()
    program = a_program("read", "manage")
    body = {"kpi": "sla", "starts_at": SPAN["start"], "ends_at": SPAN["end"], "note": "disks"}

    made = send(program, "/maintenance", body)

    assert made.status_code == 201, made.content
    off = f"/maintenance/{made.json()['id']}/cancel"
    assert send(program, off).json()["cancelled_at"]
    assert send(program, off).status_code == 409
    both = send(program, "/maintenance", body | {"contract": "AC-1"})
    assert both.status_code == 400
    assert MaintenanceWindow.objects.count() == 1


def test_a_forecast_is_locked_once():
    a_month()
    program = a_program("read", "manage")
    body = {
        "kpi": "sla",
        "first_day": "2026-03-01",
        "quantity": 80,
        "locked_at": "2026-02-20T09:00:00Z",
    }

    made = send(program, "/volume-forecasts", body)

    assert made.status_code == 201, made.content
    assert made.json()["quantity"] == 80
    assert send(program, "/volume-forecasts", body).status_code in (400, 409)
    assert VolumeForecast.objects.count() == 1


def test_another_vendors_program_finds_nothing():
    a_month()
    send(a_program("read", "manage"), relief_path(), {"reason": "a storm", "whole_period": True})
    bolt = a_vendor("bolt")
    a_contract(bolt, "BO-1")
    program = a_program("read", "manage", vendor=bolt)

    assert program.get(f"/api/v1{relief_path()}").status_code == 404
    assert send(program, relief_path(), {"reason": "x", "whole_period": True}).status_code == 404
    body = {"kpi": "sla", "starts_at": SPAN["start"], "ends_at": SPAN["end"], "note": "disks"}
    assert send(program, "/maintenance", body).status_code == 400
    assert program.get("/api/v1/maintenance").json()["results"] == []
