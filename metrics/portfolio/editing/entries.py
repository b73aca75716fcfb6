"""A stored KPI as the entry that a portfolio file would state it by, with nothing left out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from contracts.models import Calendar
from metrics.models import Kpi, KpiDefinition, ServiceLevel
from metrics.portfolio.reconcile.lines import LEVEL_COLUMNS

Entry = dict[str, Any]
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LEVEL_SAME = ("valid_from", *LEVEL_COLUMNS)


def entry_of(kpi: Kpi) -> Entry:
    """What a file would say of ``kpi``: applied as it is, it changes nothing."""
    definitions = list(
        kpi.definitions.select_related("amendment", "calendar").order_by("valid_from")
    )
    levels = kpi.levels.select_related("amendment").order_by("valid_from")
    return entry_from(kpi, definitions, list(levels))


def entry_from(
    kpi: Kpi, definitions: Sequence[KpiDefinition], levels: Sequence[ServiceLevel]
) -> Entry:
    """Like ``entry_of``, of dated lines that were read already, in order of time."""
    first = _measured(definitions[0]) | {"stub": definitions[0].stub} if definitions else {}
    stated = {
        "code": kpi.code,
        "name": kpi.name,
        "contract": kpi.contract.reference if kpi.contract else None,
        "process": kpi.process.code if kpi.process else None,
        "family": kpi.family,
        "direction": kpi.direction,
        "clause": kpi.clause,
        "wording": kpi.wording,
        "time": kpi.time_field,
        "decimals": kpi.decimals,
        "first_day": kpi.first_day,
        "last_day": kpi.last_day,
        **first,
    }
    return without_nothing(stated) | {
        "definitions": [definition_entry(line) for line in definitions[1:]],
        "service_levels": [level_entry(line) for line in levels],
    }


def definition_entry(line: KpiDefinition) -> Entry:
    """A later definition line, stating all of itself."""
    number = line.amendment.number if line.amendment else None
    stated = {"valid_from": line.valid_from, "amendment": number, **_measured(line)}
    return without_nothing(stated) | {"calendar": stated["calendar"]}


def level_entry(line: ServiceLevel) -> Entry:
    """A service level line."""
    stated = {name: getattr(line, name) for name in _LEVEL_SAME} | {
        "amendment": line.amendment.number if line.amendment else None,
        "clause": line.clause,
        "wording": line.wording,
        "min_volume_policy": line.small_sample,
        "attainment": line.attainment,
        "bands": [_band(band) for band in line.bands],
    }
    return without_nothing(stated)


def calendar_entry(calendar: Calendar) -> Entry:
    """Working hours; holidays of a country stand there day by day, as they were written out."""
    hours = {day: ["-".join(each) for each in found] for day, found in calendar.weekdays.items()}
    return {
        "code": calendar.code,
        "zone": calendar.zone,
        "weekdays": {day: hours[day] for day in _WEEK if hours.get(day)},
        "holidays": list(calendar.holidays),
    }


def _measured(line: KpiDefinition) -> Entry:
    return {
        "measure": line.measure,
        "parameters": dict(line.parameters),
        "unit": line.unit,
        "places": line.places,
        "period": without_nothing({"every": line.period, "anchor": line.anchor}),
        "zone": line.zone,
        "calendar": line.calendar.code if line.calendar else None,
        "grace_days": line.grace_days,
    }


def _band(written: list[Any]) -> Entry:
    name, lower, upper, *rest = written
    attainment, severity = [*rest, None, None][:2]
    numbers = {"lower": lower, "upper": upper, "attainment": attainment}
    exact = {key: None if text is None else Decimal(text) for key, text in numbers.items()}
    return without_nothing({"name": name, **exact, "severity": severity})


def without_nothing(stated: Mapping[str, Any]) -> Entry:
    """Keys that hold nothing are left out, as people leave them out of a file."""
    return {key: value for key, value in stated.items() if value is not None and value != ""}
