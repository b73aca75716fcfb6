"""gunicorn's access log without the secrets that some addresses hold."""

import re
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

# Links of invitations, shared scorecards and calendars: one long unguessable part of the path.
_SECRET = re.compile(r"(?<=/)[A-Za-z0-9_:-]{32,}(?=[/.?\s]|$)")
_NAMED = ("r", "U", "f")  # request line, path, referrer
MASK = "<secret>"


class AccessLog(Logger):  # type: ignore[misc]
    """``gunicorn --logger-class kpotracker.accesslog.AccessLog``."""

    def atoms(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta
    ) -> dict[str, Any]:
        """What a line may name, with secrets masked."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return found | {name: masked(str(found[name])) for name in _NAMED}


def masked(text: str) -> str:
    """``text`` with every part of a path that is long enough to be a secret taken out."""
    return _SECRET.sub(MASK, text)
