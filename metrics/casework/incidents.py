"""Incidents: one event that several failures go back to."""

from datetime import datetime
from typing import Any

from contracts.models import Vendor
from contracts.selectors.duties import Duty
from contracts.selectors.scope import Scope
from contracts.services.writing import change, save, writing
from metrics.casework.moving import person_of, refuse_without
from metrics.models import Incident

_CHANGEABLE = frozenset({"title", "started_at", "ended_at", "description", "is_internal"})


def incident_create(
    *,
    vendor: Vendor,
    title: str,
    started_at: datetime,
    scope: Scope,
    ended_at: datetime | None = None,
    description: str = "",
    is_internal: bool = False,
) -> Incident:
    """Note an incident of a vendor. Raises ValidationError."""
    refuse_without(Duty.CASES, scope)
    incident = Incident(
        vendor=vendor,
        title=title,
        started_at=started_at,
        ended_at=ended_at,
        description=description,
        is_internal=is_internal,
        noted_by=person_of(scope),
    )
    with writing():
        save(incident)
    return incident


def incident_change(*, incident: Incident, scope: Scope, **values: Any) -> Incident:
    """Change what is known of it, or whether the vendor sees it. Raises ValidationError."""
    refuse_without(Duty.CASES, scope)
    with writing():
        change(incident, values, _CHANGEABLE)
    return incident
