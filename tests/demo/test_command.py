"""The demonstration keeps away from anybody's real data."""

import socket
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from contracts.models import Contract, Vendor
from metrics.demo import fresh
from metrics.demo.fresh import NotOurs, embedded_database
from metrics.demo.people import logins_ensure
from metrics.management.commands.demo import _free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def foreign_contract() -> Contract:
    return Contract.objects.create(
        reference="REAL-1",
        title="A real one",
        vendor=Vendor.objects.create(code="real", name="A real vendor"),
        kind=Contract.Kind.ORDER,
        zone="UTC",
        currency="EUR",
        pricing=Contract.Pricing.FIXED,
        first_day="2026-01-01",
    )


@pytest.mark.parametrize("fresh", [False, True])
def test_it_refuses_a_database_with_other_contracts(
    foreign_contract: Contract, fresh: bool
) -> None:
    with pytest.raises(CommandError, match="his database holds"):
        call_command("demo", no_serve=True, fresh=fresh)
    assert Contract.objects.get() == foreign_contract


def test_it_refuses_production(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="unset KPO_ENV"):
        call_command("demo", no_serve=True)


def test_starting_over_leaves_a_database_elsewhere_alone(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    with pytest.raises(NotOurs):
        embedded_database()


def test_starting_over_deletes_the_embedded_database_and_the_stored_files(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    database = tmp_path / "kpotracker.sqlite3"
    monkeypatch.setattr(fresh, "embedded_database", lambda: database)
    monkeypatch.setattr(fresh.connection, "close", lambda: None)
    kept = tmp_path / "secret_key"
    for path in (database, tmp_path / "kpotracker.sqlite3-wal", kept):
        path.write_text("x", encoding="utf-8")
    for folder in ("files", "demo"):
        (tmp_path / folder).mkdir()
    fresh.forget()
    assert list(tmp_path.iterdir()) == [kept]


def test_a_taken_port_that_was_asked_for_is_refused_and_the_usual_one_is_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken"):
            _free_port(port)
    assert _free_port(None) > 0


def test_lost_logins_are_made_anew(tmp_path: Path) -> None:
    first = logins_ensure(tmp_path / "logins.txt")
    again = logins_ensure(tmp_path / "logins.txt")
    assert again == first
    (tmp_path / "logins.txt").unlink()
    anew = logins_ensure(tmp_path / "logins.txt")
    assert {one.username for one in anew} == {one.username for one in first}
    assert not {one.password for one in anew} & {one.password for one in first}


def test_the_data_directory_of_tests_is_not_the_checkout() -> None:
    assert settings.BASE_DIR not in Path(settings.DATA_DIR).parents
