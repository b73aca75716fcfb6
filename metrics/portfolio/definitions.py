"""The dated lines of a KPI with everything filled in that a file may leave out."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from metrics.portfolio.known import Terms
from metrics.portfolio.shapes.kpis import DefinitionShape, KpiShape, LevelShape

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """How a KPI is measured from ``valid_from`` on. ``steps``: where the line stands."""

    valid_from: date
    amendment: int | None
    measure: str
    parameters: dict[str, Any]
    unit: str
    places: int
    period: str
    anchor: date | None
    zone: str
    calendar: str | None
    stub: str
    grace_days: int
    steps: Steps = ()


def first_day_of(shape: KpiShape, terms: Terms | None) -> date | None:
    """The first day measured: as stated, else the contract's."""
    return shape.first_day or (terms.first_day if terms else None)


def last_day_of(shape: KpiShape, terms: Terms | None) -> date | None:
    """The last day measured: as stated, else the contract's where it does not renew by itself."""
    return shape.last_day or (terms.measured_until if terms else None)


def definitions_of(shape: KpiShape, terms: Terms | None) -> list[Definition]:
    """All lines in order of time; empty where first day or zone are not known."""
    first_day = first_day_of(shape, terms)
    zone = shape.zone or (terms.zone if terms else None)
    if first_day is None or zone is None:
        return []
    lines = [_first(shape, first_day, zone, _begin_of_years(terms, first_day))]
    numbered = sorted(enumerate(shape.definitions), key=lambda pair: pair[1].valid_from)
    for number, change in numbered:
        steps = ("definitions", number)
        lines.append(_next(lines[-1], change, steps, _begin_of_years(terms, first_day)))
    return lines


def _begin_of_years(terms: Terms | None, first_day: date) -> date:
    return terms.first_day if terms else first_day


def _first(shape: KpiShape, first_day: date, zone: str, years_from: date) -> Definition:
    return Definition(
        valid_from=first_day,
        amendment=None,
        measure=shape.measure,
        parameters=plain(shape.parameters),
        unit=shape.unit,
        places=shape.places,
        period=shape.period.every,
        anchor=_anchor(shape.period.every, shape.period.anchor, years_from),
        zone=zone,
        calendar=shape.calendar,
        stub=shape.stub,
        grace_days=shape.grace_days,
    )


def _anchor(every: str, stated: date | None, years_from: date) -> date | None:
    return years_from if every == "contract_year" and stated is None else stated


def _next(
    before: Definition, change: DefinitionShape, steps: Steps, years_from: date
) -> Definition:
    stated = {
        name: value
        for name in ("measure", "unit", "places", "zone", "grace_days")
        if (value := getattr(change, name)) is not None
    }
    if change.period is not None:
        stated["period"] = change.period.every
        stated["anchor"] = _anchor(change.period.every, change.period.anchor, years_from)
    if change.parameters is not None or change.measure is not None:
        stated["parameters"] = plain(change.parameters or {})
    if "calendar" in change.model_fields_set:
        stated["calendar"] = change.calendar
    return replace(
        before,
        valid_from=change.valid_from,
        amendment=change.amendment,
        steps=steps,
        **stated,
    )


def plain(value: Any) -> Any:
    """A value as JSON keeps it exactly: decimals and days become text."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return f"{value:f}"  # str() would write 0.0000001 as 1E-7
    if isinstance(value, date):
        return value.isoformat()
    return value


def levels_of(shape: KpiShape) -> list[tuple[Steps, LevelShape]]:
    """All service levels in order of time, each with where it stands."""
    numbered = sorted(enumerate(shape.service_levels), key=lambda pair: pair[1].valid_from)
    return [(("service_levels", number), level) for number, level in numbered]
