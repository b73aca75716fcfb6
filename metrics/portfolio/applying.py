"""From files to plan: read, check, reconcile in one transaction, or refuse with every reason."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import connection

from contracts.services.writing import writing
from kpotracker.toolkit import doorbell
from metrics.portfolio.checks import cross_check
from metrics.portfolio.items import Portfolio, gather
from metrics.portfolio.known import Known
from metrics.portfolio.plan import Plan, PlanChangedError, stated_digest
from metrics.portfolio.problems import PortfolioError, Problem
from metrics.portfolio.reader import Document, read_paths, read_text
from metrics.portfolio.reader_json import read_json
from metrics.portfolio.reconcile import Run, reconcile

MOST_SENT = 2_000  # objects of a file that came over HTTP
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
    return _brought(documents, problems, as_of, plan_only=plan_only, prune=prune)


def apply_text(
    *,
    text: str,
    as_of: datetime,
    is_json: bool = False,
    plan_only: bool = False,
    prune: bool = False,
    planned: str | None = None,
) -> Plan:
    """Like ``apply`` for one file's text that somebody sent, as YAML or as JSON.

    ``planned``: the digest of the plan that is meant. Raises PlanChangedError where applying
    would do anything else by now; nothing is changed then.
    """
    document, problems = (read_json if is_json else read_text)("portfolio", text)
    if too_many := _too_many(document):
        raise PortfolioError([*problems, too_many])
    return _brought([document], problems, as_of, plan_only=plan_only, prune=prune, planned=planned)


def _too_many(document: Document) -> Problem | None:
    """A sender waits for an answer, and others for the lock that applying holds."""
    stated = sum(len(section) for section in document.data.values() if isinstance(section, list))
    if stated <= MOST_SENT:
        return None
    return Problem(
        document.file,
        0,
        "",
        f"{stated} objects are too many for one request, which takes {MOST_SENT}",
        "send it in parts, vendors and contracts first, or run `manage.py apply`",
    )


def _brought(
    documents: list[Document],
    problems: list[Problem],
    as_of: datetime,
    *,
    plan_only: bool,
    prune: bool,
    planned: str | None = None,
) -> Plan:
    portfolio, found = gather(documents)
    problems, stated = [*problems, *found], stated_digest(doc.data for doc in documents)
    plan = None
    try:
        with writing():
            plan = _reconciled(
                portfolio, problems, as_of, prune, applied=not plan_only, stated=stated
            )
            if planned is not None and plan.digest != planned:
                raise PlanChangedError
            if plan_only:
                raise _TakenBackError
            if plan.effective:
                doorbell.ring("metrics.tasks.sweep")
    except _TakenBackError:
        pass
    assert plan is not None
    return plan


class _TakenBackError(Exception):
    """Rolls a plan's changes back."""


def _reconciled(
    portfolio: Portfolio,
    problems: list[Problem],
    as_of: datetime,
    prune: bool,
    *,
    applied: bool,
    stated: str,
) -> Plan:
    one_at_a_time()
    known = Known(portfolio)
    problems = [*problems, *cross_check(portfolio, known)]
    run = Run(portfolio, known, as_of)
    reconcile(run, prune=prune and not problems)
    problems += run.problems
    if problems:
        raise PortfolioError(problems)
    return Plan(
        tuple(run.changes),
        tuple(sorted(run.not_in_files)),
        applied=applied,
        stated=stated,
    )


def one_at_a_time() -> None:
    """Two people applying at once take turns; SQLite writes one transaction at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPLY_LOCK])
