"""Tells workers that there is something to look at; losing a ring costs seconds, never data.

The database owns the work, and the sweep finds what nobody rang for. A ring is therefore
allowed to fail: it waits at most a second for Redis, and after a failure stays silent for a
while, so that requests do not queue behind a broker that is away.
"""

import logging
import time
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

TIMEOUT_S = 1.0
SILENCE_S = 5.0

_TRANSPORT = {
    "socket_timeout": TIMEOUT_S,
    "socket_connect_timeout": TIMEOUT_S,
    "retry_on_timeout": False,
    "max_retries": 0,
}


class _Silence:
    """Until when nobody rings after a failure, on the monotonic clock of this process."""

    def __init__(self) -> None:
        self._until = 0.0
        self._broken = False

    @property
    def holds(self) -> bool:
        return time.monotonic() < self._until

    def begin(self, error: Exception) -> None:
        """Start a silence; the first of a row of failures is logged, the others are not."""
        if not self._broken:
            logger.warning("Workers are not told of new work, the sweep finds it: %s", error)
        self._broken = True
        self._until = time.monotonic() + SILENCE_S

    def end(self) -> None:
        if self._broken:
            logger.warning("Workers are told of new work again.")
        self._broken = False
        self._until = 0.0


_silence = _Silence()


def enabled() -> bool:
    """Whether there is a Redis to ring through; otherwise callers do the work in process."""
    return bool(settings.REDIS_URL)


def ring(task_path: str, *args: Any) -> None:
    """Once the transaction has committed, tell a worker to run ``task_path`` with ``args``.

    Does nothing without REDIS_URL, and raises nothing: the work is a committed row already.
    """
    if enabled():
        transaction.on_commit(lambda: _send(task_path, args), robust=True)


def _send(task_path: str, args: tuple[Any, ...]) -> None:
    if _silence.holds:
        return
    try:
        _publish(task_path, args)
    except Exception as error:  # whatever the broker does, the work is committed already
        _silence.begin(error)
    else:
        _silence.end()


def _publish(task_path: str, args: tuple[Any, ...]) -> None:
    app: Celery = import_string(settings.CELERY_APP)
    with app.connection(settings.REDIS_URL, transport_options=_TRANSPORT) as connection:
        app.send_task(task_path, args=args, connection=connection, retry=False, ignore_result=True)
