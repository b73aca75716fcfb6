"""The kinds of request about cases that a second person decides."""

from contracts.services.approvals import decision_register
from metrics.casework import relief, waivers


def decisions_register() -> None:
    """Called once, when the application starts."""
    decision_register(waivers.KIND, waivers.WAIVER)
    decision_register(relief.KIND, relief.RELIEF)
