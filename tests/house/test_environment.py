"""Values of the environment: what is taken, and what is refused with a sentence."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from kpotracker import environment


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///data/kpo.sqlite3", {"NAME": "data/kpo.sqlite3"}),
        ("sqlite:////var/kpo.sqlite3", {"NAME": "/var/kpo.sqlite3"}),
        (
            "postgres://kpo:p%40ss@db:5433/kpo",
            {"USER": "kpo", "PASSWORD": "p@ss", "HOST": "db", "PORT": "5433", "NAME": "kpo"},
        ),
        ("postgresql:///kpo", {"USER": "", "HOST": "", "PORT": "", "NAME": "kpo"}),
    ],
)
def test_a_database_url_becomes_the_settings_it_names(url: str, expected: dict[str, Any]) -> None:
    found = environment.database(url)
    assert {key: found[key] for key in expected} == expected


def test_postgresql_connections_are_checked_before_use_and_take_options_of_the_url() -> None:
    found = environment.database("postgres://kpo@db/kpo?sslmode=verify-full")
    assert found["CONN_HEALTH_CHECKS"] is True
    assert found["OPTIONS"]["sslmode"] == "verify-full"
    assert "jit=off" in found["OPTIONS"]["options"]


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("mysql://root:hunter2@db/kpo", "scheme must be sqlite or postgres"),
        ("hunter2", "scheme must be sqlite or postgres"),
        ("postgres://kpo:hunter2@db:port/kpo", "port must be a number"),
        ("postgres://kpo:hunter2@db:99999/kpo", "port must be a number"),
        ("postgres://kpo:hunter2@[db/kpo", "host is malformed"),
        ("postgres://kpo:hunter2@db", "name of one database"),
        ("postgres://kpo:hunter2@db/a/b", "name of one database"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("sqlite://kpo.sqlite3", "SQLite needs a file"),
    ],
)
def test_a_wrong_database_url_is_refused_with_its_rule(url: str, rule: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rule) as raised:
        environment.database(url)
    assert str(raised.value).startswith("DATABASE_URL ")
    assert ":hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://:hunter2@redis:6379/0", "behind redis:// or rediss://"),
        ("redis://", "behind redis:// or rediss://"),
        ("redis", "behind redis:// or rediss://"),
        ("redis://:hunter2@redis:six/0", "port must be a number"),
        ("redis://:hunter2@redis:6379/zero", "database must be a number"),
    ],
)
def test_a_wrong_redis_url_is_refused_with_its_rule(url: str, rule: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rule) as raised:
        environment.redis(url)
    assert str(raised.value).startswith("REDIS_URL ")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "redis://redis", "rediss://:x@redis:6379/1"])
def test_a_redis_url_is_kept_as_it_is(url: str) -> None:
    assert environment.redis(url) == url


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("", False),
        ("redis://127.0.0.1:6379/0", False),
        ("redis://localhost", False),
        ("redis://[::1]:6379", False),
        ("redis://:word@redis:6379", False),
        ("redis://redis:6379", True),
        ("redis://user@redis:6379", True),
        ("redis://127.0.0.1.company.test", True),
    ],
)
def test_a_redis_without_a_password_is_open_unless_it_is_on_this_machine(
    url: str, is_open: bool
) -> None:
    assert environment.redis_is_open(url) is is_open


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgres://kpo:hunter2@db/kpo", "postgres://kpo:***@db/kpo"),
        ("postgres://kpo:hun@ter2@db/kpo", "postgres://kpo:***@db/kpo"),
        ("redis://:hunter2@redis", "redis://:***@redis"),
        ("postgres://kpo@db/kpo", "postgres://kpo@db/kpo"),
        ("sqlite:///var/kpo.sqlite3", "sqlite:///var/kpo.sqlite3"),
        ("kpo:hunter2@db/kpo", "kpo:***@db/kpo"),
        ("postgres://db/kpo?password=hunter2&sslmode=require", "postgres://db/kpo?***"),
    ],
)
def test_a_shown_url_hides_the_password(url: str, shown: str) -> None:
    assert environment.masked(url) == shown


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_a_flag_is_yes_or_no(value: str, expected: bool) -> None:
    assert environment.flag({"DEBUG": value}, "DEBUG", default=True) is expected


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_not_set_has_its_default(default: bool) -> None:
    assert environment.flag({}, "DEBUG", default=default) is default


def test_values_that_break_a_rule_are_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG 'maybe' is neither yes nor no"):
        environment.flag({"DEBUG": "maybe"}, "DEBUG", default=False)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT '-1' is not a whole number"):
        environment.whole({"EMAIL_PORT": "-1"}, "EMAIL_PORT", 587)
    with pytest.raises(
        ImproperlyConfigured, match=r"KPO_ENV 'prod' is unknown: write .*production"
    ):
        environment.choice({"KPO_ENV": "prod"}, "KPO_ENV", ("development", "production"))


def test_a_list_is_separated_by_commas() -> None:
    assert environment.listed({"HOSTS": " a, b,,"}, "HOSTS") == ["a", "b"]


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    found = environment.text({"KEY_FILE": str(tmp_path / "key"), "KEY": "other"}, "KEY")
    assert found == "from the file"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"KEY_FILE '.*gone' cannot be read \(No such"):
        environment.text({"KEY_FILE": str(tmp_path / "gone")}, "KEY")


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=r"DATA_DIR '.*' cannot be used \(Not a dir"):
        environment.directory(tmp_path / "file" / "data", "DATA_DIR")


def test_a_development_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    key = environment.development_key(path)
    assert len(key) > 50
    assert environment.development_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["secret_key"]


def test_a_process_that_comes_second_takes_the_key_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    environment._create_whole(path, "first")
    environment._create_whole(path, "second")
    assert environment.development_key(path) == "first"
