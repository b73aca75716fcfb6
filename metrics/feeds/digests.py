"""The digest that tells one version of a mapping from another."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def mapping_digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a mapping's meaning: the order of keys does not matter."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
