"""Personas of the records: procurement keeps them, others read, vendors see their own."""

import pytest
from django.test import Client

from contracts.models import Contract, User, Vendor
from metrics.feeds.reading.child import events
from metrics.portfolio.importing import reading
from tests.factories import a_contract, a_user, a_vendor


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def acme() -> Vendor:
    return a_vendor("acme", name="Acme Analytics", owner="Dana Okafor", tier="strategic")


@pytest.fixture
def bolt() -> Vendor:
    return a_vendor("bolt", name="Bolt Services")


@pytest.fixture
def agreement(acme: Vendor) -> Contract:
    return a_contract(acme, "AC-1", title="Demand forecasting")


@pytest.fixture
def paula() -> User:
    return a_user("paula", User.Role.PROCUREMENT)


@pytest.fixture
def procurement(paula: User) -> Client:
    return signed_in(paula)


@pytest.fixture
def analyst() -> Client:
    return signed_in(a_user("ana"))


@pytest.fixture
def officer() -> Client:
    """The compliance officer, who keeps certifications and not contracts."""
    return signed_in(a_user("carl", User.Role.COMPLIANCE))


@pytest.fixture
def alice(acme: Vendor) -> Client:
    """A user of Acme."""
    return signed_in(a_user("alice", User.Role.VENDOR, (acme,)))


@pytest.fixture
def bob(bolt: Vendor) -> Client:
    """A user of Bolt, who must see nothing of Acme."""
    return signed_in(a_user("bob", User.Role.VENDOR, (bolt,)))


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read imports in this process, which is faster than a child for every file."""
    monkeypatch.setattr(reading, "read_file", events)
