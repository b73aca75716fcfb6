"""Asking an address, and what it answers, without leaving a trace."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.test import Client

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"')
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    moved: str = ""
    error: str = ""

    def holds(self, mark: str) -> bool:
        return mark.encode() in self.body.lower()


def ask(client: Client, method: str, path: str, body: bytes = b"", kind: str = FORM) -> Answer:
    """What the address answers; neither session nor database remember that it was asked."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.generic(method, path, body, content_type=kind)
        found = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    client.cookies = cookies
    plain = _TOKEN.sub(b"", found).replace(path.encode(), b"")
    kind_of, error, _ = getattr(response, "exc_info", None) or (None, None, None)
    said = f"{kind_of.__name__}: {error}" if kind_of else ""
    return Answer(response.status_code, plain, response.headers.get("Location", ""), said)
