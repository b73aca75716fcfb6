"""What production refuses, one setting at a time."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from kpotracker.checks import production_is_safe, refuse_unsafe
from tests.house.commands import STRONG_KEY

SAFE: dict[str, Any] = {
    "PRODUCTION": True,
    "DEBUG": False,
    "SECRET_KEY": STRONG_KEY,
    "ALLOWED_HOSTS": ["kpi.company.test"],
    "CSRF_TRUSTED_ORIGINS": ["https://kpi.company.test"],
    "PUBLIC_URL": "https://kpi.company.test",
    "REDIS_URL": "redis://:word@redis:6379/0",
}


@pytest.fixture
def production(settings: Settings) -> Settings:
    for name, value in SAFE.items():
        setattr(settings, name, value)
    return settings


def found() -> list[str | None]:
    return [error.id for error in production_is_safe()]


def test_safe_settings_have_no_errors(production: Settings) -> None:
    assert found() == []
    refuse_unsafe()


UNSAFE = [
    ("SECRET_KEY", "", "E001", "is not set"),
    ("SECRET_KEY", "k7", "E001", "has 2 characters, and needs at least 50"),
    ("SECRET_KEY", "ab" * 40, "E001", "has 2 different characters"),
    ("SECRET_KEY", f"django-insecure-{STRONG_KEY}", "E001", "contains the word 'django-insecure'"),
    ("SECRET_KEY", f"Change-Me{STRONG_KEY}", "E001", "contains the word 'change-me'"),
    ("DEBUG", True, "E002", "DEBUG is on"),
    ("ALLOWED_HOSTS", [], "E003", "must name every host"),
    ("ALLOWED_HOSTS", ["*"], "E003", "must name every host"),
    ("ALLOWED_HOSTS", [".company.test"], "E003", "must name every host"),
    ("REDIS_URL", "redis://redis:6379/0", "E004", "has no password"),
    ("CSRF_TRUSTED_ORIGINS", ["http://kpi.company.test"], "E005", "without TLS"),
]


@pytest.mark.parametrize(("name", "value", "number", "sentence"), UNSAFE)
def test_production_refuses(
    production: Settings, name: str, value: object, number: str, sentence: str
) -> None:
    setattr(production, name, value)
    (error,) = production_is_safe()
    assert error.id == f"kpotracker.{number}"
    assert sentence in error.msg
    assert error.hint
    with pytest.raises(ImproperlyConfigured, match=f"kpotracker.{number}"):
        refuse_unsafe()


@pytest.mark.parametrize(("name", "value", "number", "sentence"), UNSAFE)
def test_development_takes_the_same_setting(
    production: Settings, name: str, value: object, number: str, sentence: str
) -> None:
    setattr(production, name, value)
    production.PRODUCTION = False
    assert found() == []


def test_an_error_never_shows_the_key(production: Settings) -> None:
    production.SECRET_KEY = "password-of-the-key"
    (error,) = production_is_safe()
    assert "password-of-the-key" not in f"{error.msg} {error.hint}"


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("TIME_ZONE", "Europe/Paris", "E006"),
        ("USE_TZ", False, "E006"),
        ("PUBLIC_URL", "kpi.company.test", "E007"),
    ],
)
def test_every_environment_refuses(
    settings: Settings, name: str, value: object, number: str
) -> None:
    setattr(settings, name, value)
    assert found() == [f"kpotracker.{number}"]


def test_all_errors_come_at_once(production: Settings) -> None:
    production.SECRET_KEY, production.DEBUG, production.ALLOWED_HOSTS = "", True, []
    assert found() == ["kpotracker.E001", "kpotracker.E002", "kpotracker.E003"]
