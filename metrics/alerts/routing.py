"""Who is told of what: rules over plain facts, without the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.models import User
from metrics.models import AlertEvent, AlertMute, AlertSubscription
from metrics.models.alerts import SEVERITIES

Kind = AlertEvent.Kind
Role = User.Role


@dataclass(frozen=True, slots=True)
class Default:
    """What a role is told of on the pages without subscribing; of cases from a severity on."""

    kinds: frozenset[str]
    least_severity: str = "minor"
    escalate_after_hours: int | None = None


_EVERYTHING = frozenset(Kind.values) - {Kind.TEST, Kind.ESCALATION}
DEFAULTS: Final[Mapping[str, Default]] = {
    Role.ADMINISTRATOR: Default(_EVERYTHING - {Kind.ENTRY, Kind.AT_RISK}, "major"),
    Role.PROCUREMENT: Default(_EVERYTHING - {Kind.ENTRY, Kind.OVERDUE}, "minor", 48),
    Role.OPERATIONS: Default(_EVERYTHING - {Kind.DATE}, "minor", 48),
    Role.COMPLIANCE: Default(frozenset({Kind.BREACH, Kind.APPROVAL, Kind.DATE}), "critical"),
    Role.ANALYST: Default(frozenset({Kind.BREACH}), "critical"),
    Role.VENDOR: Default(
        frozenset({Kind.BREACH, Kind.AT_RISK, Kind.OVERDUE, Kind.ENTRY, Kind.CLOSE})
    ),
}
NOTHING: Final = Default(frozenset())
# Whom the n-th escalation of a case reaches by role, beside the deputies of those told first.
ESCALATES_TO: Final = {1: Role.PROCUREMENT, 2: Role.ADMINISTRATOR}

# What a case's severity says nothing about is told to everybody who wants its kind.
_GRADED = frozenset({Kind.BREACH})


def wanted_by_default(event: AlertEvent, role: str) -> bool:
    """Whether ``event`` goes to the pages of everybody with ``role``."""
    default = DEFAULTS.get(role, NOTHING)
    return event.kind in default.kinds and _severe_enough(event, default.least_severity)


def wanted(event: AlertEvent, line: AlertSubscription) -> bool:
    """Whether a subscription asks for ``event``."""
    if event.kind not in line.kinds or not _severe_enough(event, line.least_severity):
        return False
    if line.states and event.kind == Kind.BREACH and event.facts.get("state") not in line.states:
        return False
    if line.vendor_id and line.vendor_id != event.vendor_id:
        return False
    return not line.contract_id or line.contract_id == event.contract_id


def muted(event: AlertEvent, mutes: Iterable[AlertMute], *, user_id: int | None) -> str:
    """Why ``event`` is held back from the person (None: a channel for everybody); else empty."""
    for mute in mutes:
        concerns = mute.owner_id is None or mute.owner_id == user_id
        if concerns and _is_about(event, mute):
            return f"muted until {mute.until:%Y-%m-%d %H:%M} UTC: {mute.reason}"
    return ""


def _is_about(event: AlertEvent, mute: AlertMute) -> bool:
    pairs = (
        (mute.kpi_id, event.kpi_id),
        (mute.contract_id, event.contract_id),
        (mute.vendor_id, event.vendor_id),
    )
    return any(silenced is not None and silenced == subject for silenced, subject in pairs)


def in_force(mutes: Iterable[AlertMute], now: datetime) -> list[AlertMute]:
    return [mute for mute in mutes if mute.until > now]


def _severe_enough(event: AlertEvent, least: str) -> bool:
    if event.kind not in _GRADED:
        return True
    return SEVERITIES.index(event.severity) >= SEVERITIES.index(least)
