"""What goes into an export, and what has to stay out of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from contracts.models.managed import ManagedBy
from metrics.portfolio.checks import cross_check
from metrics.portfolio.exporting.records import Records, records_of
from metrics.portfolio.exporting.stated import (
    calendar_stated,
    contract_stated,
    feed_stated,
    kpi_stated,
    process_stated,
    vendor_stated,
)
from metrics.portfolio.exporting.writing import sections_text
from metrics.portfolio.items import gather
from metrics.portfolio.known import Known
from metrics.portfolio.problems import Problem
from metrics.portfolio.reader import Document, read_text
from metrics.portfolio.shapes import NOUNS

Sections = dict[str, list[dict[str, Any]]]


class Managers(StrEnum):
    """Whose objects are exported."""

    PORTFOLIO = "portfolio"
    PERSON = "person"
    ANY = "any"

    @property
    def managers(self) -> list[str]:
        return list(ManagedBy.values) if self is Managers.ANY else [self.value]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object that no file can state as it is now, and why."""

    kind: str
    code: str
    why: str


@dataclass(slots=True)
class Exported:
    """``sections``: entries by section, each section in order of its codes.

    ``others``: how many objects in use the chosen managers do not manage.
    """

    sections: Sections
    left_out: list[LeftOut] = field(default_factory=list)
    others: int = 0


def export(*, vendor: str | None = None, managed_by: Managers = Managers.PORTFOLIO) -> Exported:
    """Everything in use that portfolio files manage, or only what belongs to one vendor.

    What people manage is left out unless asked for: files state none of it here, and all of it
    in another installation. Of a feed there is its newest mapping, and what it owes from its
    newest line on. An entry that files could not state as it is, such as a KPI of an archived
    contract, is left out and told of.
    """
    records = records_of(vendor, managed_by.managers)
    exported = Exported(_stated(records), others=records.others)
    while dropped := _unsound(exported.sections):
        exported.left_out += _without(exported.sections, dropped)
    exported.sections = {name: found for name, found in exported.sections.items() if found}
    return exported


def _stated(records: Records) -> Sections:
    return {
        "vendors": [vendor_stated(one) for one in records.vendors],
        "calendars": [calendar_stated(one) for one in records.calendars],
        "contracts": [contract_stated(one) for one in records.contracts],
        "processes": [process_stated(one) for one in records.processes],
        "kpis": [kpi_stated(one) for one in records.kpis],
        "feeds": [feed_stated(one) for one in records.feeds],
    }


def _unsound(sections: Sections) -> dict[tuple[str, int], str]:
    """The entries that would be refused, each with its first reason."""
    document, problems = read_text("export", sections_text(sections))
    portfolio, found = gather([document])
    problems = [*problems, *found, *cross_check(portfolio, Known(portfolio))]
    reasons: dict[tuple[str, int], str] = {}
    for problem in sorted(problems):
        if len(problem.path) > 1 and _is_of(document, problem):
            reasons.setdefault((str(problem.path[0]), int(problem.path[1])), problem.message)
    return reasons


def _is_of(document: Document, problem: Problem) -> bool:
    return isinstance(problem.path[1], int) and problem.path[0] in document.data


def _without(sections: Sections, dropped: dict[tuple[str, int], str]) -> list[LeftOut]:
    """Take entries out, and tell of them."""
    told = []
    for (section, number), why in dropped.items():
        entry = sections[section][number]
        told.append(LeftOut(NOUNS[section], entry.get("code") or entry["reference"], why))
    for section in sections:
        kept = [one for n, one in enumerate(sections[section]) if (section, n) not in dropped]
        sections[section] = kept
    return told
