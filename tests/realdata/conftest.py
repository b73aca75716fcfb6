"""A database that keeps what one module loads: each large file is read once, not once a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from tests.realdata.running import data_at


@pytest.fixture(scope="session")
def data(shared: Path) -> Path:
    """The public data beside the checkout."""
    return data_at(shared)


@pytest.fixture(scope="module")
def loading(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written before the first test stays for all tests of the module, and no longer."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)
