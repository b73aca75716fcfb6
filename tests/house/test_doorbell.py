"""The doorbell rings through a real Redis, and never costs more than a moment."""

import json
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from pytest_django import Settings
from redis import Redis

from kpotracker.toolkit import doorbell
from tests.services import RedisChild, free_port

SWEEP = "metrics.tasks.sweep"


@pytest.fixture
def queue(redis_url: str, settings: Settings) -> Iterator["Redis"]:
    """The emptied Redis that the doorbell rings through."""
    settings.REDIS_URL = redis_url
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


@pytest.mark.django_db(transaction=True)
def test_a_ring_reaches_the_queue_when_the_transaction_commits(queue: "Redis") -> None:
    with transaction.atomic():
        doorbell.ring(SWEEP, 7, "north")
        assert queue.llen("celery") == 0
    message = json.loads(queue.lindex("celery", 0))
    assert message["headers"]["task"] == SWEEP
    assert message["content-type"] == "application/json"
    assert queue.llen("celery") == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_does_not_ring(queue: "Redis") -> None:
    with transaction.atomic():
        doorbell.ring(SWEEP)
        transaction.set_rollback(True)
    assert queue.llen("celery") == 0


@pytest.mark.django_db(transaction=True)
def test_without_redis_nothing_is_sent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = ""
    sent: list[object] = []
    monkeypatch.setattr(doorbell, "_publish", lambda *args: sent.append(args))
    doorbell.ring(SWEEP)
    assert not doorbell.enabled()
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_a_killed_redis_is_not_noticed_by_the_caller(
    queue: "Redis", redis_server: RedisChild, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.kill()
    with within(1.5):
        doorbell.ring(SWEEP)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.django_db(transaction=True)
def test_a_frozen_redis_costs_a_second_once(
    queue: "Redis", redis_server: RedisChild, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.signal(signal.SIGSTOP)
    try:
        with within(1.5):
            doorbell.ring(SWEEP)
        with within(0.1):
            doorbell.ring(SWEEP)
    finally:
        redis_server.signal(signal.SIGCONT)
    assert len(caplog.records) == 1


@pytest.mark.django_db(transaction=True)
def test_the_doorbell_rings_again_when_redis_is_back(
    redis_server: RedisChild, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorbell, "SILENCE_S", 0.0)
    settings.REDIS_URL = redis_server.url
    redis_server.kill()
    doorbell.ring(SWEEP)
    redis_server.start()
    doorbell.ring(SWEEP)
    with Redis.from_url(redis_server.url) as client:
        assert client.llen("celery") == 1


def test_a_broker_that_fails_would_raise_without_the_guard(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/13"
    with pytest.raises(Exception, match="Connection refused"):
        doorbell._publish(SWEEP, ())


def test_repeated_failures_are_logged_once_until_it_works_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(doorbell, "SILENCE_S", 0.0)
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/13"
    for _ in range(3):
        doorbell._send(SWEEP, ())
    assert len(caplog.records) == 1
    monkeypatch.setattr(doorbell, "_publish", lambda *args: None)
    doorbell._send(SWEEP, ())
    doorbell._send(SWEEP, ())
    assert [record.getMessage() for record in caplog.records][1:] == [
        "Workers are told of new work again."
    ]
