"""What goes on beside reading and evaluating: done by every sweep, each chore on its own.

A chore takes the instant it is done at, finds its own work in the database, and may run in
several workers at once. One that fails leaves the others to go on and is tried by the next sweep.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from contracts.services.sealing import audit_seal
from kpotracker.toolkit.tabular.madefiles import files_forget
from metrics.alerts.mailings import mailings_queue
from metrics.alerts.work import alerts_run
from metrics.closing.steps import closes_deem
from metrics.feeds.idempotency import replies_forget

logger = logging.getLogger(__name__)

Chore = Callable[[datetime], object]

CHORES: Mapping[str, Chore] = {
    "audit chain": lambda _: audit_seal(),
    "deemed acceptance": closes_deem,
    "alerts": alerts_run,
    "scorecards by mail": mailings_queue,
    "replies to requests with a key": replies_forget,
    "files made for programs": files_forget,
}


def chores_run(*, as_of: datetime) -> list[str]:
    """Do every chore; returns the names of those that failed, which are logged."""
    return [name for name, chore in CHORES.items() if not _done(name, chore, as_of)]


def _done(name: str, chore: Chore, as_of: datetime) -> bool:
    try:
        chore(as_of)
    except Exception:
        logger.exception("The chore '%s' failed; the next sweep tries it again.", name)
        return False
    return True
