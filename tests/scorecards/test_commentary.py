from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from contracts.models import AuditEvent, User
from contracts.selectors.scope import EVERYTHING, Scope
from metrics.models import Commentary
from metrics.scorecards.commentary import commentary_write
from metrics.scorecards.remarks import remarks_on
from metrics.selectors import scope as scoped
from tests.factories import NOW, a_contract, a_figure, a_kpi, a_user, a_vendor
from tests.scorecards.crowd import LAST_MONTH

pytestmark = pytest.mark.django_db


@pytest.fixture
def head():
    kpi = a_kpi(a_contract(a_vendor(), "AC-1"), "accuracy")
    return a_figure(kpi, LAST_MONTH, "90", "BELOW_MINIMUM")


@pytest.fixture
def dana():
    return a_user("dana", User.Role.PROCUREMENT)


def write(head, author, text="It rained.", **given) -> Commentary:
    return commentary_write(period=head, author=author, text=text, **{"as_of": NOW} | given)


def told(head, scope=EVERYTHING) -> list[tuple[str, bool, str]]:
    remarks = remarks_on([head.pk], scoped.commentary(scope)).get(head.pk, ())
    return [(each.side, each.is_internal, each.text) for each in remarks]


def test_a_later_version_stands_beside_the_earlier_one(head, dana):
    write(head, dana, "It rained.")
    write(head, dana, "It rained for a week.", seen=1, as_of=NOW + timedelta(days=1))

    assert list(Commentary.objects.order_by("version").values_list("version", "text")) == [
        (1, "It rained."),
        (2, "It rained for a week."),
    ]
    assert told(head) == [("buyer", False, "It rained for a week.")]


def test_both_sides_and_an_internal_note_do_not_replace_each_other(head, dana):
    vendor = head.kpi.contract.vendor
    write(head, dana, "It rained.")
    write(head, dana, "They say so every month.", is_internal=True)
    write(head, a_user("alice", User.Role.VENDOR, (vendor,)), "Our roof leaked.")

    assert told(head) == [
        ("buyer", False, "It rained."),
        ("buyer", True, "They say so every month."),
        ("vendor", False, "Our roof leaked."),
    ]
    assert told(head, Scope(frozenset({vendor.pk}))) == [
        ("buyer", False, "It rained."),
        ("vendor", False, "Our roof leaked."),
    ]
    assert told(head, Scope(frozenset({a_vendor("bolt").pk}))) == []


def test_whoever_was_overtaken_is_told_instead_of_overwriting(head, dana):
    write(head, dana, "It rained.")
    tom = a_user("tom", User.Role.OPERATIONS)

    with pytest.raises(ValidationError, match="dana wrote version 1 while you were writing"):
        write(head, tom, "It snowed.", seen=0)

    assert told(head) == [("buyer", False, "It rained.")]


def test_the_same_text_again_is_no_new_version(head, dana):
    write(head, dana)
    write(head, dana, "  It rained.  ", seen=1)

    assert Commentary.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "given", "message"),
    [
        (User.Role.PROCUREMENT, {"text": " \n"}, "Say what happened"),
        (User.Role.VENDOR, {"is_internal": True}, "Only the buyer"),
        (User.Role.PROCUREMENT, {"seen": 4}, "does not start from a version"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(head, role, given, message):
    with pytest.raises(ValidationError, match=message):
        write(head, a_user("eve", role, (head.kpi.contract.vendor,)), **given)

    assert not Commentary.objects.exists()


def test_the_database_keeps_versions_apart_and_vendors_from_internal_notes(head, dana):
    given = {"period": head, "author": dana, "text": "x", "written_at": NOW}
    Commentary.objects.create(side="buyer", version=1, **given)

    for wrong in ({"side": "buyer", "version": 1}, {"side": "vendor", "version": 1}):
        inside = wrong["side"] == "vendor"
        with pytest.raises(IntegrityError), transaction.atomic():
            Commentary.objects.create(is_internal=inside, **wrong, **given)


def test_what_is_written_is_told_of_in_the_trail(head, dana):
    write(head, dana)

    event = AuditEvent.objects.get(action="commented")
    assert event.vendor == head.kpi.contract.vendor
    assert event.changes["text"] == ["", "It rained."]
