"""Everything that alerts do, in order: note what happened, tell whom, group it, send it."""

from collections.abc import Callable
from datetime import datetime

from kpotracker.toolkit import doorbell
from metrics.alerts.bundling import deliveries_bundle
from metrics.alerts.escalating import escalations_note
from metrics.alerts.fanout import events_fan_out
from metrics.alerts.reminders import reminders_note
from metrics.alerts.sending import messages_send
from metrics.alerts.transitions import transitions_note
from metrics.alerts.warnings import warnings_note

TASK = "metrics.tasks.alerts"


def alerts_run(as_of: datetime) -> int:
    """Do all that is due; returns how many tries to send were made. May run in many workers."""
    alerts_note(as_of)
    while deliveries_bundle(now=as_of):
        pass
    return messages_send()


def alerts_note(as_of: datetime) -> None:
    """Note what happened and put it on people's lists; nothing leaves the installation."""
    _all(transitions_note)
    warnings_note(now=as_of)
    reminders_note(now=as_of)
    _all(lambda: escalations_note(now=as_of))
    _all(lambda: events_fan_out(now=as_of))


def alerts_ring() -> None:
    """Tell workers, once the transaction has committed, that there may be something to tell."""
    doorbell.ring(TASK)


def _all(step: Callable[[], int]) -> None:
    while step():
        pass
