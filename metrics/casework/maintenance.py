"""Planned maintenance, announced beforehand: it excuses as much as each KPI's definition allows."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.core.exceptions import ValidationError
from django.db.models import Q

from contracts.models import Contract, Process
from contracts.selectors.duties import Duty
from contracts.selectors.lookups import UnknownCodeError
from contracts.selectors.scope import Scope
from contracts.services.acting import actor_of
from contracts.services.writing import lock, save, writing
from kpotracker.toolkit import doorbell
from metrics.casework.moving import refuse_without
from metrics.engine import to_us
from metrics.feeds.marks import append_marks
from metrics.models import Kpi, KpiPeriod, MaintenanceWindow
from metrics.selectors import scope as scoped


@dataclass(frozen=True, slots=True)
class Planned:
    """Maintenance [starts_at, ends_at) of ``of``; ``announced_at``: when the other side was told,
    None for now."""

    of: Contract | Process | Kpi
    starts_at: datetime
    ends_at: datetime
    note: str
    announced_at: datetime | None = None


def maintenance_announce(*, planned: Planned, scope: Scope, as_of: datetime) -> MaintenanceWindow:
    """Keep what is planned, as a person or as a program.

    Raises ValidationError; a vendor announces now, the buyer may enter what was announced earlier.
    """
    refuse_without(Duty.CASES if scope.is_internal else Duty.CONTEST, scope)
    by = actor_of(scope)
    announced = planned.announced_at or as_of
    _refuse(planned, announced, scope, as_of)
    window = MaintenanceWindow(
        contract=planned.of if isinstance(planned.of, Contract) else None,
        process=planned.of if isinstance(planned.of, Process) else None,
        kpi=planned.of if isinstance(planned.of, Kpi) else None,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        announced_at=announced,
        note=planned.note.strip(),
        by=by.user,
        by_key=by.key,
    )
    with writing():
        save(window, action="announced", reason=planned.note)
        _mark(window)
    return window


def maintenance_cancel(*, window_id: int, scope: Scope, as_of: datetime) -> MaintenanceWindow:
    """Call a window off: it excuses nothing any more. Raises UnknownCodeError for one outside
    ``scope``, ValidationError for one that is called off or over, which only the buyer changes."""
    refuse_without(Duty.CASES if scope.is_internal else Duty.CONTEST, scope)
    with writing():
        window = scoped.maintenance(scope).filter(pk=window_id).first()
        if window is None:
            raise UnknownCodeError(f"maintenance window {window_id} is unknown")
        lock(window)
        if window.cancelled_at:
            raise ValidationError("It was called off already.")
        if window.ends_at <= as_of and not scope.is_internal:
            raise ValidationError("It is over: ask the buyer to call it off.")
        window.cancelled_at = as_of
        save(window, action="called off")
        _mark(window)
    return window


def _refuse(planned: Planned, announced: datetime, scope: Scope, as_of: datetime) -> None:
    errors = {}
    if planned.ends_at <= planned.starts_at:
        errors["ends_at"] = "It has to end after it starts."
    if not planned.note.strip():
        errors["note"] = "Say what is done."
    if announced > as_of:
        errors["announced_at"] = "That lies ahead: it is announced now at the latest."
    if planned.announced_at and not scope.is_internal:
        errors["announced_at"] = "What you announce is announced now: leave it out."
    if errors:
        raise ValidationError(errors)


def _mark(window: MaintenanceWindow) -> None:
    """Have the periods that it reaches into computed anew, where their KPI allows maintenance."""
    periods = KpiPeriod.objects.filter(
        kpi__in=kpis_of(window),
        starts_at__lt=window.ends_at,
        ends_at__gt=window.starts_at,
    ).values_list("kpi_id", "starts_at")
    marks = [(kpi, to_us(start)) for kpi, start in periods]
    if marks:
        append_marks(np.array([k for k, _ in marks]), np.array([at for _, at in marks]))
        doorbell.ring("metrics.tasks.drain")


def kpis_of(window: MaintenanceWindow) -> list[int]:
    """The KPIs that it is of and that ever allow maintenance."""
    if window.kpi_id:
        of_window = Q(pk=window.kpi_id)
    elif window.process_id:
        of_window = Q(process=window.process_id)
    else:
        by_process = Q(contract=None, process__contract=window.contract_id)
        of_window = Q(contract=window.contract_id) | by_process
    allowing = Kpi.objects.filter(of_window, definitions__maintenance_hours__isnull=False)
    return list(allowing.distinct().values_list("pk", flat=True))
