"""Secrets that must be read again, such as addresses of webhooks: encrypted where they are kept.

The key is ALERTS_KEY where it is set, or else SECRET_KEY; what former keys encrypted is still
read. What needs only to be recognised (API keys, invitations) is hashed, and not kept here.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"kpotracker secrets at rest"


class UnreadableSecretError(Exception):
    """A secret that no key of this installation opens: it has to be entered again."""


def sealed(values: Mapping[str, Any]) -> str:
    """``values`` encrypted, as text for a column."""
    return _keys().encrypt(json.dumps(dict(values)).encode()).decode("ascii")


def opened(token: str) -> dict[str, Any]:
    """What ``sealed`` was given. Raises UnreadableSecretError."""
    try:
        found: dict[str, Any] = json.loads(_keys().decrypt(token.encode("ascii")))
    except (InvalidToken, UnicodeEncodeError):
        raise UnreadableSecretError(
            "its secret was encrypted with a key that is gone: enter it again"
        ) from None
    return found


def resealed(token: str) -> str:
    """The same secret under the key in use now. Raises UnreadableSecretError."""
    return sealed(opened(token))


def _keys() -> MultiFernet:
    written = [settings.ALERTS_KEY, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in written if key])


def _derived(key: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))
