"""What a terms file says that no back-test can judge, each refused by name."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from contracts.models import Contract
from metrics.backtests.overlaying import (
    DATED,
    MEASURED,
    RELIEF,
    definition_on,
)
from metrics.engine import MEASURES
from metrics.engine.excusing import excuse_problem
from metrics.models import Kpi
from metrics.portfolio.editing.entries import entry_of
from metrics.portfolio.exporting.stated import contract_stated
from metrics.portfolio.items import Item
from metrics.portfolio.problems import Problem
from metrics.portfolio.reader import Document, Key
from metrics.portfolio.shapes import SECTIONS, ContractShape, KpiShape

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
    treatment = treatment_of(raw)
    if treatment not in TREATMENTS or len(raw[RELIEF]) != 1:
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


def contract_problems(
    document: Document, number: int, raw: Mapping[str, Any], contract: Contract
) -> Iterator[Problem]:
    """Of a contract its credits alone can be others; said as it stands the rest does no harm."""
    entry, fields = contract_stated(contract), ContractShape.model_fields
    for name in raw:
        if (
            name in fields
            and name != "credits"
            and raw[name] != entry.get(name, fields[name].default)
        ):
            path = ("contracts", number, name)
            message = f"{name} of {contract.reference} cannot be back-tested"
            yield _problem(document, path, message, "leave it out, or as it is")


def treatment_problems(
    document: Document, number: int, raw: Mapping[str, Any], measures: Iterable[str]
) -> Iterator[Problem]:
    """Relief can be counted as good only where there is a good."""
    treatment = treatment_of(raw)
    for measure in dict.fromkeys(measures):
        problem = excuse_problem(MEASURES[measure], treatment) if treatment in TREATMENTS else None
        if problem:
            path = ("kpis", number, RELIEF)
            message = f"{problem.where} {problem.value}: {problem.rule}"
            yield _problem(document, path, message, problem.way_out)


def treatment_of(raw: Mapping[str, Any]) -> str | None:
    """How all relief of a KPI is to be treated; None where nothing is said of it."""
    stated = raw.get(RELIEF)
    found = stated.get("treatment") if isinstance(stated, dict) else None
    return found if isinstance(found, str) else None


def _problem(document: Document, path: Key, message: str, hint: str) -> Problem:
    return Problem(document.file, document.line(path), "", message, hint, path)
