"""KPIs: what they are called may change, what figures rest on may not."""

from datetime import date
from typing import Any

from metrics.models import Kpi, Observation
from metrics.portfolio.definitions import definitions_of, first_day_of, last_day_of, levels_of
from metrics.portfolio.items import Item
from metrics.portfolio.reconcile.lines import (
    Computed,
    DatedLine,
    definition_values,
    level_values,
    reconcile_definitions,
    reconcile_levels,
)
from metrics.portfolio.reconcile.run import Run, differences, shown
from metrics.portfolio.services.kpis import kpi_change, kpi_create
from metrics.portfolio.shapes import KpiShape

_KEYS = {"time_field": "time"}
_BY_ROWS = {"time_field", "decimals", "contract"}


def reconcile_kpis(run: Run) -> None:
    """Create and change KPIs and their dated lines."""
    for item in run.portfolio.kpis:
        reconcile_kpi(run, item)


def reconcile_kpi(run: Run, item: Item[KpiShape]) -> None:
    """Create or change one KPI and its dated lines."""
    shape = item.shape
    values = _values(run, shape)
    existing = run.kpis.get(shape.code)
    if values is None:
        return
    computed = Computed(existing)
    if existing and run.owns(existing) and _is_fixed(run, item, existing, values, computed):
        return
    kpi = run.reconcile(
        "kpis",
        item,
        existing,
        values,
        create=lambda: kpi_create(
            code=shape.code, managed_by=run.managed_by, as_of=run.as_of, **values
        ),
        change=lambda kpi, changed: kpi_change(kpi=kpi, as_of=run.as_of, **changed),
    )
    if kpi:
        run.kpis[shape.code] = kpi
        _lines(run, item, kpi, computed)


def reconcile_lines(run: Run, item: Item[KpiShape]) -> None:
    """Bring the dated lines of a KPI that is there to what is stated; itself it stays."""
    kpi = run.kpis.get(item.shape.code)
    if kpi and run.may_change(item, kpi):
        _lines(run, item, kpi, Computed(kpi))


def _values(run: Run, shape: KpiShape) -> dict[str, Any] | None:
    """The KPI's fields; None where something it refers to is missing, which is said elsewhere."""
    terms = run.known.terms(shape.contract)
    contract = run.contracts.get(shape.contract) if shape.contract else None
    process = run.processes.get(shape.process) if shape.process else None
    first_day = first_day_of(shape, terms)
    unresolved = (shape.contract and contract is None) or (shape.process and process is None)
    if unresolved or first_day is None:
        return None
    return {
        "name": shape.name,
        "contract": contract,
        "process": process,
        "family": shape.family,
        "direction": shape.direction,
        "clause": shape.clause or "",
        "wording": shape.wording or "",
        "time_field": shape.time,
        "decimals": shape.decimals,
        "first_day": first_day,
        "last_day": last_day_of(shape, terms),
    }


def _is_fixed(
    run: Run, item: Item[KpiShape], existing: Kpi, values: dict[str, Any], computed: Computed
) -> bool:
    """Refuse to change what rows or figures were taken in under."""
    changed = differences(existing, values)
    fixed: dict[str, str] = {}
    if changed.keys() & _BY_ROWS and Observation.objects.filter(kpi_id=existing.pk).exists():
        fixed = dict.fromkeys(_BY_ROWS, "it has observations")
    if "first_day" in changed and computed.any:
        fixed["first_day"] = "it has figures"
    refused = [name for name in changed if name in fixed]
    for name in refused:
        old, new = shown(getattr(existing, name)), shown(values[name])
        key = _KEYS.get(name, name)
        message = f"{key} is '{old}', not '{new}', and {fixed[name]}"
        run.refuse(item, key, message=message, hint="state a KPI with a new code")
    return bool(refused) or _cuts_off(run, item, changed.get("last_day"), computed)


def _cuts_off(run: Run, item: Item[KpiShape], last_day: date | None, computed: Computed) -> bool:
    """Refuse a new last day before the periods that have figures."""
    after = [day for day in computed.first_days if day > last_day] if last_day else []
    if not after:
        return False
    message = f"last_day {last_day} lies before the period of {after[0]}, which has a figure"
    hint = f"let the KPI end on {computed.first_days[-1]} or later"
    run.refuse(item, "last_day", message=message, hint=hint)
    return True


def _lines(run: Run, item: Item[KpiShape], kpi: Kpi, computed: Computed) -> None:
    terms = run.known.terms(item.shape.contract)
    amendments = run.amendments_of(kpi.contract)
    definitions = [
        DatedLine(line.valid_from, line.steps, definition_values(line, run.calendars, amendments))
        for line in definitions_of(item.shape, terms)
    ]
    levels = [
        DatedLine(level.valid_from, steps, level_values(level, amendments))
        for steps, level in levels_of(item.shape)
    ]
    reconcile_definitions(run, item, kpi, computed, definitions)
    reconcile_levels(run, item, kpi, computed, levels)
