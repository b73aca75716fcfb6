"""A proposal says only what changes: here it is laid over what is agreed today, as the entry of a
portfolio file that says all of it.

A list that is stated (``service_levels``, ``definitions``, ``credit``, ``credits``) stands for all
its lines from the first day it states on; a line without a day holds for the whole range. What is
stated of the definition outside of ``definitions`` holds for the whole range too, over whatever
changed later. Places in lists stay those of the proposal, so that a problem is told where it is.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from contracts.models import Contract
from metrics.credits.facts import term_of
from metrics.engine.credits.days import CreditCalendar
from metrics.engine.credits.terms import EVERY
from metrics.models import Kpi
from metrics.portfolio.editing.entries import Entry, entry_of
from metrics.portfolio.exporting.credits import credit_rules_stated, credit_terms_stated
from metrics.portfolio.exporting.stated import contract_stated

RELIEF: Final = "relief"
MEASURED: Final = (
    "measure",
    "parameters",
    "unit",
    "places",
    "period",
    "zone",
    "calendar",
    "grace_days",
    "source_of_record",
    "tolerance",
    "maintenance",
    "volume_relief",
)
DATED: Final = ("definitions", "service_levels", "credit")
_MEANS: Final = frozenset({"measure", "parameters"})
_BESIDE: Final = ("charges", "options", "obligations", "termination", "claims", "notice")


def kpi_overlaid(raw: Mapping[str, Any], kpi: Kpi, start: date) -> Entry:
    """The whole entry of ``kpi`` under a proposal whose lines hold from ``start`` on."""
    entry = entry_of(kpi)
    changed = {name for name in MEASURED if name in raw}
    if changed & _MEANS:
        changed |= _MEANS
    kept = {name: value for name, value in entry.items() if name not in (*MEASURED, *DATED)}
    stated = {name: value for name, value in raw.items() if name not in (*DATED, RELIEF)}
    return (
        kept
        | _measured(raw, definition_on(entry, start))
        | stated
        | {
            "definitions": _definitions(raw, entry, changed, start),
            "service_levels": _lines(raw.get("service_levels"), entry["service_levels"], start),
            "credit": _lines(raw.get("credit"), credit_rules_stated(kpi), start),
        }
    )


def contract_overlaid(raw: Mapping[str, Any], contract: Contract, since: date) -> Entry:
    """The entry of ``contract`` under a proposal, without what no credit depends on."""
    entry = contract_stated(contract)
    kept = {name: value for name, value in entry.items() if name not in _BESIDE}
    stated = {name: value for name, value in raw.items() if name not in _BESIDE}
    proposed = _listed(raw.get("credits"))
    if isinstance(proposed, list):
        proposed = [_from(line, credits_begin(contract, line, since)) for line in proposed]
    lines = _lines(proposed, credit_terms_stated(contract), since)
    return kept | stated | {"credits": lines}


def credits_begin(contract: Contract, line: Any, since: date) -> date:
    """From when on proposed credit terms hold where they state no day: from the first day of the
    credit period that holds ``since``, as terms begin with one."""
    every = line.get("every") if isinstance(line, Mapping) else None
    calendar = CreditCalendar(every if every in EVERY else EVERY[0], term_of(contract))
    return max(calendar.whole(since).first, contract.first_day)


def definition_on(entry: Entry, day: date) -> Entry:
    """How the KPI of ``entry`` is measured on a day, all of it."""
    begun = [line for line in entry["definitions"] if line["valid_from"] <= day]
    line = begun[-1] if begun else entry
    return {name: line[name] for name in MEASURED if line.get(name) is not None}


def _measured(raw: Mapping[str, Any], today: Entry) -> Entry:
    """Another measure has parameters of its own."""
    if "measure" in raw and raw["measure"] != today.get("measure"):
        return {name: value for name, value in today.items() if name != "parameters"}
    return today


def _definitions(raw: Mapping[str, Any], entry: Entry, changed: set[str], start: date) -> Any:
    later = [line for line in entry["definitions"] if line["valid_from"] > start]
    rest = [{name: line[name] for name in line if name not in changed} for line in later]
    return _lines(raw.get("definitions"), rest, None)


def _lines(proposed: Any, stored: Sequence[Entry], start: date | None) -> Any:
    """The proposed lines, then the stored ones from before the first of them."""
    proposed = _listed(proposed)
    if not isinstance(proposed, list):
        return list(stored) if proposed is None else proposed
    lines = [_from(line, start) if start else line for line in proposed]
    days = [line.get("valid_from") for line in lines if isinstance(line, Mapping)]
    first = min((day for day in days if isinstance(day, date)), default=None)
    return [*lines, *(line for line in stored if first is None or line["valid_from"] < first)]


def _listed(proposed: Any) -> Any:
    return [proposed] if isinstance(proposed, Mapping) else proposed


def _from(line: Any, day: date) -> Any:
    if isinstance(line, Mapping) and "valid_from" not in line:
        return {**line, "valid_from": day}
    return line
