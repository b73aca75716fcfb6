"""What every way out shares: what is handed to it, how it fails, and how it posts JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from kpotracker.toolkit import outgoing
from kpotracker.toolkit.addresses import ForbiddenAddressError
from metrics.alerts.rendering import Content

_GONE = 410
_LIMITS = outgoing.Limits(total_s=15, body_bytes=64 * 1024)


class SendError(Exception):
    """A receiver did not take a message; the text holds no secret.

    ``wait_s``: what it asked us to wait; ``is_final``: trying again is of no use.
    """

    def __init__(self, text: str, *, wait_s: float | None = None, is_final: bool = False) -> None:
        super().__init__(text)
        self.wait_s, self.is_final = wait_s, is_final


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message for one way out; ``key`` is the same for every try of it."""

    key: str
    secret: Mapping[str, Any]
    content: Content
    now: datetime


def post_json(url: str, body: object, headers: Mapping[str, str] | None = None) -> str:
    """POST ``body`` as JSON through the safe client. Raises SendError unless it answers 2xx."""
    return post(url, json.dumps(body, ensure_ascii=False).encode(), headers)


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> str:
    """POST JSON that is written out already."""
    given = {"Content-Type": "application/json", **(headers or {})}
    try:
        answer = outgoing.call("POST", url, body=body, headers=given, limits=_LIMITS)
    except (outgoing.OutgoingError, ForbiddenAddressError) as error:
        raise SendError(str(error)) from None
    host = urlsplit(answer.url).hostname
    if not answer.is_success:
        raise SendError(
            f"{host} answered {answer.status}",
            wait_s=seconds(answer.headers.get("Retry-After", "")),
            is_final=answer.status == _GONE,
        )
    return f"{host} answered {answer.status}"


def seconds(text: str) -> float | None:
    """A Retry-After in seconds; None for a date, which our own pause serves as well."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
