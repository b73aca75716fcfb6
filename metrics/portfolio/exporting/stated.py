"""Each object as the entry of a file that states it, without what a file may leave out."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from contracts.models import Amendment, Calendar, Charge, Contract, Process, Vendor
from contracts.services.currencies import MINOR_UNITS
from metrics.models import Feed, FeedSchedule, Kpi
from metrics.portfolio.editing.entries import Entry, calendar_entry, entry_from, without_nothing
from metrics.portfolio.known import measured_until
from metrics.portfolio.shapes import (
    CalendarShape,
    ContractShape,
    FeedShape,
    KpiShape,
    ProcessShape,
    Shape,
    VendorShape,
)
from metrics.portfolio.shapes.kpis import LevelShape, OwesShape

_FIRST = ("kpi", "column", "type", "name")  # of the keys of a feed's mapping
_MEASURED = ("unit", "places", "zone", "grace_days")


def vendor_stated(vendor: Vendor) -> Entry:
    names = ("code", "name", "country", "tier", "owner")
    return concise({name: getattr(vendor, name) for name in names}, VendorShape)


def calendar_stated(calendar: Calendar) -> Entry:
    return concise(calendar_entry(calendar), CalendarShape)


def contract_stated(contract: Contract) -> Entry:
    names = ("title", "kind", "zone", "currency", "pricing", "first_day", "last_day")
    stated = {name: getattr(contract, name) for name in names} | {
        "reference": contract.reference,
        "vendor": contract.vendor.code,
        "parent": contract.parent.reference if contract.parent else None,
        "renewal": _renewal(contract),
        "notice": _notice(contract),
        "charges": charges_stated(contract.charges.all(), contract.currency),
        "amendments": [_amendment(line) for line in contract.amendments.all()],
    }
    return concise(stated, ContractShape)


def _renewal(contract: Contract) -> Entry | None:
    months, limit = contract.renewal_months or None, contract.renewal_limit
    if contract.renewal == Contract.Renewal.NONE and months is None and limit is None:
        return None
    return without_nothing({"kind": contract.renewal, "months": months, "limit": limit})


def _notice(contract: Contract) -> Entry | None:
    if contract.notice_length is None:
        return None
    return {"length": contract.notice_length, "unit": contract.notice_unit}


def _amendment(line: Amendment) -> Entry:
    return without_nothing(
        {
            "number": line.number,
            "title": line.title,
            "signed": line.signed_on,
            "effective": line.effective_from,
        }
    )


def charges_stated(charges: Iterable[Charge], currency: str) -> list[Entry]:
    """Charges of whole months, consecutive ones with the same amount in one line."""
    months = [charge for charge in charges if _is_month(charge)]
    months.sort(key=lambda one: (one.process.code if one.process else "", one.first_day))
    runs: list[list[Charge]] = []
    for charge in months:
        if runs and _continues(runs[-1][-1], charge):
            runs[-1].append(charge)
        else:
            runs.append([charge])
    return [_charge_line(run, currency) for run in runs]


def _is_month(charge: Charge) -> bool:
    following = charge.last_day + timedelta(days=1)
    return charge.first_day.day == following.day == 1 and _months(charge.first_day, following) == 1


def _months(first: date, other: date) -> int:
    return (other.year - first.year) * 12 + other.month - first.month


def _continues(before: Charge, charge: Charge) -> bool:
    same = before.process_id == charge.process_id and before.amount_minor == charge.amount_minor
    return same and _months(before.first_day, charge.first_day) == 1


def _charge_line(run: list[Charge], currency: str) -> Entry:
    first, last = run[0], run[-1]
    return without_nothing(
        {
            "from": f"{first.first_day:%Y-%m}",
            "through": f"{last.first_day:%Y-%m}",
            "amount": Decimal(first.amount_minor).scaleb(-MINOR_UNITS[currency]),
            "process": first.process.code if first.process else None,
        }
    )


def process_stated(process: Process) -> Entry:
    contract = process.contract.reference if process.contract else None
    stated = {"code": process.code, "name": process.name, "nature": process.nature}
    return concise(stated | {"contract": contract}, ProcessShape)


def kpi_stated(kpi: Kpi) -> Entry:
    """A KPI whose later definitions state what changes, and whose days and zone are its
    contract's unless they are stated."""
    entry = entry_from(kpi, list(kpi.definitions.all()), list(kpi.levels.all()))
    lines = [entry, *entry["definitions"]]
    changes = [_changed(before, line) for before, line in pairwise(lines)]
    agreed = _agreed(kpi.contract) if kpi.contract else {}
    stated = {name: value for name, value in entry.items() if agreed.get(name) != value}
    stated["period"] = _period(entry["period"])
    stated["definitions"] = changes
    stated["service_levels"] = [concise(line, LevelShape) for line in entry["service_levels"]]
    return concise(stated, KpiShape)


def _agreed(contract: Contract) -> Entry:
    """What a KPI takes from its contract where it states nothing."""
    until = measured_until(contract.last_day, contract.renewal)
    return without_nothing(
        {"first_day": contract.first_day, "last_day": until, "zone": contract.zone}
    )


def _changed(before: Entry, line: Entry) -> Entry:
    stated = without_nothing({"valid_from": line["valid_from"], "amendment": line.get("amendment")})
    if _means(before) != _means(line):
        stated |= {"measure": line["measure"], "parameters": line["parameters"]}
    stated |= {name: line[name] for name in _MEASURED if before[name] != line[name]}
    if before["period"] != line["period"]:
        stated["period"] = _period(line["period"])
    if before.get("calendar") != line.get("calendar"):
        stated["calendar"] = line.get("calendar")
    return stated


def _means(line: Entry) -> tuple[Any, Any]:
    return line["measure"], line["parameters"]


def _period(period: Entry) -> Entry | str:
    every: str = period["every"]
    return period if "anchor" in period else every


def feed_stated(feed: Feed) -> Entry:
    """A feed with its mapping in force and the newest line of what it owes."""
    mappings, schedules = list(feed.mappings.all()), list(feed.schedules.all())
    body = dict(mappings[-1].body) if mappings else {}
    stated = {name: ordered(value) for name, value in body.items()} | {
        "code": feed.code,
        "name": feed.name,
        "vendor": feed.vendor.code if feed.vendor else None,
        "owes": _owes(schedules[-1]) if schedules and "reference" not in body else None,
    }
    return concise(stated, FeedShape)


def _owes(line: FeedSchedule) -> Entry:
    stated = {
        "every": line.every,
        "from": line.valid_from,
        "last_day": line.last_day,
        "due_days": line.due_days,
        "at": f"{line.due_time:%H:%M}",
        "zone": line.zone,
        "grace_hours": line.grace_hours,
    }
    return concise(stated, OwesShape)


def ordered(value: Any) -> Any:
    """A mapping's keys in an order that does not depend on how the database keeps them."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (_FIRST.index(key) if key in _FIRST else 99, key))
        return {key: ordered(value[key]) for key in keys}
    return [ordered(inner) for inner in value] if isinstance(value, list) else value


def concise(stated: Mapping[str, Any], shape: type[Shape]) -> Entry:
    """The keys of ``shape`` in its order, without those that hold nothing or the default."""
    told = {}
    for name, known in shape.model_fields.items():
        key = known.alias or name
        value = stated.get(key)
        if value not in (None, "") and (known.is_required() or value != known.default):
            told[key] = value
    return told
