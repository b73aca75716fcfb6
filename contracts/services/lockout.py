"""Guessing passwords: a few wrong ones lock the name, more of them the address, for a while.

A guess is counted before the next one of the same name or address is looked at, so that many at
once are no better than one after the other.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from contracts.models import User
from contracts.services.auditing import audit
from contracts.services.writing import writing

_LOCK_OF_NAME: Final = 7_305_003
_LOCK_OF_ADDRESS: Final = 7_305_004


class Handler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts by name and by address, each against its own limit."""

    def get_failures(self, request: HttpRequest, credentials: Any = None) -> int:
        """Failures against the limit of a name; those of an address are scaled to it, as many
        people may share one."""
        by_name, by_address = map(_failures, self.get_user_attempts(request, credentials))
        scaled = by_address * settings.AXES_FAILURE_LIMIT // settings.FAILURES_OF_ADDRESS
        return max(by_name, scaled)

    def reset_user_attempts(self, request: HttpRequest, credentials: Any = None) -> int:
        """Forget the failures of the name that signed in, not those of its address: otherwise
        whoever has one account could go on guessing at another."""
        by_name, _ = self.filter_user_attempts(request, credentials)
        deleted: int = by_name.delete()[0]
        return deleted


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy it is what that proxy itself wrote last into
    X-Forwarded-For; otherwise the header is anybody's and means nothing."""
    if settings.BEHIND_PROXY:
        last = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if written := _without_port(last):
            return written
    return str(request.META.get("REMOTE_ADDR", ""))


def _without_port(text: str) -> str:
    """The address in ``192.0.2.7:443``, ``[2001:db8::1]:443`` or either alone; else ""."""
    host, _, port = text.rpartition(":")
    for candidate in (text, host if port.isdigit() else ""):
        try:
            return str(ip_address(candidate.removeprefix("[").removesuffix("]")))
        except ValueError:
            continue
    return ""


@contextmanager
def one_guess_at_a_time(username: str, address: str) -> Iterator[None]:
    """A transaction in which nobody else checks a password of this name or from this address.

    SQLite has one writer at a time anyway.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _lock(_LOCK_OF_NAME, username)
            _lock(_LOCK_OF_ADDRESS, address)
        yield


def locked_until(username: str, address: str, now: datetime) -> datetime | None:
    """When the lock on this name or address ends; None where there is none."""
    since = now - _pause()
    attempts = AccessAttempt.objects.filter(attempt_time__gte=since)
    limits = (
        (attempts.filter(username=username), settings.AXES_FAILURE_LIMIT),
        (attempts.filter(ip_address=address), settings.FAILURES_OF_ADDRESS),
    )
    ends = (
        _end(found.values_list("attempt_time", "failures_since_start"), n) for found, n in limits
    )
    return max((end for end in ends if end), default=None)


def locked_names(names: Iterable[str], now: datetime) -> set[str]:
    """Which of these names are locked, in one query."""
    attempts = AccessAttempt.objects.filter(
        username__in=list(names), attempt_time__gte=now - _pause()
    )
    counted = attempts.values("username").annotate(failures=Sum("failures_since_start"))
    over = counted.filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    return set(over.order_by().values_list("username", flat=True))


def person_unlock(*, person: User) -> int:
    """Let somebody try again at once; returns how many failures were forgotten."""
    with writing():
        forgotten: int = AccessAttempt.objects.filter(username=person.username).delete()[0]
        if forgotten:
            audit(action="unlocked", instance=person)
    return forgotten


def _failures(attempts: QuerySet[Any]) -> int:
    return attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0


def _end(attempts: Iterable[tuple[datetime, int]], limit: int) -> datetime | None:
    """When enough of the failures are past for fewer than ``limit`` to count."""
    found = sorted(attempts)
    left = sum(failures for _, failures in found)
    if left < limit:
        return None
    for at, failures in found:
        left -= failures
        if left < limit:
            return at + _pause()
    return None


def _pause() -> timedelta:
    pause: timedelta = settings.AXES_COOLOFF_TIME
    return pause


def _lock(kind: int, text: str) -> None:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, number])
