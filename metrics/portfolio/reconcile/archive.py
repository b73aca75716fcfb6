"""Portfolio-managed objects that no file states any more."""

from collections.abc import Callable
from typing import Any

from contracts.models.managed import Managed
from contracts.services.calendars import calendar_change
from contracts.services.contracts import contract_change
from contracts.services.processes import process_change
from contracts.services.vendors import vendor_change
from metrics.portfolio.items import Item, Portfolio
from metrics.portfolio.plan import Action, FieldChange
from metrics.portfolio.reconcile.run import Run, is_ours, shown
from metrics.portfolio.services.feeds import feed_change
from metrics.portfolio.services.kpis import kpi_change
from metrics.portfolio.shapes import NOUNS, Shape


def archive_missing(run: Run, *, prune: bool) -> None:
    """List what is in no file; with ``prune`` archive it, unless something stated needs it."""
    needed = _references(run.portfolio) if prune else {}
    for section, (found, archive) in _archivers(run).items():
        for code, instance in sorted(found.items()):
            if not _is_missing(run, section, code, instance):
                continue
            if not prune:
                run.not_in_files.append((NOUNS[section], code))
            elif (section, code) in needed:
                _refuse(run, section, code, needed[section, code])
            else:
                fields = [FieldChange("archived_at", "", shown(run.as_of))]
                run.note(Action.ARCHIVE, section, code, fields)
                archive(instance)


def _is_missing(run: Run, section: str, code: str, instance: Managed) -> bool:
    in_use = instance.archived_at is None and is_ours(instance)
    return in_use and code not in run.portfolio.named[section]


def _archivers(run: Run) -> dict[str, tuple[dict[str, Any], Callable[[Any], object]]]:
    """Each section's objects and how one is archived, what depends on others first."""
    at = run.as_of
    return {
        "feeds": (run.feeds, lambda feed: feed_change(feed=feed, archived_at=at)),
        "kpis": (run.kpis, lambda kpi: kpi_change(kpi=kpi, as_of=at, archived_at=at)),
        "processes": (run.processes, lambda p: process_change(process=p, archived_at=at)),
        "contracts": (run.contracts, lambda c: contract_change(contract=c, archived_at=at)),
        "calendars": (run.calendars, lambda c: calendar_change(calendar=c, archived_at=at)),
        "vendors": (run.vendors, lambda v: vendor_change(vendor=v, archived_at=at)),
    }


def _references(portfolio: Portfolio) -> dict[tuple[str, str], Item[Shape]]:
    """What the entries of the files refer to, each with one entry that does."""
    found: dict[tuple[str, str | None], Item[Shape]] = {}
    for contract in portfolio.contracts:
        found["vendors", contract.shape.vendor] = contract
        found["contracts", contract.shape.parent] = contract
        for charge in contract.shape.charges:
            found["processes", charge.process] = contract
    for process in portfolio.processes:
        found["contracts", process.shape.contract] = process
    for kpi in portfolio.kpis:
        found["contracts", kpi.shape.contract] = kpi
        found["processes", kpi.shape.process] = kpi
        for calendar in (kpi.shape.calendar, *(d.calendar for d in kpi.shape.definitions)):
            found["calendars", calendar] = kpi
    for feed in portfolio.feeds:
        found["vendors", feed.shape.vendor] = feed
    return {(section, code): item for (section, code), item in found.items() if code is not None}


def _refuse(run: Run, section: str, code: str, item: Item[Shape]) -> None:
    message = f"{NOUNS[section]} '{code}' would be archived, as no file states it, and is used here"
    run.refuse(item, message=message, hint=f"add the {NOUNS[section]} to a file")
