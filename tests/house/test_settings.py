"""The installation as a process: what it refuses to start with, and how it says so."""

from pathlib import Path

import pytest

from tests.house.commands import PRODUCTION, manage, python
from tests.services import free_port


def test_a_checkout_runs_without_any_variable(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "secret_key").exists()


def test_production_passes_djangos_own_checks_for_deployment(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_development_would_not_pass_the_checks_for_deployment(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 1
    assert "security.W" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "mysql://kpo:hunter2@db/kpo", "'mysql://kpo:***@db/kpo' cannot be used"),
        ("REDIS_URL", "http://:hunter2@redis", "'http://:***@redis' cannot be used"),
        ("KPO_ENV", "prod", "'prod' is unknown"),
        ("DEBUG", "maybe", "'maybe' is neither yes nor no"),
        ("SECRET_KEY_FILE", "/gone/key", "'/gone/key' cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["check", "help", "migrate"])
def test_a_wrong_variable_ends_every_command_with_one_sentence(
    tmp_path: Path, command: str, name: str, value: str, expected: str
) -> None:
    done = manage(tmp_path, command, **{name: value})
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(name)
    assert expected in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_postgresql_that_does_not_answer_is_named_in_one_sentence(tmp_path: Path) -> None:
    url = f"postgres://kpo:hunter2@127.0.0.1:{free_port()}/kpo"
    done = manage(tmp_path, "migrate", DATABASE_URL=url)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stderr.startswith("DATABASE_URL 'postgres://kpo:***@127.0.0.1")
    assert "start PostgreSQL, or correct it." in done.stderr


def test_a_database_without_tables_asks_for_migrate(tmp_path: Path) -> None:
    done = manage(tmp_path, "changepassword", "nobody")
    assert done.returncode == 1
    assert "has not been migrated" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_a_server_refuses_unsafe_settings_with_all_errors_at_once(
    tmp_path: Path, module: str
) -> None:
    unsafe = PRODUCTION | {"SECRET_KEY": "short", "DEBUG": "1", "REDIS_URL": "redis://redis"}
    done = python(tmp_path, "-c", f"import kpotracker.{module}", **unsafe)
    assert done.returncode == 1
    for number in ("E001", "E002", "E004"):
        assert f"kpotracker.{number}: " in done.stderr


@pytest.mark.parametrize("module", ["wsgi", "asgi"])
def test_a_server_starts_on_safe_settings(tmp_path: Path, module: str) -> None:
    safe = PRODUCTION | {"STATIC_ROOT": str(tmp_path)}
    done = python(tmp_path, "-c", f"import kpotracker.{module}", **safe)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("role", ["worker", "beat"])
@pytest.mark.parametrize(("key", "starts"), [("short", False), (PRODUCTION["SECRET_KEY"], True)])
def test_celery_refuses_unsafe_settings(tmp_path: Path, role: str, key: str, starts: bool) -> None:
    variables = PRODUCTION | {"SECRET_KEY": key}
    ask = f"from celery import signals; import kpotracker.celery; signals.{role}_init.send(None)"
    done = python(tmp_path, "-c", ask, **variables)
    assert (done.returncode == 0) is starts
    assert ("kpotracker.E001: SECRET_KEY has 5 characters" in done.stderr) is not starts
