"""How many requests a sender may make in a window of time, and how many of them are left.

A window begins with a sender's first request and holds a fixed number of them. Redis counts where
there is one, in one atomic script, so that many requests at once and many processes are counted
exactly; otherwise each process counts for itself. Where Redis is away nobody is refused: limits
protect the installation, and must not be what takes it down.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from threading import Lock
from typing import Any, Final

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 0.25
SILENCE_S: Final = 5.0
_MOST_WINDOWS: Final = 10_000
_COUNT: Final = """
local used = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {used, left}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many ``requests`` in a window of ``seconds``."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a sender stands under the policy ``name``: ``used`` requests of the ``rate``, this one
    included, in a window that ends in ``reset_s`` seconds."""

    name: str
    rate: Rate
    used: int
    reset_s: int

    @property
    def is_over(self) -> bool:
        return self.used > self.rate.requests

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 writes them."""
        left = max(0, self.rate.requests - self.used)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.rate.requests};w={self.rate.seconds}',
            "RateLimit": f'"{self.name}";r={left};t={self.reset_s}',
        }


class LocalWindows:
    """The windows of this process. ``clock``: seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def count(self, key: str, seconds: int) -> tuple[int, float]:
        """(requests in this window, seconds left of it), this request included."""
        now = self._clock()
        with self._lock:
            ends, used = self._windows.get(key, (0.0, 0))
            if ends <= now:
                self._make_room(now)
                ends, used = now + seconds, 0
            self._windows[key] = (ends, used + 1)
        return used + 1, ends - now

    def _make_room(self, now: float) -> None:
        if len(self._windows) >= _MOST_WINDOWS:
            self._windows = {key: one for key, one in self._windows.items() if one[0] > now}
        if len(self._windows) >= _MOST_WINDOWS:  # all of them still run: the one that ends first
            del self._windows[min(self._windows, key=lambda key: self._windows[key])]


class RedisWindows:
    """The windows that all processes share; asked no more for a while after Redis failed."""

    def __init__(self, url: str) -> None:
        client = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = client.register_script(_COUNT)
        self._silent_until, self._is_away = 0.0, False

    def count(self, key: str, seconds: int) -> tuple[int, float] | None:
        """As LocalWindows, or None while Redis is away."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            used, left_ms = self._script(keys=[key], args=[seconds * 1000])
        except RedisError as error:
            self._note_away(error)
            return None
        self._note_back()
        return int(used), int(left_ms) / 1000

    def _note_away(self, error: RedisError) -> None:
        if not self._is_away:
            logger.warning("Requests are not limited while Redis is away: %s", error)
        self._is_away, self._silent_until = True, time.monotonic() + SILENCE_S

    def _note_back(self) -> None:
        if self._is_away:
            logger.warning("Requests are limited again.")
        self._is_away = False


def rate_of(name: str) -> Rate | None:
    """The rate that API_RATE_<name> states; None where it is off."""
    stated: tuple[int, int] | None = getattr(settings, f"API_RATE_{name.upper()}")
    return Rate(*stated) if stated else None


def counted(name: str, who: str) -> Standing | None:
    """Count a request of ``who`` under the policy ``name``; None where nothing is limited."""
    rate = rate_of(name)
    if rate is None:
        return None
    found = _windows().count(f"kpotracker:rate:{name}:{who}", rate.seconds)
    return Standing(name, rate, found[0], max(1, ceil(found[1]))) if found else None


def _windows() -> Any:
    return _shared(settings.REDIS_URL) if settings.REDIS_URL else _local


@lru_cache(maxsize=4)
def _shared(url: str) -> RedisWindows:
    return RedisWindows(url)


_local = LocalWindows()
