"""API keys: made, shown once, checked and revoked. Only the SHA-256 of a secret is kept.

A secret is ``kpo_`` and eight characters that tell keys apart (the prefix), an underscore, and
256 random bits. The hash needs no salt or stretching, as nobody can guess 256 bits. Making and
revoking are told of in the audit trail, by name, prefix and scopes.
"""

import hmac
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from contracts.models import ApiKey, Vendor
from contracts.services.writing import lock, save, writing
from kpotracker.toolkit.tokens import token_digest, token_new

USE_IS_NOTED_EVERY = timedelta(minutes=1)
_ALPHABET = string.ascii_lowercase + string.digits
_PREFIX_LENGTH = 12
_NOBODY = "0" * 64


class KeyRefusedError(Exception):
    """A secret that opens nothing; the message is safe to show and never holds the secret."""


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A key with its secret, which is nowhere else and cannot be shown again."""

    key: ApiKey
    secret: str


@sensitive_variables("secret", "key")
def apikey_create(
    *,
    name: str,
    scopes: Collection[str],
    vendor: Vendor | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key that works before ``expires_at``, in UTC, or until it is revoked.

    Raises ValidationError for an empty name, no scope or an unknown one, and an end in the past.
    """
    _check_scopes(scopes)
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError({"expires_at": "This day is over: name a later one, or none."})
    prefix = "kpo_" + "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH - 4))
    secret = f"{prefix}_{token_new()}"
    key = ApiKey(
        name=name,
        prefix=prefix,
        hash=token_digest(secret),
        scopes=sorted(set(scopes)),
        vendor=vendor,
        expires_at=expires_at,
    )
    with writing():
        save(key)
    return NewKey(key, secret)


def apikey_revoke(*, key: ApiKey, now: datetime) -> ApiKey:
    """End a key at once; a revoked one keeps the time of its first revocation."""
    with writing():
        lock(key)
        if key.revoked_at is None:
            key.revoked_at = now
            save(key, action="revoked")
    return key


def day_end(last: date) -> datetime:
    """The instant from which a key no longer works whose last day is ``last``, in UTC.

    Raises OverflowError for the last day of the calendar.
    """
    return datetime.combine(last + timedelta(days=1), time(tzinfo=UTC))


@sensitive_variables("secret", "found")
def apikey_of(*, secret: str, now: datetime) -> ApiKey:
    """The key that ``secret`` opens. Raises KeyRefusedError.

    Whoever does not hold the whole secret hears one sentence, whether the prefix exists or not.
    """
    prefix = secret[:_PREFIX_LENGTH]
    found = None
    if secret.isascii() and secret.isprintable():
        found = ApiKey.objects.select_related("vendor").filter(prefix=prefix).first()
    if (
        not hmac.compare_digest(token_digest(secret), found.hash if found else _NOBODY)
        or found is None
    ):
        raise KeyRefusedError("The API key is not valid.")
    if found.revoked_at is not None:
        raise KeyRefusedError(f"The API key was revoked on {found.revoked_at:%Y-%m-%d}.")
    if found.expires_at is not None and found.expires_at <= now:
        raise KeyRefusedError(f"The API key expired on {found.expires_at:%Y-%m-%d}.")
    return found


def apikey_note_use(*, key: ApiKey, now: datetime) -> None:
    """Remember that ``key`` was used: one write a minute at most, and none that fails a request."""
    if key.last_used_at is not None and now - key.last_used_at < USE_IS_NOTED_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    try:
        with transaction.atomic():
            ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    except DatabaseError:
        return  # a request is not refused because a note of it could not be made


def _check_scopes(scopes: Collection[str]) -> None:
    unknown = sorted(set(scopes) - set(ApiKey.Scope.values))
    if unknown or not scopes:
        known = ", ".join(ApiKey.Scope.values)
        said = f"scope {unknown[0]!r} is unknown" if unknown else "a key needs a scope"
        raise ValidationError({"scopes": f"{said}: use {known}"})
