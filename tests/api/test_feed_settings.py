"""Settings of feeds: the name, what they owe, and the mapping to read."""

from datetime import date

import pytest

from contracts.models.managed import ManagedBy
from metrics.models import Feed, FeedMapping, FeedSchedule
from tests.api.test_kpis import pointers, send
from tests.api.world import Holding, Program, a_program

pytestmark = pytest.mark.django_db
FEED = "/api/v1/feeds/acme-desk"
OWES = {
    "valid_from": "2026-01-01",
    "every": "month",
    "due_days": 5,
    "due_time": "18:00",
    "zone": "Europe/Dublin",
}


@pytest.fixture
def manager(db: None) -> Program:
    return a_program("read", "manage")


def test_a_feed_is_renamed(manager: Program, acme: Holding) -> None:
    tag = send(manager, "GET", FEED)["ETag"]
    answer = send(manager, "PATCH", FEED, {"name": "All desks"}, **{"If-Match": tag})
    assert (answer.status_code, answer.json()["name"]) == (200, "All desks")
    assert answer["ETag"] != tag
    assert send(manager, "PATCH", FEED, {"name": "x"}, **{"If-Match": tag}).status_code == 412
    assert pointers(send(manager, "PATCH", FEED, {"mapping": {}})) == ["#/mapping"]


def test_what_it_owes_is_stated_from_a_day_on(manager: Program, acme: Holding) -> None:
    path = f"{FEED}/schedules"
    answer = send(manager, "POST", path, OWES)
    assert answer.status_code == 201, answer.content
    assert answer.json() == OWES | {"feed": "acme-desk", "grace_hours": 0, "last_day": None}
    assert send(manager, "POST", path, OWES | {"due_days": 7}).status_code == 200
    later = OWES | {"valid_from": "2026-07-01", "every": "week"}
    assert send(manager, "POST", path, later).status_code == 201
    told = manager.get(path).json()["results"]
    assert [(one["valid_from"], one["every"], one["due_days"]) for one in told[1:]] == [
        ("2026-01-01", "month", 7),
        ("2026-07-01", "week", 5),
    ]
    assert pointers(send(manager, "POST", path, OWES)) == ["#/valid_from"]


def test_what_is_wrong_is_told_by_its_member(manager: Program, acme: Holding) -> None:
    path = f"{FEED}/schedules"
    bad = {"valid_from": "never", "every": "hour", "due_time": "25:00", "graces": 1}
    assert sorted(pointers(send(manager, "POST", path, bad))) == [
        "#/due_time",
        "#/every",
        "#/graces",
        "#/valid_from",
    ]
    assert pointers(send(manager, "POST", path, OWES | {"zone": "Mars"})) == ["#/zone"]
    ends = OWES | {"last_day": "2025-01-01"}
    assert pointers(send(manager, "POST", path, ends))
    assert FeedSchedule.objects.filter(feed=acme.feed).count() == 1


def test_the_newest_mapping_is_read(manager: Program, acme: Holding, zeta: Holding) -> None:
    for version in (7, 8):
        body = {"code": "acme-desk", "identity": [f"v{version}"]}
        FeedMapping.objects.create(feed=acme.feed, version=version, body=body, digest="d")
    told = manager.get(f"{FEED}/mapping").json()
    assert (told["version"], told["body"]) == (8, {"identity": ["v8"]})
    theirs = a_program("read", vendor=zeta.vendor)
    assert theirs.get(f"{FEED}/mapping").status_code == 404
    assert theirs.get(f"{FEED}/schedules").status_code == 404


def test_feeds_of_files_are_left_to_them(manager: Program, acme: Holding) -> None:
    Feed.objects.update(managed_by=ManagedBy.PORTFOLIO)
    assert send(manager, "PATCH", FEED, {"name": "x"}).status_code == 409
    assert send(manager, "POST", f"{FEED}/schedules", OWES).status_code == 409


def test_only_keys_on_duty_write(reader: Program, acme: Holding) -> None:
    for program in (reader, a_program("manage", vendor=acme.vendor)):
        assert send(program, "PATCH", FEED, {"name": "x"}).status_code == 403
        assert send(program, "POST", f"{FEED}/schedules", OWES).status_code == 403
    assert not FeedSchedule.objects.filter(valid_from=date(2026, 1, 1)).exists()
