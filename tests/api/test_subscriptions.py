"""Subscriptions and channels by program: of roles, and without a secret."""

import json
from typing import Any

import pytest

from contracts.models import AuditEvent, User
from metrics.alerts.channel_services import channel_create
from metrics.models import AlertChannel, AlertSubscription
from tests.api.editing import send
from tests.api.world import Holding, Program, a_program, found

pytestmark = pytest.mark.django_db
NEW: dict[str, Any] = {"role": "procurement", "kinds": ["breach"]}


def created(program: Program, **given: Any) -> Any:
    return send(program, "POST", "subscriptions", NEW | given)


def test_everybody_with_a_role_is_subscribed(acme: Holding, manager: Program) -> None:
    answer = created(manager, vendor="acme", zone="Europe/Dublin", quiet_from="22:00:00",
                     quiet_until="06:00:00", escalate_after_hours=4)  # fmt: skip

    assert answer.status_code == 201, answer.content
    shown = manager.get(answer.headers["Location"])
    assert shown.json() == answer.json()
    assert shown.headers["ETag"] == answer.headers["ETag"]
    line = AlertSubscription.objects.get(pk=answer.json()["id"])
    assert (line.owner, line.role, line.vendor) == (None, "procurement", acme.vendor)
    assert answer.json() in found(manager, "subscriptions", role="procurement")


def test_a_change_leaves_the_rest_and_knows_older_states(acme: Holding, manager: Program) -> None:
    where = created(manager, hour=6).headers["Location"].partition("/api/v1/")[2]
    seen = manager.get(f"/api/v1/{where}").headers["ETag"]
    answer = send(manager, "PATCH", where, {"timing": "daily"}, If_Match=seen)
    assert (answer.status_code, answer.json()["hour"]) == (200, 6), answer.content
    assert send(manager, "PATCH", where, {"hour": 7}, If_Match=seen).status_code == 412


def test_an_ended_one_is_gone_from_the_list(acme: Holding, manager: Program) -> None:
    where = created(manager).headers["Location"].partition("/api/v1/")[2]
    assert send(manager, "DELETE", where).status_code == 204
    assert manager.get(f"/api/v1/{where}").status_code == 404
    assert AlertSubscription.objects.filter(is_active=False).count() == 1


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"vendor": "nobody"}, "#/vendor"),
        ({"contract": "NO-1"}, "#/contract"),
        ({"channel": 10**6}, "#/channel"),
        ({"zone": "Mars/Olympus"}, "#/zone"),
        ({"quiet_from": "22:00:00"}, "#/quiet_until"),
        ({"kinds": []}, "#/kinds"),
        ({"owner": "dana"}, "#/owner"),
        ({"hour": 24}, "#/hour"),
    ],
)
def test_what_is_wrong_is_named(
    acme: Holding, manager: Program, given: dict[str, Any], pointer: str
) -> None:
    before = AlertSubscription.objects.count()
    answer = created(manager, **given)
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert AlertSubscription.objects.count() == before


def test_a_persons_own_are_not_a_programs_to_see(acme: Holding, manager: Program) -> None:
    dana = User.objects.get(username="dana")
    own = AlertSubscription.objects.create(owner=dana, kinds=["breach"])
    channel = channel_create(kind="email", name="mine", address="d@example.test", owner=dana)
    assert manager.get(f"/api/v1/subscriptions/{own.pk}").status_code == 404
    assert "mine" not in json.dumps(found(manager, "channels"))
    answer = created(manager, channel=channel.channel.pk)
    unknown = created(manager, channel=10**6)
    assert answer.status_code == unknown.status_code == 400
    assert "is unknown" in answer.json()["detail"]


def test_channels_show_no_address_and_no_secret(acme: Holding, manager: Program) -> None:
    made = channel_create(
        kind="webhook", name="Bus", address="https://8.8.8.8/hook/s3cret-path", owner=None
    )
    rows = found(manager, "channels", kind="webhook")
    assert [row["name"] for row in rows] == ["Bus"]
    stored = AlertChannel.objects.get(pk=made.channel.pk).secret
    for hidden in ("s3cret-path", made.secret, stored):
        assert hidden not in json.dumps(rows)


@pytest.mark.parametrize("listed", ["subscriptions", "channels"])
def test_vendors_programs_find_nothing_and_change_nothing(acme: Holding, listed: str) -> None:
    vendors = a_program("read", "manage", vendor=acme.vendor)
    assert found(vendors, listed) == []
    assert created(vendors).status_code == 403
    line = AlertSubscription.objects.get()
    assert send(vendors, "DELETE", f"subscriptions/{line.pk}").status_code == 403


def test_why_one_was_ended_stands_in_the_trail(acme: Holding, manager: Program) -> None:
    line = AlertSubscription.objects.get()
    where = f"subscriptions/{line.pk}?reason=moved+to+chat"
    assert send(manager, "DELETE", where).status_code == 204
    assert AuditEvent.objects.filter(action="ended", reason="moved to chat").count() == 1


def test_reading_needs_the_right_to_manage(acme: Holding, reader: Program) -> None:
    assert reader.get("/api/v1/subscriptions").status_code == 403
    assert created(reader).status_code == 403
