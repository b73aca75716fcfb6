"""What a terms file says that no back-test can judge, each refused by name."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from metrics.backtests.overlaying import (
    DATED,
    MEASURED,
    RELIEF,
    definition_on,
)
from metrics.models import Kpi
from metrics.portfolio.editing.entries import entry_of
from metrics.portfolio.items import Item
from metrics.portfolio.problems import Problem
from metrics.portfolio.reader import Document, Key
from metrics.portfolio.shapes import SECTIONS, KpiShape

TREATMENTS = ("remove_both", "count_as_good")
_JUDGED = ("contracts", "kpis")


def section_problems(document: Document) -> Iterator[Problem]:
    """Sections that other portfolio files have; unknown ones are refused as there."""
    for name in document.data:
        if name in SECTIONS and name not in _JUDGED:
            message = f"'{name}' cannot be back-tested"
            hint = "leave the section out: a back-test judges terms of contracts and KPIs"
            yield _problem(document, (name,), message, hint)
        elif name not in SECTIONS:
            message = f"'{name}' is not a section of a terms file"
            yield _problem(document, (name,), message, "it has contracts and kpis")


def entry_problem(document: Document, path: Key, key: str) -> Problem:
    """An entry that does not say what it is about."""
    message = f"'{key}' is missing"
    return _problem(document, path, message, f"add `{key}: ...` of what the terms are for")


def relief_problem(document: Document, number: int, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """How approved relief is treated is the one thing of it that terms can say."""
    if RELIEF not in raw:
        return
    stated = raw[RELIEF]
    treatment = stated.get("treatment") if isinstance(stated, dict) and len(stated) == 1 else None
    if treatment not in TREATMENTS:
        message = f"relief is {treatment or 'stated in another way'}"
        hint = f"write relief: {{treatment: {' or '.join(TREATMENTS)}}}, of all that was approved"
        yield _problem(document, ("kpis", number, RELIEF), message, hint)


def measured_problems(
    document: Document, number: int, raw: Mapping[str, Any], kpi: Kpi, start: date
) -> Iterator[Problem]:
    """Another unit leaves the service levels of today without a meaning."""
    before = definition_on(entry_of(kpi), start).get("unit")
    if "unit" in raw and raw["unit"] != before and not raw.get("service_levels"):
        message = f"the unit becomes {raw['unit']}, and the service level stays in {before}"
        path = ("kpis", number, "unit")
        yield _problem(document, path, message, "state service_levels in the new unit too")


def fixed_problems(item: Item[KpiShape], raw: Mapping[str, Any], kpi: Kpi) -> Iterator[Problem]:
    """What a KPI is cannot be another in the past; said as it stands it does no harm."""
    entry, fields = entry_of(kpi), KpiShape.model_fields
    for name in raw:
        if name in fields and name not in (*MEASURED, *DATED):
            today = entry.get(name, fields[name].default)
            if (getattr(item.shape, name) or "") != (today or ""):
                message = f"{name} '{raw[name]}' cannot be back-tested: it is '{today or ''}'"
                yield item.problem(name, message=message, hint="leave it out, or as it is")


def _problem(document: Document, path: Key, message: str, hint: str) -> Problem:
    return Problem(document.file, document.line(path), "", message, hint, path)
