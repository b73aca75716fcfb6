"""Finds the servers that tests use when they are there: PostgreSQL and Redis.

``python -m tests.services`` prints the DATABASE_URL of the second test pass when a PostgreSQL
answers, and exits with 1 when none does.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = os.environ.get("CI", "") == "true"

# One database per checkout, so that two checkouts on one machine can test at once.
_DATABASE = f"kpotracker_{zlib.crc32(str(ROOT).encode()):08x}"
POSTGRES_SERVER = os.environ.get("TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS_SERVER = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379/13")


def absent(reason: str) -> NoReturn:
    """Skip and say why, or fail where everything is required (CI=true)."""
    if REQUIRED:
        pytest.fail(f"CI=true requires it: {reason}")
    pytest.skip(reason)


def postgres_url() -> str | None:
    """The DATABASE_URL for tests, or None when no PostgreSQL answers."""
    try:
        psycopg.connect(f"{POSTGRES_SERVER}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return None
    return f"{POSTGRES_SERVER}/{_DATABASE}"


def free_port() -> int:
    """A TCP port on the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(host: str, port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


class RedisChild:
    """A Redis of our own that a test may stop, freeze and start again."""

    def __init__(self, directory: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/13"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self._directory,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(100):
            if answers("127.0.0.1", self.port):
                return
            time.sleep(0.05)
        raise TimeoutError(f"redis-server did not listen on port {self.port} within 5 s")

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def redis_child() -> Iterator[RedisChild | None]:
    """A running Redis child, or None where redis-server is not installed."""
    if shutil.which("redis-server") is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="kpotracker-redis-") as directory:
        child = RedisChild(directory)
        child.start()
        try:
            yield child
        finally:
            child.kill()


def redis_url() -> str | None:
    """The Redis that runs on this machine already, in a database of its own."""
    parts = urlsplit(REDIS_SERVER)
    there = answers(parts.hostname or "127.0.0.1", parts.port or 6379)
    return REDIS_SERVER if there else None


def main() -> int:
    """Print the second pass's DATABASE_URL; 1 when there is no PostgreSQL, 2 when CI needs one."""
    url = postgres_url()
    if url:
        print(url)
        return 0
    return 2 if REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
