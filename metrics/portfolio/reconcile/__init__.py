"""Bringing the database to what the files state, one kind of object at a time.

Everything runs inside one transaction that is rolled back when anything is refused, and for a
plan always: what a plan shows is what applying does.
"""

from metrics.portfolio.reconcile.archive import archive_missing
from metrics.portfolio.reconcile.calendars import reconcile_calendars
from metrics.portfolio.reconcile.contracts import reconcile_charges, reconcile_contracts
from metrics.portfolio.reconcile.feeds import reconcile_feeds
from metrics.portfolio.reconcile.kpis import reconcile_kpis
from metrics.portfolio.reconcile.locks import hold_still
from metrics.portfolio.reconcile.processes import reconcile_processes
from metrics.portfolio.reconcile.run import Run
from metrics.portfolio.reconcile.vendors import reconcile_vendors


def reconcile(run: Run, *, prune: bool) -> None:
    """Make every change the files ask for; changes and refusals are collected in ``run``."""
    hold_still(run)
    reconcile_vendors(run)
    reconcile_calendars(run)
    reconcile_contracts(run)
    reconcile_processes(run)
    reconcile_charges(run)
    reconcile_kpis(run)
    reconcile_feeds(run)
    archive_missing(run, prune=prune)


__all__ = ["Run", "reconcile"]
