"""People of every role, each with a session of their own."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from contracts.models import User, Vendor
from tests.factories import a_user, a_vendor

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery-staple"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def an_administrator(username: str = "ada", **fields: object) -> User:
    user = a_user(username, User.Role.ADMINISTRATOR)
    user.is_staff = user.is_superuser = True
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    return user


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    """Hashes that take no time: what is tested here is not how slow they are."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(db: None) -> User:
    return an_administrator()


@pytest.fixture
def acme(db: None) -> Vendor:
    return a_vendor("acme", name="Acme Analytics")
