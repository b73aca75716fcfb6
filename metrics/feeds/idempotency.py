"""One effect for each Idempotency-Key, and the same reply however often it is sent.

A key is claimed in a transaction of its own, so that a second request sees it in flight; the
reply is kept in the transaction of the effect, so that neither is there without the other.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from contracts.models import ApiKey
from kpotracker.toolkit.dbclock import clock, now
from metrics.models import Feed, IdempotentRequest

KEPT = timedelta(days=7)
LEASE = timedelta(seconds=60)


class OtherBodyError(Exception):
    """The key was used for another request."""


class InFlightError(Exception):
    """The same request is being worked on."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, a JSON body and headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do what the request asks, until the lease runs out."""

    pk: int
    fence: int


Effect = Callable[[Callable[[Reply], None]], Reply]


def replied_once(
    *, api_key: ApiKey, feed: Feed, key: str, digest: str, do: Effect
) -> tuple[Reply, bool]:
    """The reply to a request and whether it was given before.

    ``do`` has the effect; it is handed a function to call with the reply, last in the transaction
    of the effect. Raises OtherBodyError, InFlightError and whatever ``do`` raises, which leaves
    the key free.
    """
    found = _claimed(api_key, feed, key, digest)
    if isinstance(found, Reply):
        return found, True
    with _released(found):
        return do(lambda reply: _keep(found, reply)), False


def replies_forget(as_of: datetime) -> int:
    """Remove replies that are older than they are kept; how many there were."""
    deleted, _ = IdempotentRequest.objects.filter(created_at__lte=as_of - KEPT).delete()
    return deleted


@transaction.atomic
def _claimed(api_key: ApiKey, feed: Feed, key: str, digest: str) -> Claim | Reply:
    same = IdempotentRequest.objects.filter(api_key=api_key, feed=feed, key=key)
    same.filter(created_at__lte=now() - KEPT).delete()
    row, is_new = IdempotentRequest.objects.get_or_create(
        api_key=api_key,
        feed=feed,
        key=key,
        defaults={"digest": digest, "lease_until": clock() + LEASE},
    )
    if is_new:
        return Claim(row.pk, row.fence)
    if row.digest != digest:
        raise OtherBodyError
    return Reply(**json.loads(row.reply)) if row.reply else _taken_over(row)


def _taken_over(row: IdempotentRequest) -> Claim:
    """The claim of a request whose process is gone."""
    stranded = IdempotentRequest.objects.filter(
        pk=row.pk, fence=row.fence, reply="", lease_until__lte=clock()
    )
    if not stranded.update(fence=F("fence") + 1, lease_until=clock() + LEASE):
        raise InFlightError
    return Claim(row.pk, row.fence + 1)


def _keep(claim: Claim, reply: Reply) -> None:
    mine = IdempotentRequest.objects.filter(pk=claim.pk, fence=claim.fence, reply="")
    if not mine.update(reply=json.dumps(asdict(reply))):
        raise InFlightError


@contextmanager
def _released(claim: Claim) -> Iterator[None]:
    """Frees the key of a request that had no effect, so that it may be sent again at once."""
    try:
        yield
    except Exception:
        IdempotentRequest.objects.filter(pk=claim.pk, fence=claim.fence, reply="").delete()
        raise
