"""Secrets that are shown once and recognised ever after by their SHA-256: keys, links, invitations.

256 random bits need no salt and no stretching, as nobody can guess them.
"""

import hashlib
import secrets

from django.views.decorators.debug import sensitive_variables

_BYTES = 32


def token_new() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(_BYTES)


@sensitive_variables("token")
def token_digest(token: str) -> str:
    """What is kept of a token, and looked up; any text has one, also what nobody was given."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
