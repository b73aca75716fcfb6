"""API keys as Bearer, X-Api-Key or Basic, and what each may do.

A request that states a key is judged by that key alone: a wrong one is 401 even beside a valid
session.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
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
from contracts.selectors.duties import Duty, scopes_with
from contracts.selectors.scope import Scope, visible_to, visible_to_key
from contracts.services.apikeys import KeyRefusedError, apikey_note_use, apikey_of
from kpotracker.toolkit.problems import RefusedError

if TYPE_CHECKING:  # the framework's views load this module while they are being loaded
    from rest_framework.views import APIView

_CHALLENGE = 'Bearer realm="kpotracker", Basic realm="kpotracker", charset="UTF-8"'
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Stands for the user of a request that a key opened; it is nobody in particular.

    ``name``: as trails and delivery papers tell of it, never a secret.
    """

    name: str
    pk: None = None
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    is_staff: bool = False

    def __str__(self) -> str:
        return self.name


class KeyAuthentication(BaseAuthentication):
    """Reads the key of a request; ``request.auth`` is the ApiKey."""

    @sensitive_variables("secret")
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
        return KeyHolder(key.told_as), key

    def authenticate_header(self, request: Request) -> str:
        return _CHALLENGE


class DeclaredScope(BasePermission):
    """A key needs a scope the view accepts for the method; people who signed in may read.

    A view states ``scopes``: {method: scopes of which one is enough}, and may state ``duties``:
    {method: duties of which one is needed besides}. A method without scopes is closed to keys, and
    a method that writes is closed to sessions.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return self._admitted(request, view) and self._on_duty(request, view)

    def _on_duty(self, request: Request, view: "APIView") -> bool:
        needed = getattr(view, "duties", {}).get(_as_get(str(request.method)), ())
        if needed:
            refuse_without(scope_of(request), *needed)
        return True

    def _admitted(self, request: Request, view: "APIView") -> bool:
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


def refuse_without(scope: Scope, *duties: Duty) -> None:
    """Raises RefusedError 403 unless the sender holds one of ``duties``."""
    if not scope.may(*duties):
        raise RefusedError(HTTPStatus.FORBIDDEN, _who_may(scope, duties))


def _who_may(scope: Scope, duties: Iterable[Duty]) -> str:
    """Who may do what needs one of ``duties``, told to somebody who may not."""
    here, there = (
        scopes_with(duties, is_internal=side) for side in (scope.is_internal, not scope.is_internal)
    )
    if not here and there:
        return _of_the_other_side(scope)
    if scope.key is None:
        return "Your role may not do this: ask an administrator."
    if not here:
        return "No key may do this: it takes a person who signed in."
    return f"This key may not do this: it needs the scope {' or '.join(here)}."


def _of_the_other_side(scope: Scope) -> str:
    if scope.is_internal:
        return "This is the vendor's to do."
    way_out = ": use a key that names no vendor" if scope.key else ""
    return f"This is the buyer's to do{way_out}."


def sender_of(request: Request) -> str:
    """Who sends, for a delivery's papers; never a secret."""
    return str(request.user)


def _accepted(scopes: Mapping[str, Sequence[str]], method: str) -> list[str]:
    if method == "OPTIONS":
        return sorted({scope for accepted in scopes.values() for scope in accepted})
    return list(scopes.get(_as_get(method), ()))


def _as_get(method: str) -> str:
    return "GET" if method == "HEAD" else method


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
