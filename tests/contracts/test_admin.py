import pytest
from django.test import Client
from django.urls import reverse

from contracts.models import User
from tests.factories import a_user, a_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="x"))
    return client


def test_an_administrator_adds_a_vendor_user_and_names_the_vendors(administrator: Client) -> None:
    vendor = a_vendor("acme")
    secret = "correct-horse-battery"
    form = {
        "username": "alice",
        "password1": secret,
        "password2": secret,
        "usable_password": "true",
    }
    form |= {"role": "vendor", "vendors": [vendor.pk]}

    answer = administrator.post(reverse("admin:contracts_user_add"), form)

    assert answer.status_code == 302, answer.content.decode()
    alice = User.objects.get(username="alice")
    assert (alice.role, list(alice.vendors.all())) == ("vendor", [vendor])
    assert alice.check_password(secret)


def test_the_list_shows_everybodys_role(administrator: Client) -> None:
    a_user("vera", User.Role.VENDOR)
    assert (
        "Vendor user"
        in administrator.get(reverse("admin:contracts_user_changelist")).content.decode()
    )


def test_others_do_not_get_in() -> None:
    client = Client()
    client.force_login(a_user("ana"))
    assert client.get(reverse("admin:contracts_user_changelist")).status_code == 302
