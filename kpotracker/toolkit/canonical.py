"""One text for the same JSON values, however their keys are ordered, and its digest."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def body_digest(body: Mapping[str, Any]) -> str:
    """The SHA-256 of a body of plain JSON values."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
