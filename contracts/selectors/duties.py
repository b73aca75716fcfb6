"""What each role may do. What anybody may see is a matter of scope; this is about acting."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from contracts.models import ApiKey, User

Role = User.Role


class Duty(StrEnum):
    """One thing that not everybody may do."""

    PEOPLE = "people"  # invite, deputise, lock and unlock, read the audit trail
    AUDIT = "audit"  # read who changed what across the installation
    TERMS = "terms"  # create and change vendors, contracts, processes, KPIs and service levels
    COMPLIANCE = "compliance"  # certifications, obligations and their evidence
    CASES = "cases"  # acknowledge, assign, snooze, confirm and resolve breach cases
    DECIDE = "decide"  # approve or refuse waivers, relief and restatements
    FEEDS = "feeds"  # what is owed and when, mappings, mending, undoing
    DELIVER = "deliver"  # bring in files and typed-in figures
    APPROVE_FIGURES = "approve_figures"  # the second person of a typed-in figure
    PUBLISH = "publish"  # freeze and share scorecards and review packs
    CLOSE = "close"  # check, agree and publish a month
    CONTEST = "contest"  # dispute a result on the vendor's side
    COMMENT = "comment"  # write what both sides read
    INTERNAL = "internal"  # read and write what is kept from vendors
    ALERTS = "alerts"  # channels that serve everybody, and their test button


_READING: Final = frozenset({Duty.INTERNAL})
_DUTIES: Final[dict[str, frozenset[Duty]]] = {
    Role.ADMINISTRATOR: frozenset(Duty) - {Duty.CONTEST},
    Role.PROCUREMENT: _READING
    | {
        Duty.TERMS,
        Duty.COMPLIANCE,
        Duty.CASES,
        Duty.DECIDE,
        Duty.PUBLISH,
        Duty.CLOSE,
        Duty.COMMENT,
        Duty.DELIVER,
        Duty.APPROVE_FIGURES,
    },
    Role.OPERATIONS: _READING
    | {
        Duty.CASES,
        Duty.DECIDE,
        Duty.FEEDS,
        Duty.DELIVER,
        Duty.APPROVE_FIGURES,
        Duty.CLOSE,
        Duty.COMMENT,
        Duty.PUBLISH,
        Duty.ALERTS,
    },
    Role.COMPLIANCE: _READING | {Duty.COMPLIANCE, Duty.AUDIT, Duty.COMMENT, Duty.APPROVE_FIGURES},
    Role.ANALYST: _READING,
    Role.VENDOR: frozenset({Duty.DELIVER, Duty.CONTEST, Duty.COMMENT}),
}


def duties_of_role(role: str) -> frozenset[Duty]:
    """What ``role`` may do by itself; an unknown role may do nothing."""
    return _DUTIES.get(role, frozenset())


# A program is nobody's second person: it approves nothing, and publishes and closes nothing.
_OF_KEYS: Final[dict[str, frozenset[Duty]]] = {
    ApiKey.Scope.READ: _READING,
    ApiKey.Scope.INGEST: frozenset({Duty.DELIVER}),
    ApiKey.Scope.MANAGE: _READING
    | {
        Duty.TERMS,
        Duty.COMPLIANCE,
        Duty.CASES,
        Duty.FEEDS,
        Duty.DELIVER,
        Duty.COMMENT,
        Duty.ALERTS,
        Duty.AUDIT,
    },
}
_OF_VENDOR_KEYS: Final[dict[str, frozenset[Duty]]] = {
    ApiKey.Scope.INGEST: frozenset({Duty.DELIVER}),
    ApiKey.Scope.MANAGE: _DUTIES[Role.VENDOR],
}


def duties_of_key(scopes: Iterable[str], *, is_internal: bool) -> frozenset[Duty]:
    """What a program may do with ``scopes``: at the buyer's, or on its vendor's side."""
    known = _OF_KEYS if is_internal else _OF_VENDOR_KEYS
    return frozenset().union(*(known.get(scope, frozenset()) for scope in scopes))


def scopes_with(duties: Iterable[Duty], *, is_internal: bool) -> list[str]:
    """The scopes of which one alone brings a key of that side one of ``duties``."""
    wanted, known = set(duties), _OF_KEYS if is_internal else _OF_VENDOR_KEYS
    return [scope for scope, brought in known.items() if wanted & brought]
