"""API keys as Bearer, X-Api-Key or Basic, and what each may do.

A request that states a key is judged by that key alone: a wrong one is 401 even beside a valid
session.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from contracts.models import ApiKey
from contracts.selectors.scope import Scope, visible_to, visible_to_key
from contracts.services.apikeys import KeyRefusedError, apikey_note_use, apikey_of
from kpotracker.toolkit.problems import RefusedError

if TYPE_CHECKING:  # the framework's views load this module while they are being loaded
    from rest_framework.views import APIView

_CHALLENGE = 'Bearer realm="kpotracker", Basic realm="kpotracker", charset="UTF-8"'
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Stands for the user of a request that a key opened; it is nobody in particular."""

    name: str
    pk: None = None
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    is_staff: bool = False


class KeyAuthentication(BaseAuthentication):
    """Reads the key of a request; ``request.auth`` is the ApiKey."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        secret = _stated_secret(request)
        if secret is None:
            return None
        now = timezone.now()
        try:
            key = apikey_of(secret=secret, now=now)
        except KeyRefusedError as refusal:
            raise AuthenticationFailed(str(refusal)) from None
        apikey_note_use(key=key, now=now)
        return KeyHolder(key.name), key

    def authenticate_header(self, request: Request) -> str:
        return _CHALLENGE


class DeclaredScope(BasePermission):
    """A key needs a scope the view accepts for the method; people who signed in may read.

    A view states ``scopes``: {method: scopes of which one is enough}. A method it does not name
    is closed to keys, and a method that writes is closed to sessions.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiKey):
            return self._session(request)
        accepted = _accepted(getattr(view, "scopes", {}), str(request.method))
        if not set(accepted) & set(request.auth.scopes):
            wanted = " or ".join(accepted) or "another"
            raise RefusedError(
                HTTPStatus.FORBIDDEN, f"This key may not do this: it needs the scope {wanted}."
            )
        return True

    def _session(self, request: Request) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method not in SAFE_METHODS:
            raise RefusedError(
                HTTPStatus.FORBIDDEN, "A signed-in person may only read here: use an API key."
            )
        return True


def scope_of(request: Request) -> Scope:
    """Whose records the sender may see."""
    if isinstance(request.auth, ApiKey):
        return visible_to_key(request.auth)
    return visible_to(request.user)


def sender_of(request: Request) -> str:
    """Who sends, for a delivery's papers; never a secret."""
    if isinstance(request.auth, ApiKey):
        return f"key {request.auth.name} ({request.auth.prefix})"
    return str(request.user)


def _accepted(scopes: Mapping[str, Sequence[str]], method: str) -> list[str]:
    if method == "OPTIONS":
        return sorted({scope for accepted in scopes.values() for scope in accepted})
    return list(scopes.get("GET" if method == "HEAD" else method, ()))


@sensitive_variables()
def _stated_secret(request: Request) -> str | None:
    header = get_authorization_header(request)
    direct = request.headers.get("X-Api-Key")
    if not header:
        return direct
    if direct is not None:
        raise AuthenticationFailed("The request states two keys: send one of the headers.")
    scheme, _, credentials = header.partition(b" ")
    if len(header) > _LONGEST:
        raise AuthenticationFailed("The Authorization header is too long for a key.")
    if scheme.lower() == b"bearer":
        return credentials.strip().decode("latin-1")
    if scheme.lower() == b"basic":
        return _of_basic(credentials.strip())
    raise AuthenticationFailed("Authorization takes Bearer or Basic with an API key.")


@sensitive_variables()
def _of_basic(credentials: bytes) -> str:
    """The password; the user name has to be the key's prefix."""
    try:
        user, _, secret = b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (ValueError, binascii.Error):
        raise AuthenticationFailed("Basic needs base64 of prefix:secret.") from None
    if not secret.startswith(f"{user}_"):
        raise AuthenticationFailed("Basic takes the key's prefix as user, the key as password.")
    return secret
