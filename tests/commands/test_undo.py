"""manage.py undo."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from contracts.models import AuditEvent
from tests.feeds.arriving import TWO, a_mapped_feed, a_share, in_force, load, read_here

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    read_here(monkeypatch)


@pytest.fixture
def number():
    a_share()
    return load(a_mapped_feed(), TWO).deliveries.get().pk


def test_a_delivery_is_taken_back(number):
    said = json.loads(
        run("undo", str(number), "--reason", "wrong team", "--by", "D. Reyes", "--format", "json")
    )

    assert said[0]["state"] == "undone"
    assert in_force() == []
    event = AuditEvent.objects.get(action="undid")
    assert (event.actor_name, event.reason) == ("D. Reyes", "wrong team")


def test_once(number):
    run("undo", str(number), "--reason", "wrong team")

    with pytest.raises(CommandError, match="is undone, or about to be"):
        run("undo", str(number), "--reason", "wrong team")


def test_an_unknown_delivery_is_named():
    with pytest.raises(CommandError, match="there is no delivery 4711"):
        run("undo", "4711", "--reason", "wrong team")
