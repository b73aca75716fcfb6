"""From files to plan: read, check, reconcile in one transaction, or refuse with every reason."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import connection

from contracts.services.writing import writing
from metrics.portfolio.checks import cross_check
from metrics.portfolio.items import Portfolio, gather
from metrics.portfolio.known import Known
from metrics.portfolio.plan import Plan
from metrics.portfolio.problems import PortfolioError, Problem
from metrics.portfolio.reader import read_paths
from metrics.portfolio.reconcile import Run, reconcile

_APPLY_LOCK = 7_305_002


def apply(
    *,
    paths: Iterable[Path | str],
    as_of: datetime,
    plan_only: bool = False,
    prune: bool = False,
) -> Plan:
    """Bring the database to what the portfolio files under ``paths`` state.

    The same files applied twice change nothing the second time. ``plan_only`` makes the same
    changes and takes them back. Raises PortfolioError with every problem of every file; nothing
    is changed then.
    """
    documents, problems = read_paths([Path(path) for path in paths])
    portfolio, found = gather(documents)
    problems += found
    plan = None
    try:
        with writing():
            plan = _reconciled(portfolio, problems, as_of, prune, applied=not plan_only)
            if plan_only:
                raise _TakenBackError
    except _TakenBackError:
        pass
    assert plan is not None
    return plan


class _TakenBackError(Exception):
    """Rolls a plan's changes back."""


def _reconciled(
    portfolio: Portfolio, problems: list[Problem], as_of: datetime, prune: bool, *, applied: bool
) -> Plan:
    _one_at_a_time()
    known = Known(portfolio)
    problems = [*problems, *cross_check(portfolio, known)]
    run = Run(portfolio, known, as_of)
    reconcile(run, prune=prune and not problems)
    problems += run.problems
    if problems:
        raise PortfolioError(problems)
    return Plan(tuple(run.changes), tuple(sorted(run.not_in_files)), applied=applied)


def _one_at_a_time() -> None:
    """Two people applying at once take turns; SQLite writes one transaction at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPLY_LOCK])
