"""What all tests share: a data directory of their own, the servers found, and the shared cases."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from contracts import appendonly
from kpotracker.toolkit import doorbell
from tests import services

_DATA = Path(tempfile.mkdtemp(prefix="kpotracker-tests-"))
_LONG = (
    "tests/access/test_api_crawl.py",
    "tests/access/test_crawl.py",
    "tests/demo/test_story.py",
    "tests/feeds/test_undoing.py",
    "tests/realdata/",
    "tests/workers/",
)
_DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server", "admin_client"})


def pytest_configure(config: pytest.Config) -> None:
    """Keep what tests write, their SQLite file included, out of the checkout."""
    os.environ["DATA_DIR"] = str(_DATA)  # for the processes that tests start
    settings.DATA_DIR = _DATA
    settings.MEDIA_ROOT = _DATA / "files"
    settings.FILE_UPLOAD_TEMP_DIR = _DATA
    for name in ("READ", "WRITE", "EXPORT", "FAILED"):  # tests of limits state their own
        os.environ[f"API_RATE_{name}"] = "0"
        setattr(settings, f"API_RATE_{name}", None)
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in use: a shared database in memory knows neither WAL nor IMMEDIATE.
        database["NAME"] = str(_DATA / "kpotracker.sqlite3")
        database.setdefault("TEST", {})["NAME"] = str(_DATA / "test.sqlite3")


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_DATA, ignore_errors=True)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Files are named by their size: their bytes may hold the time at which they were made, and
    two workers have to find the same tests."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database, which the pass on PostgreSQL runs, and what takes long."""
    for item in items:
        if _touches_database(item):
            item.add_marker("database")
        if item.path.relative_to(services.ROOT).as_posix().startswith(_LONG):
            item.add_marker("slow")


def _touches_database(item: pytest.Item) -> bool:
    case = getattr(item, "cls", None)
    if isinstance(case, type) and issubclass(case, TransactionTestCase):
        return True
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & _DATABASE_FIXTURES)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; PostgreSQL drops it only once nobody, not even a thread of a live
    server that is still winding down, has a session on it."""
    with django_db_blocker.unblock():  # tests empty their tables; tests of the triggers set them
        appendonly.unguard(connection)
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The directory of shared cases and public data beside the checkout."""
    path = services.ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("../shared is not beside this checkout: its cases are not run")
    return path


@pytest.fixture(scope="session")
def _redis_child() -> Iterator[services.RedisChild | None]:
    with services.redis_child() as child:
        yield child


@pytest.fixture
def redis_server(_redis_child: services.RedisChild | None) -> Iterator[services.RedisChild]:
    """A Redis that the test may kill or freeze; the next test finds it running again."""
    if _redis_child is None:
        services.absent("redis-server is not installed")
    yield _redis_child
    if not services.answers("127.0.0.1", _redis_child.port):
        _redis_child.start()


@pytest.fixture
def redis_url(_redis_child: services.RedisChild | None) -> str:
    """The address of a real Redis, database 13."""
    url = _redis_child.url if _redis_child else services.redis_url()
    if url is None:
        services.absent("no redis-server is installed, and no Redis answers on 127.0.0.1:6379")
    return url


@pytest.fixture(autouse=True)
def _fresh_doorbell(monkeypatch: pytest.MonkeyPatch) -> None:
    """One test's dead Redis does not silence the next test's doorbell."""
    monkeypatch.setattr(doorbell, "_silence", doorbell._Silence())
