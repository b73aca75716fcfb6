"""The migrations are the models."""

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import CharField


def pending() -> str:
    """What makemigrations would write; empty when the migrations are complete."""
    out = io.StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=out)
    except SystemExit:
        return out.getvalue()
    return ""


@pytest.mark.django_db
def test_no_model_has_changed_without_its_migration() -> None:
    assert pending() == ""


@pytest.mark.django_db
def test_a_model_that_changed_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.models import Vendor

    field = next(each for each in Vendor._meta.fields if isinstance(each, CharField))
    monkeypatch.setattr(field, "max_length", 77)
    assert field.name in pending()


@pytest.mark.django_db(transaction=True)
def test_the_embedded_database_runs_as_the_settings_say() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("pragmas are SQLite's")
    with connection.cursor() as cursor:
        found = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert found == ["wal", 1, 1]
