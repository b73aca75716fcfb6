"""Who wants to know what: tables over facts, without a database."""

import pytest

from contracts.models import User
from metrics.alerts.routing import DEFAULTS, muted, wanted, wanted_by_default
from metrics.models import AlertEvent, AlertMute, AlertSubscription
from tests.alerts.making import ANYTHING, AT, DAY

ROLES = User.Role.values
BUYERS = [role for role in ROLES if role != "vendor"]


def event(kind="breach", severity="major", state="open", **ids):
    return AlertEvent(kind=kind, severity=severity, facts={"state": state}, **ids)


@pytest.mark.parametrize(
    ("kind", "severity", "roles"),
    [
        ("breach", "critical", ROLES),
        ("breach", "major", ["administrator", "procurement", "operations", "vendor"]),
        ("breach", "minor", ["procurement", "operations", "vendor"]),
        ("at_risk", "minor", ["procurement", "operations", "vendor"]),
        ("overdue", "major", ["administrator", "operations", "vendor"]),
        ("entry", "minor", ["operations", "vendor"]),
        ("approval", "minor", ["administrator", "procurement", "operations", "compliance"]),
        ("close", "minor", ["administrator", "procurement", "operations", "vendor"]),
        ("date", "minor", ["administrator", "procurement", "compliance"]),
        ("escalation", "critical", []),
        ("test", "minor", []),
    ],
)
def test_every_role_is_told_on_the_pages_without_subscribing(kind, severity, roles):
    told = [role for role in ROLES if wanted_by_default(event(kind, severity), role)]

    assert sorted(told) == sorted(roles)


def test_every_role_has_its_line():
    assert set(DEFAULTS) == set(ROLES)


@pytest.mark.parametrize(
    ("line", "told", "expected"),
    [
        ({}, event(), True),
        ({"kinds": ["date"]}, event(), False),
        ({"least_severity": "critical"}, event(severity="major"), False),
        ({"least_severity": "major"}, event(severity="major"), True),
        ({"least_severity": "critical"}, event("date", severity="minor"), True),
        ({"states": ["resolved"]}, event(), False),
        ({"states": ["open", "resolved"]}, event(), True),
        ({"states": ["resolved"]}, event("overdue"), True),
        ({"vendor_id": 1}, event(vendor_id=1), True),
        ({"vendor_id": 1}, event(vendor_id=2), False),
        ({"vendor_id": 1}, event(), False),
        ({"contract_id": 3}, event(contract_id=3, vendor_id=1), True),
        ({"contract_id": 3, "vendor_id": 1}, event(contract_id=4, vendor_id=1), False),
    ],
)
def test_a_subscription_asks_for_what_it_names(line, told, expected):
    assert wanted(told, AlertSubscription(**{"kinds": ANYTHING} | line)) is expected


@pytest.mark.parametrize(
    ("mute", "user", "expected"),
    [
        ({"kpi_id": 1}, 7, True),
        ({"kpi_id": 2}, 7, False),
        ({"contract_id": 1}, 7, True),
        ({"vendor_id": 1}, 7, True),
        ({"vendor_id": 1, "owner_id": 7}, 7, True),
        ({"vendor_id": 1, "owner_id": 8}, 7, False),
        ({"vendor_id": 1, "owner_id": 8}, None, False),
        ({"vendor_id": 1}, None, True),
    ],
)
def test_a_mute_holds_back_what_it_is_about_from_whom_it_is_for(mute, user, expected):
    line = AlertMute(until=AT + DAY, reason="known", **mute)
    why = muted(event(kpi_id=1, contract_id=1, vendor_id=1), [line], user_id=user)

    assert bool(why) is expected
    assert not why or why == "muted until 2026-04-21 09:00 UTC: known"
