"""Who comes with a request is read once, with what every page asks of them."""

from datetime import date, timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.utils import timezone

from contracts.models import Deputy, User
from contracts.selectors.duties import Duty
from contracts.selectors.scope import visible_to
from contracts.services.readers import PasswordBackend
from tests.factories import a_user, a_vendor

pytestmark = pytest.mark.django_db


def read(user: User) -> User:
    found = PasswordBackend().get_user(user.pk)
    assert found is not None
    return found


def today() -> date:
    return timezone.now().date()


def test_the_scope_of_a_person_who_was_read_costs_no_further_query(django_assert_num_queries):
    acme, bolt = a_vendor("acme"), a_vendor("bolt")
    vera = a_user("vera", User.Role.VENDOR, (acme, bolt))
    a_vendor("crow")

    with django_assert_num_queries(1):
        scope = visible_to(read(vera), today())

    assert scope == visible_to(vera, today())
    assert scope.vendor_ids == {acme.pk, bolt.pk}


def test_a_vendor_user_without_vendors_sees_none():
    assert visible_to(read(a_user("lonely", User.Role.VENDOR)), today()).vendor_ids == frozenset()


@pytest.mark.parametrize(
    ("first", "last", "stands_in"), [(0, 0, True), (-3, -1, False), (1, 3, False), (-3, 3, True)]
)
def test_a_deputy_has_the_duties_of_the_absent_while_they_stand_in(first, last, stands_in):
    ana, dana = a_user("ana"), a_user("dana", User.Role.PROCUREMENT)
    days = {"first_day": today() + timedelta(first), "last_day": today() + timedelta(last)}
    Deputy.objects.create(absent=dana, deputy=ana, **days)

    for person in (ana, read(ana)):
        assert visible_to(person, today()).may(Duty.TERMS) == stands_in


def test_a_deputy_of_somebody_who_left_has_nothing_of_theirs():
    ana, dana = a_user("ana"), a_user("dana", User.Role.PROCUREMENT)
    Deputy.objects.create(absent=dana, deputy=ana, first_day=today(), last_day=today())
    dana.is_active = False
    dana.save()

    for person in (ana, read(ana)):
        assert not visible_to(person, today()).may(Duty.TERMS)


def test_whoever_may_no_longer_sign_in_is_signed_out_at_once():
    ana, client = a_user("ana"), Client()
    client.force_login(ana)
    assert client.get("/vendors/").status_code == 200
    assert SESSION_KEY in client.session

    ana.is_active = False
    ana.save()

    assert client.get("/vendors/").status_code == 302
