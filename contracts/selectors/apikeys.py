"""Keys of programs as administrators see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from contracts.models import ApiKey
from contracts.selectors.scope import Scope
from contracts.selectors.visibility import visible

ENDS_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A line of the list of keys. ``state``: valid, ending, expired or revoked; ``last_day``: in
    UTC, of a key that ends by itself."""

    key: ApiKey
    scopes: str
    state: str
    last_day: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it still opens something, so that it can be revoked."""
        return self.state in {"valid", "ending"}


def apikeys_list(scope: Scope) -> QuerySet[ApiKey]:
    """Every key with its vendor: those in use first, newest first among them."""
    keys = visible(ApiKey, scope).select_related("vendor")
    return keys.order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "-pk")


def key_rows(keys: Iterable[ApiKey], now: datetime) -> list[KeyRow]:
    """Lines for ``keys`` as they stand at ``now``."""
    return [_row(key, now) for key in keys]


def _row(key: ApiKey, now: datetime) -> KeyRow:
    labels = [ApiKey.Scope(scope).label for scope in key.scopes if scope in ApiKey.Scope.values]
    last = key.expires_at - timedelta(microseconds=1) if key.expires_at else None
    return KeyRow(key, ", ".join(labels), _state(key, now), last)


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "valid"
    if key.expires_at <= now:
        return "expired"
    return "ending" if key.expires_at - now <= ENDS_SOON else "valid"
