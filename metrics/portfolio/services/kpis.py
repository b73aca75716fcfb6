"""Writing KPIs and their dated lines. A line that a figure rests on is never rewritten here:
whoever calls a ``correct`` or ``withdraw`` has made sure that there is none."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from contracts.models import Contract, Process
from contracts.models.managed import ManagedBy
from contracts.services.writing import change, save, touch, writing
from metrics.engine import to_us
from metrics.models import DirtyPeriod, Kpi, KpiDefinition, KpiPeriod, ServiceLevel

_CHANGEABLE = frozenset(
    {
        "name",
        "contract",
        "process",
        "family",
        "direction",
        "clause",
        "wording",
        "time_field",
        "decimals",
        "first_day",
        "last_day",
        "archived_at",
    }
)
_REVISITED = frozenset({"first_day", "last_day", "archived_at"})
Line = KpiDefinition | ServiceLevel
_IDENTITY = frozenset({"id", "kpi", "valid_from"})  # which line it is never changes


def kpi_create(
    *,
    code: str,
    name: str,
    family: str,
    direction: str,
    time_field: str,
    first_day: date,
    as_of: datetime,
    contract: Contract | None = None,
    process: Process | None = None,
    clause: str = "",
    wording: str = "",
    decimals: int = 0,
    last_day: date | None = None,
    managed_by: str = ManagedBy.PERSON,
) -> Kpi:
    """A new KPI, visited by the next sweep. It needs a definition before it has periods.

    Raises ValidationError, also for a code that is taken.
    """
    kpi = Kpi(
        code=code,
        name=name,
        family=family,
        direction=direction,
        time_field=time_field,
        first_day=first_day,
        contract=contract,
        process=process,
        clause=clause,
        wording=wording,
        decimals=decimals,
        last_day=last_day,
        managed_by=managed_by,
        next_tick_at=as_of,
    )
    with writing():
        save(kpi)
    return kpi


def kpi_change(*, kpi: Kpi, as_of: datetime, **values: object) -> Kpi:
    """Change what a KPI is called, belongs to or covers. Raises ValidationError.

    Other days of measurement make the next sweep visit all of its periods.
    """
    with writing():
        if _REVISITED & set(values):
            kpi.visited_until = None
        if values.get("archived_at") is None:
            kpi.next_tick_at = as_of
        change(kpi, values, _CHANGEABLE)
    return kpi


def definition_add(
    *, kpi: Kpi, valid_from: date, as_of: datetime, values: Mapping[str, Any]
) -> Line:
    """A dated line of how ``kpi`` is measured; its periods from then on are computed anew."""
    line = KpiDefinition(kpi=kpi, valid_from=valid_from)
    return line_correct(line=line, as_of=as_of, values=values)


def level_add(*, kpi: Kpi, valid_from: date, as_of: datetime, values: Mapping[str, Any]) -> Line:
    """A dated service level of ``kpi``; its periods from then on are judged anew."""
    line = ServiceLevel(kpi=kpi, valid_from=valid_from)
    return line_correct(line=line, as_of=as_of, values=values)


def line_correct(*, line: Line, as_of: datetime, values: Mapping[str, Any]) -> Line:
    """Write a line that no figure rests on. Raises ValidationError."""
    fields = frozenset(field.name for field in line._meta.concrete_fields)
    with writing():
        change(line, values, fields - _IDENTITY)
        periods_mark(kpi=line.kpi, since=line.valid_from, as_of=as_of)
    return line


def line_withdraw(*, line: Line, as_of: datetime) -> None:
    """Take back a line that no figure rests on."""
    with writing():
        line.delete()
        periods_mark(kpi=line.kpi, since=line.valid_from, as_of=as_of)


def periods_mark(*, kpi: Kpi, since: date, as_of: datetime) -> None:
    """Have the periods that begin on ``since`` or later computed again, and the KPI visited."""
    starts = KpiPeriod.objects.filter(kpi=kpi, first_day__gte=since)
    DirtyPeriod.objects.bulk_create(
        DirtyPeriod(kpi_id=kpi.pk, at=to_us(start))
        for start in starts.values_list("starts_at", flat=True)
    )
    kpi.next_tick_at = as_of
    kpi.save(update_fields=["next_tick_at"])
    touch(kpi)
