"""What operators use: the compose file, the image, the Makefile, and the table of variables."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.commands import PRODUCTION, environment, manage
from tests.services import ROOT

APP = ("migrate", "web", "worker", "beat")
READ = re.compile(r'(?:os\.environ(?:\.get\(|, ))"([A-Z_]+)"')


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_compose_has_every_part_and_only_the_web_server_has_a_port(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {*APP, "postgres", "redis"}
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


def test_compose_passes_every_setting_on_and_the_example_names_it(compose: dict[str, Any]) -> None:
    settings = (ROOT / "kpotracker/settings.py").read_text()
    read = set(re.findall(r'os\.environ(?:, |\.get\()"([A-Z_]+)"', settings))
    fixed = {"DATA_DIR", "DEBUG", "STATIC_ROOT"}  # the image sets them
    passed = compose["services"]["web"]["environment"]
    assert read - fixed - set(passed) == set()
    example = (ROOT / ".env.example").read_text()
    made = {"KPO_ENV", "DATABASE_URL", "REDIS_URL"}  # compose makes them itself
    assert [name for name in read - fixed - made if f"{name}=" not in example] == []


def test_compose_lets_workers_be_scaled(compose: dict[str, Any]) -> None:
    assert not [
        name for name, service in compose["services"].items() if "container_name" in service
    ]
    assert "hostname" not in compose["services"]["worker"]


def test_compose_has_no_secret_and_no_default_for_one() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"):
        used = re.findall(rf"\$\{{{name}((?::[^}}]*)?)\}}", text)
        assert used
        assert set(used) == {f":?set {name} in .env"}


def test_compose_keeps_what_must_survive_in_named_volumes(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(compose["volumes"]) == {"data", "postgres", "redis"}
    assert all("data:/data" in services[name]["volumes"] for name in APP)
    assert "postgres:/var/lib/postgresql/data" in services["postgres"]["volumes"]
    assert "redis:/data" in services["redis"]["volumes"]


def test_compose_starts_redis_with_a_password_and_its_log(compose: dict[str, Any]) -> None:
    command = compose["services"]["redis"]["command"][-1]
    assert "requirepass %s" in command
    assert "appendonly yes" in command


def test_compose_starts_the_app_after_the_migration_and_healthy_servers(
    compose: dict[str, Any],
) -> None:
    for name in ("web", "worker", "beat"):
        conditions = {
            other: how["condition"]
            for other, how in compose["services"][name]["depends_on"].items()
        }
        assert conditions == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }
    for name in ("worker", "beat", "postgres", "redis"):
        assert "test" in compose["services"][name]["healthcheck"]


def test_the_settings_of_compose_are_safe(tmp_path: Path, compose: dict[str, Any]) -> None:
    values = {
        "SECRET_KEY": PRODUCTION["SECRET_KEY"],
        "ALLOWED_HOSTS": "kpi.company.test",
        "PUBLIC_URL": "https://kpi.company.test",
        "POSTGRES_PASSWORD": "0f" * 24,
        "REDIS_PASSWORD": "1e" * 24,
    }
    variables = {
        name: re.sub(
            r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}",
            lambda found: values.get(found[1], found[2] or ""),
            value,
        )
        for name, value in compose["services"]["web"]["environment"].items()
    }
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **variables)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_of_env_names_what_compose_needs() -> None:
    example = (ROOT / ".env.example").read_text()
    text = (ROOT / "docker-compose.yml").read_text()
    needed = set(re.findall(r"\$\{(\w+)", text))
    offered = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    assert offered == needed
    assert re.findall(r"^(\w+)=(.+)$", example, re.MULTILINE) == []


def test_the_image_runs_without_root_on_locked_requirements() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER kpotracker" in lines
    assert sum(line.startswith("FROM ") for line in lines) == 2
    assert any("--require-hashes" in line for line in lines)


def test_static_files_are_collected_without_a_secret(tmp_path: Path) -> None:
    done = manage(
        tmp_path / "data",
        *("collectstatic", "--no-input", "--verbosity", "0", "--skip-checks"),
        KPO_ENV="production",
        STATIC_ROOT=str(tmp_path / "static"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "static" / "staticfiles.json").is_file()


def test_what_arrives_waits_in_the_data_directory(tmp_path: Path) -> None:
    done = manage(tmp_path, "diffsettings")
    assert f"FILE_UPLOAD_TEMP_DIR = PosixPath('{tmp_path}')" in done.stdout


def test_every_variable_that_is_read_has_its_row() -> None:
    settings = (ROOT / "kpotracker" / "settings.py").read_text()
    read = set(READ.findall(settings))
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs" / "operations.md").read_text(), re.M)
    documented = set(re.findall(r"`([A-Z]\w*)`", " ".join(rows)))
    assert len(read) > 15
    assert read == documented


def test_every_check_has_its_row() -> None:
    checks = (ROOT / "kpotracker" / "checks.py").read_text()
    page = (ROOT / "docs" / "operations.md").read_text()
    ids = set(re.findall(r"kpotracker\.E\d{3}", checks))
    assert set(re.findall(r"kpotracker\.E\d{3}", page)) == ids


def make(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_target_says_what_it_does(tmp_path: Path) -> None:
    listed = re.findall(r"^make (\w+) ", make(tmp_path).stdout, re.MULTILINE)
    (phony,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(phony.split())


def test_an_old_python_is_refused_by_name(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    done = make(tmp_path, "demo", f"PYTHON={old}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert "kpotracker needs Python 3.11 or later" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_a_pipe_early_sees_no_traceback(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "apply", "--schema"],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")
